// A tombstone: every function of lib/data with an erased record, while this process still has its key in memory.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import { currentNames, keyVault } from '@/lib/db/connections';
import { patientPseudonym } from '@/lib/audit/pseudonyms';
import { AUDIT_EVENTS, PATIENTS } from '@/lib/db/names';
import { measurementSchema } from '@/schemas/measurement';
import * as data from './index';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { wholeRecord } from './testing/whole-record';

let clinic: TestClinic;
/** Erased by its tombstone alone: keys, ciphertexts and caches are as they were. */
let erased: string;
/** Its key and its numbers are gone, too, as after a whole erasure. */
let destroyed: string;
/** Registered by the front desk, then erased. */
let incomplete: string;
let kept: string;
const beat = measurementSchema.parse({ heartRate: '60' });

const patients = () => clinic.plain.db(currentNames().patients).collection(PATIENTS);
const setTombstone = (id: string) =>
  patients().updateOne(
    { _id: new ObjectId(id) },
    { $set: { erasedAt: new Date() }, $inc: { revision: 1 } },
  );

beforeAll(async () => {
  clinic = await openTestClinic();
  const { doctor, receptionist } = clinic.staff;
  const register = async (serial: number) => {
    const { id } = await data.registerPatient(doctor, registration(serial));
    await data.addMeasurement(doctor, id, beat);
    await data.getPatientRecord(doctor, id);
    return id;
  };
  [erased, destroyed, kept] = [await register(1), await register(2), await register(3)];
  const { name, contact, insurance } = registration(4);
  const { provider } = insurance;
  ({ id: incomplete } = await data.registerContact(receptionist, { name, contact, provider }));
  for (const id of [erased, destroyed, incomplete]) await setTombstone(id);
  const { keyAltName } = await clinic.raw(destroyed);
  await keyVault().deleteOne({ keyAltNames: String(keyAltName) });
  await patients().updateOne(
    { _id: new ObjectId(destroyed) },
    { $unset: { ssn: '', last4ssn: '', 'insurance.policyNumber': '' } },
  );
});
afterAll(() => clinic.close());

describe.each([
  ['with its key still in memory', () => erased, 1],
  ['with its key destroyed', () => destroyed, 2],
])('an erased record %s', (_title, id, serial) => {
  it('reads as erased, without any value that was encrypted', async () => {
    const { name, contact } = registration(serial);
    const record = await data.getPatientRecord(clinic.staff.doctor, id());
    expect(record).toEqual({
      ...{ id: id(), name, contact, last4ssn: null, complete: true, erased: true },
      bloodType: { state: 'erased' },
      alerts: { state: 'erased' },
      visits: { state: 'erased' },
      insurance: { provider: 'MaestCare', hasPolicyNumber: false },
      revision: record.revision,
    });
  });

  it('has no SSN to reveal', async () => {
    const revealed = data.revealSsn(clinic.staff.doctor, id());
    await expect(revealed).rejects.toMatchObject({ code: 'ERASED' });
  });

  it('has a card that says so', async () => {
    const card = await data.getPatientCard(clinic.staff.receptionist, id());
    expect(card).toMatchObject({ erased: true, complete: true });
  });

  it.each(['doctor', 'receptionist'] as const)(
    'is found by name and phone by a %s',
    async (role) => {
      const { contact } = registration(serial);
      const found = await data.searchPatients(clinic.staff[role], {
        text: contact.phone,
        by: 'phone',
      });
      expect(found.patients).toEqual([
        expect.objectContaining({ id: id(), erased: true, last4ssn: null, complete: true }),
      ]);
    },
  );

  it.each(['ssn', 'last4', 'policy'] as const)('is not found by %s', async (by) => {
    const { ssn, insurance } = registration(serial);
    const text = { ssn, last4: ssn.slice(-4), policy: insurance.policyNumber }[by];
    const { patients: found } = await data.searchPatients(clinic.staff.doctor, { text, by });
    expect(found).toEqual([]);
  });

  it('matches no caller, and does not say why', async () => {
    const { contact, ssn } = registration(serial);
    const { phone, dateOfBirth } = contact;
    const claims = { phone, dateOfBirth, last4: ssn.slice(-4) };
    expect(await data.verifyIdentity(clinic.staff.receptionist, id(), claims)).toBe('no-match');
  });

  it.each([
    ['addMeasurement', () => data.addMeasurement(clinic.staff.doctor, id(), beat)],
    [
      'updateInsurance',
      () => data.updateInsurance(clinic.staff.doctor, id(), { provider: 'X', policyNumber: '9' }),
    ],
    ['updateContact by a doctor', () => data.updateContact(clinic.staff.doctor, id(), renamed())],
    [
      'updateContact by the desk',
      () => data.updateContact(clinic.staff.receptionist, id(), renamed()),
    ],
    [
      'completeRegistration',
      () => data.completeRegistration(clinic.staff.doctor, id(), registration(7)),
    ],
  ])('refuses %s, and nothing changes', async (_name, write) => {
    const before = await clinic.raw(id());
    await expect(write()).rejects.toMatchObject({ code: 'ERASED' });
    expect(await clinic.raw(id())).toEqual(before);
  });

  const renamed = () => ({ name: 'Someone Else', contact: registration(8).contact });
});

describe('around erased records', () => {
  it('refuses to complete an erased registration, and leaves no key behind', async () => {
    const { keyAltName } = await clinic.raw(incomplete);
    const completed = data.completeRegistration(clinic.staff.doctor, incomplete, registration(4));
    await expect(completed).rejects.toMatchObject({ code: 'ERASED' });
    expect(await keyVault().countDocuments({ keyAltNames: String(keyAltName) })).toBe(0);
  });

  it('lets an erased person be registered anew', async () => {
    const { id } = await data.registerPatient(clinic.staff.doctor, registration(2));
    expect(await data.revealSsn(clinic.staff.doctor, id)).toBe(registration(2).ssn);
  });

  it('reads and takes everything of other patients', async () => {
    await data.addMeasurement(clinic.staff.doctor, kept, beat);
    const record = await wholeRecord(clinic.staff.doctor, kept);
    expect(record).toMatchObject({ erased: false, ssn: registration(3).ssn });
    expect(record.visits).toMatchObject({ value: [{ heartRate: 60 }, { heartRate: 60 }] });
  });

  it('writes an audit event for every refusal', async () => {
    const events = clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS);
    const refused = await events.distinct('action', {
      patients: patientPseudonym(erased),
      outcome: 'conflict',
    });
    expect(refused.sort()).toEqual([
      ...['add-visit', 'complete-registration', 'reveal-ssn', 'update-contact', 'update-insurance'],
    ]);
  });

  it('is erased for a visit that was begun before', async () => {
    const { id } = await data.registerPatient(clinic.staff.doctor, registration(5));
    const visits = Array.from({ length: 20 }, () =>
      data.addMeasurement(clinic.staff.doctor, id, beat).then(
        () => 'added',
        (error: unknown) => (error instanceof data.DataError ? error.code : String(error)),
      ),
    );
    await Promise.race(visits);
    await setTombstone(id);
    const { medicalRecords, revision } = await clinic.raw(id);
    const ended = await Promise.all(visits);
    expect(new Set(ended)).toEqual(new Set(['added', 'ERASED']));
    expect(await clinic.raw(id)).toMatchObject({ medicalRecords, revision });
  });
});
