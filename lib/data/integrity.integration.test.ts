// Somebody with write access to the database and without keys puts ciphertexts where they do not belong, for real, with a
// plain client. Each attempt is refused, shows nothing, and leaves one event (C-40); honest writers raise no alarm.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Binary, ObjectId, type Document } from 'mongodb';
import { patientPseudonym } from '@/lib/audit/pseudonyms';
import { verifyChain } from '@/lib/audit/verify';
import { currentNames } from '@/lib/db/connections';
import { AUDIT_EVENTS, PATIENTS } from '@/lib/db/names';
import { testServerKind } from '@/lib/testing/server';
import { measurementSchema } from '@/schemas/measurement';
import * as data from './index';
import { sealRecords } from './seal-records';
import { verifyRecords } from './verify-records';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { wholeRecord } from './testing/whole-record';

let clinic: TestClinic;
let serial = 0;
/** The patient who is attacked, and another one. */
let mine: string;
let other: string;

const beat = (heartRate: string) => measurementSchema.parse({ heartRate });
const patients = () => clinic.plain.db(currentNames().patients).collection(PATIENTS);
const events = () => clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS);
const put = (id: string, update: Document) =>
  patients().updateOne({ _id: new ObjectId(id) }, update);
const doctor = () => clinic.staff.doctor;

async function newPatient(): Promise<string> {
  const { id } = await data.registerPatient(doctor(), registration(++serial));
  await data.addMeasurement(doctor(), id, beat('61'));
  await data.addAlert(doctor(), id, { kind: 'allergy', text: 'Latex' });
  return id;
}

async function tamperedEvents(id: string): Promise<Document[]> {
  const patient = patientPseudonym(id);
  return events().find({ patients: patient, outcome: 'tampered' }).sort({ seq: 1 }).toArray();
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof data.DataError ? error.code : String(error)),
  );

beforeAll(async () => {
  clinic = await openTestClinic();
  await sealRecords();
});
beforeEach(async () => {
  mine = await newPatient();
  other = await newPatient();
});
afterAll(() => clinic.close());

describe('a record that somebody changed in the database', () => {
  it.each<[string, (own: Document, theirs: Document) => Document, string[]]>([
    [
      'with another patient’s SSN',
      (_, theirs) => ({ $set: { ssn: theirs['ssn'] as unknown } }),
      ['ssn'],
    ],
    [
      'with another patient’s policy number',
      (_, theirs) => ({
        $set: {
          'insurance.policyNumber': (theirs['insurance'] as Document)['policyNumber'] as unknown,
        },
      }),
      ['insurance.policyNumber'],
    ],
    ['with other last digits', () => ({ $set: { last4ssn: 4321 } }), ['last4ssn']],
    [
      'with another patient’s blood type and visits',
      (_, theirs) => ({ $set: pick(theirs, 'bloodType', 'medicalRecords') }),
      ['medicalRecords'],
    ],
    [
      'with everything of another patient that is encrypted, the digests included',
      (_, theirs) => ({
        $set: pick(theirs, 'bloodType', 'medicalRecords', 'alerts', 'integrity'),
      }),
      ['ssn', 'last4ssn', 'insurance.policyNumber', 'bloodType', 'medicalRecords', 'alerts'],
    ],
    [
      'with visits in place of alerts',
      ({ medicalRecords }) => ({ $set: { alerts: medicalRecords as unknown } }),
      ['alerts'],
    ],
    ['without its alerts', () => ({ $unset: { alerts: '' } }), ['alerts']],
    ['without its visits', () => ({ $unset: { medicalRecords: '' } }), ['medicalRecords']],
    ['without its digests', () => ({ $unset: { integrity: '' } }), ['integrity']],
    [
      'turned into a registration that is not complete',
      () => ({
        $unset: {
          ...{
            ssn: '',
            last4ssn: '',
            bloodType: '',
            medicalRecords: '',
            alerts: '',
            integrity: '',
          },
          'insurance.policyNumber': '',
        },
      }),
      ['integrity'],
    ],
    ['with a lower revision', () => ({ $set: { revision: 1 } }), ['ssn']],
  ])('%s is neither shown nor written to', async (_, attack, fields) => {
    // The unique index would refuse a number that another record has.
    const theirs = await clinic.raw(other);
    await patients().deleteOne({ _id: new ObjectId(other) });
    await put(mine, attack(await clinic.raw(mine), theirs));
    const before = await clinic.raw(mine);
    expect(await codeOf(data.getPatientRecord(doctor(), mine))).toBe('TAMPERED');
    const [event, ...more] = await tamperedEvents(mine);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ action: 'read-record', userId: doctor().userId });
    expect(event?.['fields']).toEqual(expect.arrayContaining(fields));
    expect(await codeOf(data.addMeasurement(doctor(), mine, beat('70')))).toBe('TAMPERED');
    const alert = { kind: 'warning', text: 'Falls' } as const;
    expect(await codeOf(data.addAlert(doctor(), mine, alert))).toBe('TAMPERED');
    expect(await codeOf(data.exportVisits(doctor(), mine))).toBe('TAMPERED');
    const { ssn, bloodType, insurance } = registration(++serial);
    const completed = data.completeRegistration(doctor(), mine, { ssn, bloodType, insurance });
    expect(await codeOf(completed)).toMatch(/^(TAMPERED|CONFLICT)$/);
    expect(await clinic.raw(mine)).toEqual(before);
  });

  it('is closed for the number that was exchanged, and open for the one that was not', async () => {
    const { ssn } = await clinic.raw(other);
    await patients().deleteOne({ _id: new ObjectId(other) });
    await put(mine, { $set: { ssn } });
    expect(await codeOf(data.revealSsn(doctor(), mine))).toBe('TAMPERED');
    expect(await tamperedEvents(mine)).toMatchObject([{ action: 'reveal-ssn', fields: ['ssn'] }]);
    expect(await data.revealPolicyNumber(doctor(), mine)).toBe(String(400_000_000 + serial - 1));
  });

  it.each(['ssn', 'bloodType', 'medicalRecords', 'alerts', 'integrity'])(
    'with one bit of `%s` turned is not shown',
    async (field) => {
      const bytes = Buffer.from(((await clinic.raw(mine))[field] as Binary).value());
      bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
      await put(mine, { $set: { [field]: new Binary(bytes, Binary.SUBTYPE_ENCRYPTED) } });
      expect(await codeOf(data.getPatientRecord(doctor(), mine))).toBe('TAMPERED');
      expect(await codeOf(data.addMeasurement(doctor(), mine, beat('70')))).toBe('TAMPERED');
      expect(await tamperedEvents(mine)).toHaveLength(2);
    },
  );
});

describe('an older state that was put back', () => {
  it('of one field, of all with their digests, or of the whole document, is not shown', async () => {
    const early = await clinic.raw(mine);
    await data.addMeasurement(doctor(), mine, beat('62'));
    const latest = await clinic.raw(mine);
    const { medicalRecords, integrity } = early;
    const states = [
      { ...latest, medicalRecords },
      { ...latest, medicalRecords, integrity },
      { ...latest, medicalRecords, integrity, revision: early['revision'] },
      early,
    ];
    for (const state of states) {
      await patients().replaceOne({ _id: new ObjectId(mine) }, state);
      expect(await codeOf(data.getPatientRecord(doctor(), mine))).toBe('TAMPERED');
      expect(await codeOf(data.revealSsn(doctor(), mine))).toBe(
        state['integrity'] === integrity ? 'TAMPERED' : 'done',
      );
    }
    await patients().replaceOne({ _id: new ObjectId(mine) }, latest);
    expect(await codeOf(data.getPatientRecord(doctor(), mine))).toBe('done');
  });

  it('is not shown either if the event that knows better was changed', async () => {
    const early = await clinic.raw(mine);
    await data.addMeasurement(doctor(), mine, beat('62'));
    await patients().replaceOne({ _id: new ObjectId(mine) }, early);
    const known = await events()
      .find({ 'sealed.patient': patientPseudonym(mine) })
      .sort({ 'sealed.revision': -1 })
      .limit(1)
      .next();
    const sealed = known?.['sealed'] as { revision: number };
    expect(sealed.revision).toBe(Number(early['revision']) + 1);
    await events().updateOne({ _id: known?._id }, { $set: { 'sealed.revision': 1_000 } });
    expect(await codeOf(data.getPatientRecord(doctor(), mine))).toBe('TAMPERED');
    await events().updateOne({ _id: known?._id }, { $set: { sealed } });
    expect((await verifyChain()).bad).toBeNull();
  });
});

describe('what the log knows of a record', () => {
  it.skipIf(testServerKind() === 'ferretdb')(
    'is one event, found through an index however long the log is',
    async () => {
      for (let read = 0; read < 5; read++) await data.getPatientRecord(doctor(), mine);
      const asked = events().find({ 'sealed.patient': patientPseudonym(mine) });
      const plan = asked.sort({ 'sealed.revision': -1 }).limit(1).explain('executionStats');
      expect((await plan)['executionStats']).toMatchObject({ nReturned: 1, totalDocsExamined: 1 });
    },
  );
});

describe('the operator’s check of all records', () => {
  it('names the records and fields that were changed, and finds nothing else', async () => {
    await patients().deleteMany({ _id: { $nin: [mine, other].map((id) => new ObjectId(id)) } });
    expect(await verifyRecords()).toEqual({ genuine: 2, erased: 0, tampered: [] });
    await put(mine, { $unset: { alerts: '' } });
    const tampered = [{ id: mine, fields: ['alerts'] }];
    expect(await verifyRecords()).toEqual({ genuine: 1, erased: 0, tampered });
  });
});

describe('honest work', () => {
  it('of many writers and readers at once raises no alarm', async () => {
    const rates = Array.from({ length: 30 }, (_, at) => String(60 + at));
    const { name, contact } = registration(serial);
    const ended = await Promise.all(
      rates.flatMap((rate) => [
        codeOf(data.addMeasurement(doctor(), mine, beat(rate))),
        codeOf(data.getPatientRecord(doctor(), mine)),
        codeOf(data.revealSsn(doctor(), mine)),
        codeOf(data.updateContact(clinic.staff.receptionist, mine, { name, contact })),
      ]),
    );
    expect(new Set(ended)).toEqual(new Set(['done']));
    expect(await tamperedEvents(mine)).toEqual([]);
    const { visits } = await wholeRecord(doctor(), mine);
    expect(visits.state === 'clear' && visits.value).toHaveLength(31);
  });

  it('at the desk, of a completion and with a new policy number is as genuine', async () => {
    const { name, contact, ssn, bloodType, insurance } = registration(++serial);
    const desk = { name, contact, provider: insurance.provider };
    const { id } = await data.registerContact(clinic.staff.receptionist, desk);
    await data.getPatientRecord(doctor(), id);
    // Before that there is no key for what would bind the number to the record.
    expect(await codeOf(data.updateInsurance(doctor(), id, insurance))).toBe('CONFLICT');
    expect((await clinic.raw(id))['insurance']).toEqual({ provider: insurance.provider });
    await data.completeRegistration(doctor(), id, { ssn, bloodType, insurance });
    await data.updateInsurance(doctor(), id, { provider: 'Other', policyNumber: '400012345' });
    await data.updateInsurance(doctor(), id, { provider: 'Third', policyNumber: undefined });
    await data.updateContact(doctor(), id, { name, contact });
    expect(await wholeRecord(doctor(), id)).toMatchObject({
      ssn,
      insurance: { provider: 'Third', policyNumber: '400012345' },
    });
    expect(await tamperedEvents(id)).toEqual([]);
  });
});

function pick(document: Document, ...names: string[]): Document {
  return Object.fromEntries(names.map((name) => [name, document[name] as unknown]));
}
