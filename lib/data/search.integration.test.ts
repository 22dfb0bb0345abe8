// Finding people: what the box understands, in which order hits come, that pages lose and repeat nobody, and who may not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { AUDIT_EVENTS, PATIENTS, RECENT_PATIENTS } from '@/lib/db/names';
import { clinicDb, currentNames, deskPatients } from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import { fillNameOrder } from '@/lib/db/fill-name-order';
import type { Role } from '@/lib/auth/permissions';
import * as data from '@/lib/data';
import { testServerKind } from '@/lib/testing/server';
import { nameKeys, nameOrder } from './name-keys';

let clinic: TestClinic;
let serial = 0;

/** As the front desk registers someone, without the cost of doing so. */
function person(name: string, dateOfBirth = '1970-01-01', phone = '5550000000'): PlainPatient {
  const _id = new ObjectId();
  return {
    _id,
    name,
    nameKeys: nameKeys(name),
    nameOrder: nameOrder(name, _id.toHexString()),
    contact: { phone, email: '', address: '', dateOfBirth },
    phoneKey: phone,
    insurance: { provider: 'MaestCare' },
    keyAltName: `patient-of-search-${serial++}`,
    revision: 1,
    registeredAt: new Date(),
  };
}

function stored() {
  return clinic.plain.db(currentNames().patients).collection<PlainPatient>(PATIENTS);
}

async function namesOf(text: string, role: Role = 'doctor'): Promise<string[]> {
  const { patients } = await data.searchPatients(clinic.staff[role], { text });
  return patients.map(({ name }) => name);
}

async function everyPage(text: string): Promise<{ names: string[]; pages: number }> {
  const names: string[] = [];
  let pages = 0;
  let after: string | undefined;
  do {
    const input = after === undefined ? { text } : { text, after };
    const { patients, next } = await data.searchPatients(clinic.staff.doctor, input);
    names.push(...patients.map(({ name }) => name));
    after = next ?? undefined;
    pages++;
  } while (after !== undefined);
  return { names, pages };
}

const MANY = 130;

beforeAll(async () => {
  clinic = await openTestClinic();
  await stored().insertMany([
    person('Ana García López', '1984-03-09', '5551234567'),
    person('Luis Garcia', '1984-11-30'),
    person('Seán O’Brien-Núñez', '1990-02-28'),
    person('María del Carmen de la Cruz Ibáñez y Fernández de Córdoba Zurita', '1961-05-05'),
    ...Array.from({ length: MANY }, (_, at) =>
      // Every third has two words with the same beginning, every second comes under its second word.
      person(
        [`Quill${at % 3 === 0 ? ' Quade' : ''} N${at}`, `Nora Quincy ${at}`][at % 2] ?? '',
        `19${String(40 + (at % 50))}-06-15`,
      ),
    ),
  ]);
});
afterAll(() => clinic.close());

describe('the search box', () => {
  it.each([
    'ana garcia',
    'GARCÍA, Ana',
    'lop gar an',
    'garcia lopez',
    '1984-03-09',
    '3/9/1984',
    '9 de marzo de 1984',
    'garcia 9 Mar 1984',
    'ana 1984',
    '(555) 123-4567',
    '5551234',
  ])('finds Ana García López by %s', async (text) => {
    expect(await namesOf(text)).toEqual(['Ana García López']);
    expect(await namesOf(text, 'receptionist')).toEqual(['Ana García López']);
  });
  it.each(['arcia', 'ana brien', 'garcia 1985', '1984-03-10', '5551234568'])(
    'does not find Ana García López by %s',
    async (text) => {
      expect(await namesOf(text)).not.toContain('Ana García López');
    },
  );
  it('lists hits in the order of the word that was found, and of what follows it', async () => {
    expect(await namesOf('garc')).toEqual(['Ana García López', 'Luis Garcia']);
  });
  it('finds a name by any of its words, however many it has', async () => {
    const [long] = await namesOf(
      'maria del carmen de la cruz ibanez y fernandez de cordoba zurita',
    );
    expect(long).toMatch(/^María del Carmen/);
    expect(await namesOf('zurita')).toEqual([long]);
    expect(await namesOf('obrien')).toEqual(['Seán O’Brien-Núñez']);
  });
  it('says how it understood a date, and how many there are', async () => {
    const found = await data.searchPatients(clinic.staff.doctor, { text: 'garcia 1984' });
    expect(found).toMatchObject({ kind: 'name', born: '1984', next: null });
    expect(found.count).toEqual({ total: 2, moreThan: false });
  });
  it.each([
    ['a', 'search.problem.letters'],
    ['x', 'search.problem.letters'],
  ])('refuses %j with a sentence', async (text, userMessage) => {
    const asked = data.searchPatients(clinic.staff.doctor, { text });
    await expect(asked).rejects.toMatchObject({ code: 'INVALID', userMessage, field: 'text' });
  });
});

describe('pages', () => {
  it('together hold everyone once, also who has two such words', async () => {
    const { names, pages } = await everyPage('qu');
    expect(names).toHaveLength(MANY);
    expect(new Set(names).size).toBe(MANY);
    expect(pages).toBe(Math.ceil(MANY / 20));
  });
  it('together hold everyone who has two words', async () => {
    const { names } = await everyPage('nora qu');
    expect(new Set(names).size).toBe(MANY / 2);
    expect(names).toHaveLength(MANY / 2);
  });
  it('of one year of birth hold only that year', async () => {
    const { names } = await everyPage('qu 1940');
    expect(names).toHaveLength([0, 50, 100].length);
  });
  it('go on where they were although someone in front was registered meanwhile', async () => {
    const first = await data.searchPatients(clinic.staff.doctor, { text: 'quincy' });
    const { insertedId } = await stored().insertOne(person('Aaron Quincy'));
    const text = 'quincy';
    const second = await data.searchPatients(clinic.staff.doctor, {
      text,
      after: first.next ?? '',
    });
    await stored().deleteOne({ _id: insertedId });
    const shown = new Set(first.patients.map(({ id }) => id));
    expect(second.patients.filter(({ id }) => shown.has(id))).toEqual([]);
    expect(second.count).toBeNull();
  });
  it.each(['', '%%%', Buffer.from('{"at":{"$gt":""},"word":0}').toString('base64url'), 'e30'])(
    'refuse the place %j, which no page gave out',
    async (after) => {
      const asked = data.searchPatients(clinic.staff.doctor, { text: 'quincy', after });
      await expect(asked).rejects.toMatchObject({ code: 'INVALID' });
    },
  );
  it('count no further than a thousand', async () => {
    const crowd = Array.from({ length: 1001 }, (_, at) => person(`Crowd ${at}`));
    await stored().insertMany(crowd);
    const found = await data.searchPatients(clinic.staff.doctor, { text: 'crowd' });
    await stored().deleteMany({ nameKeys: 'crowd' });
    expect(found.count).toEqual({ total: 1000, moreThan: true });
  });
  // FerretDB explains plans of PostgreSQL.
  it.skipIf(testServerKind() === 'ferretdb')(
    'are read through an index, in its order',
    async () => {
      const places = { 'nameOrder.b': { $gte: 'qu', $lt: 'qv' } };
      const plan = await deskPatients().find(places).sort({ 'nameOrder.b': 1 }).explain();
      expect(JSON.stringify(plan)).not.toMatch(/"COLLSCAN"|"SORT"/);
    },
  );
});

describe('records from before there was an order by name', () => {
  it('are filled in, and what was filled before an interruption stays', async () => {
    const old = ['Zoë Vanterpool', 'Vanterpool, Ike', 'Ada Vanterpool'].map((name) => person(name));
    for (const row of old) delete row.nameOrder;
    await stored().insertMany(old);
    expect(await namesOf('vanterpool')).toHaveLength(3);
    const [first] = old;
    const filled = nameOrder('Zoë Vanterpool', String(first?._id));
    await stored().updateOne({ _id: first?._id }, { $set: { nameOrder: filled } });
    expect(await fillNameOrder(deskPatients())).toBe(2);
    expect(await fillNameOrder(deskPatients())).toBe(0);
    const names = ['Ada Vanterpool', 'Zoë Vanterpool', 'Vanterpool, Ike'];
    expect((await namesOf('vanterpool')).sort()).toEqual(names.sort());
  });
});

describe('recent patients', () => {
  it('are those whom this doctor opened, the last one first, and nobody else’s', async () => {
    const { doctor } = clinic.staff;
    const ids: string[] = [];
    for (const at of [1, 2]) ids.push((await data.registerPatient(doctor, registration(at))).id);
    const [one = '', two = ''] = ids;
    for (const id of [one, two, one]) await data.getPatientRecord(doctor, id);
    const recent = await data.listRecentPatients(doctor);
    expect(recent.map(({ id }) => id)).toEqual([one, two]);
    const colleague = { ...doctor, userId: new ObjectId().toHexString() };
    expect(await data.listRecentPatients(colleague)).toEqual([]);
    const rows = await clinicDb().collection(RECENT_PATIENTS).find().toArray();
    expect(JSON.stringify(rows)).not.toMatch(/Ágata|90001/);
  });
  it.each(['receptionist', 'officer'] as const)('are refused to a %s', async (role) => {
    await expect(data.listRecentPatients(clinic.staff[role])).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
  it('are an event of the audit log when they are shown', async () => {
    await data.listRecentPatients(clinic.staff.doctor);
    const event = await clinicDb()
      .collection(AUDIT_EVENTS)
      .findOne({}, { sort: { seq: -1 } });
    expect(event).toMatchObject({ action: 'search', fields: ['recent'], outcome: 'ok' });
  });
});

describe('what was searched', () => {
  it.each([
    ['5551234567', 'phone'],
    ['0012', 'last4'],
    ['900-01-0012', 'ssn'],
    ['P 123142', 'policy'],
    ['garcia', null],
    ['1984-03-09', null],
  ])('%s is in the log as a digest only', async (text, kind) => {
    await data.searchPatients(clinic.staff.doctor, { text });
    const event = await clinicDb()
      .collection(AUDIT_EVENTS)
      .findOne({}, { sort: { seq: -1 } });
    expect(event?.['searched'] ?? { kind: null }).toMatchObject({ kind });
    expect(JSON.stringify(event)).not.toContain(text);
  });
});

describe('trying out the last four digits', () => {
  it('is stopped for a receptionist, who still finds by name; a doctor may go on', async () => {
    const desk = { ...clinic.staff.receptionist, userId: 'b'.repeat(24) };
    const tries = Array.from({ length: 50 }, (_, at) => String(9000 + at));
    for (const text of tries) await data.searchPatients(desk, { text });
    await expect(data.searchPatients(desk, { text: '9050' })).rejects.toMatchObject({
      code: 'THROTTLED',
    });
    const event = await clinicDb()
      .collection(AUDIT_EVENTS)
      .findOne({}, { sort: { seq: -1 } });
    expect(event).toMatchObject({ action: 'search', outcome: 'throttled', userId: desk.userId });
    await expect(data.searchPatients(desk, { text: 'garcia' })).resolves.toBeDefined();
    for (const text of [...tries, '9050']) await data.searchPatients(clinic.staff.doctor, { text });
  });
});
