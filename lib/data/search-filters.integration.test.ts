// What narrows a search down: each filter by itself, together with others and with what is typed, over pages, for both roles.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import * as data from '@/lib/data';
import { currentNames } from '@/lib/db/connections';
import { AUDIT_EVENTS, PATIENTS } from '@/lib/db/names';
import type { PlainPatient } from '@/lib/db/patient-document';
import { patientSearchSchema, type Narrow } from '@/schemas/search';
import { nameKeys, nameOrder } from './name-keys';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';

let clinic: TestClinic;

type Gender = NonNullable<Narrow['gender']>;

function person(name: string, year: number, gender?: Gender, provider = 'MaestCare'): PlainPatient {
  const _id = new ObjectId();
  const contact = { phone: '5550000000', email: '', address: '', dateOfBirth: `${year}-12-31` };
  return {
    _id,
    name,
    nameKeys: nameKeys(name),
    nameOrder: nameOrder(name, _id.toHexString()),
    contact: gender === undefined ? contact : { ...contact, gender },
    phoneKey: '5550000000',
    insurance: { provider },
    keyAltName: `patient:${_id.toHexString()}`,
    revision: 1,
    registeredAt: new Date(),
  };
}

async function found(text: string, narrow: Narrow, who: 'doctor' | 'receptionist' = 'doctor') {
  const { patients, count, next } = await data.searchPatients(clinic.staff[who], { text, narrow });
  return { names: patients.map(({ name }) => name), total: count?.total, next };
}

beforeAll(async () => {
  clinic = await openTestClinic();
  await clinic.plain
    .db(currentNames().patients)
    .collection<PlainPatient>(PATIENTS)
    .insertMany([
      person('Ruth Vale', 1950, 'female'),
      person('Ruth Vance', 1960, 'female', 'Tidewater (East)'),
      person('Ruth Vaughn', 1970, 'other', 'TIDEWATER Mutual'),
      person('Ruth Vega', 1980),
      ...Array.from({ length: 60 }, (_, at) =>
        person(
          `Zed ${String.fromCharCode(97 + (at % 26))}x${at}`,
          1990,
          at % 2 ? 'male' : 'female',
        ),
      ),
    ]);
});
afterAll(() => clinic.close());

describe('a filter of the search', () => {
  it.each<[string, Narrow, string[]]>([
    ['sex', { gender: 'female' }, ['Ruth Vale', 'Ruth Vance']],
    ['the first year of birth', { bornFrom: '1970' }, ['Ruth Vaughn', 'Ruth Vega']],
    ['the last year of birth', { bornTo: '1960' }, ['Ruth Vale', 'Ruth Vance']],
    ['both years', { bornFrom: '1960', bornTo: '1960' }, ['Ruth Vance']],
    [
      'the insurance provider in any case',
      { provider: 'tidewater' },
      ['Ruth Vance', 'Ruth Vaughn'],
    ],
    ['a provider with signs in its name', { provider: 'tidewater (e' }, ['Ruth Vance']],
    ['a sign that stands for itself', { provider: '.*' }, []],
    ['several', { gender: 'female', bornFrom: '1955', provider: 'tide' }, ['Ruth Vance']],
    ['what nobody is', { gender: 'male' }, []],
    ['none', {}, ['Ruth Vale', 'Ruth Vance', 'Ruth Vaughn', 'Ruth Vega']],
  ])('by %s leaves who fits, for both roles', async (_, narrow, names) => {
    expect(await found('ruth', narrow)).toMatchObject({ names, total: names.length });
    expect(await found('ruth', narrow, 'receptionist')).toMatchObject({ names });
  });

  it('goes together with a year in the text, and cannot widen it', async () => {
    expect((await found('ruth 1960', { bornFrom: '1950' })).names).toEqual(['Ruth Vance']);
    expect((await found('ruth 1960', { bornFrom: '1961' })).names).toEqual([]);
  });

  it('holds on every page, which together repeat and lose nobody', async () => {
    const names: string[] = [];
    let after: string | undefined;
    do {
      const input = { text: 'zed', narrow: { gender: 'male' } as const, ...(after && { after }) };
      const { patients, next } = await data.searchPatients(clinic.staff.doctor, input);
      names.push(...patients.map(({ name }) => name));
      after = next ?? undefined;
    } while (after !== undefined);
    expect(names).toHaveLength(30);
    expect(new Set(names).size).toBe(30);
  });

  it('narrows a search by an encrypted number as well', async () => {
    const patient = registration(1);
    await data.registerPatient(clinic.staff.doctor, patient);
    expect((await found(patient.ssn, { bornFrom: '1984' })).names).toEqual([patient.name]);
    expect((await found(patient.ssn, { bornFrom: '1985' })).names).toEqual([]);
  });

  it('is named in the event, without its value', async () => {
    await found('ruth', { gender: 'female', bornTo: '1999', provider: 'Tidewater' });
    const events = clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS);
    const last = await events.find({ action: 'search' }).sort({ seq: -1 }).limit(1).next();
    expect(last?.['fields']).toEqual([
      ...['name', 'contact.gender', 'contact.dateOfBirth', 'insurance.provider'],
    ]);
    expect(JSON.stringify(last)).not.toMatch(/female|1999|tidewater/i);
  });

  it.each<[object, string]>([
    [{ bornFrom: '84' }, 'narrow.bornFrom'],
    [{ bornFrom: '1990', bornTo: '1980' }, 'narrow.bornTo'],
    [{ gender: { $ne: 'male' } }, 'narrow.gender'],
    [{ provider: { $regex: '' } }, 'narrow.provider'],
    [{ keyAltName: 'x' }, 'narrow'],
  ])('that is none is refused by name: %j', (narrow, path) => {
    const { error } = patientSearchSchema.safeParse({ text: 'ruth', narrow });
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
