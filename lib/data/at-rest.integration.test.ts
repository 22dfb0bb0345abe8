// What lies in the database: ciphertext after every kind of write, and a server that takes nothing else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Binary, MongoServerError, ObjectId } from 'mongodb';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { currentNames } from '@/lib/db/connections';
import { PATIENTS } from '@/lib/db/names';
import { keyIdOf } from '@/lib/keys/operations/convert-values';
import { measurementSchema } from '@/schemas/measurement';
import {
  addAlert,
  addMeasurement,
  completeRegistration,
  registerContact,
  registerPatient,
  updateContact,
  updateInsurance,
} from './index';
import { wholeRecord } from './testing/whole-record';

/** MongoDB's DocumentValidationFailure, and FerretDB's number for the same. */
const REFUSED = [121, 525_074_461];

let clinic: TestClinic;
let id: string;

beforeAll(async () => {
  clinic = await openTestClinic();
  ({ id } = await registerPatient(clinic.staff.doctor, registration(1)));
});
afterAll(() => clinic.close());

async function sensitiveValues(of: string): Promise<unknown[]> {
  const { ssn, bloodType, medicalRecords, insurance } = await clinic.raw(of);
  return [ssn, bloodType, medicalRecords, (insurance as Record<string, unknown>)['policyNumber']];
}

async function subtypes(of: string): Promise<unknown[]> {
  const values = await sensitiveValues(of);
  return values.map((value) => (value instanceof Binary ? value.sub_type : typeof value));
}

const CIPHERTEXT = [6, 6, 6, 6];

describe('sensitive fields are BinData subtype 6', () => {
  it('after registration by a doctor', async () => {
    expect(await subtypes(id)).toEqual(CIPHERTEXT);
  });
  it('after a measurement', async () => {
    const [, , before] = await sensitiveValues(id);
    await addMeasurement(clinic.staff.doctor, id, measurementSchema.parse({ heartRate: '61' }));
    expect(await subtypes(id)).toEqual(CIPHERTEXT);
    expect((await sensitiveValues(id))[2]).not.toEqual(before);
  });
  it('after alerts were added, which are under the patient’s own key', async () => {
    await addAlert(clinic.staff.doctor, id, { kind: 'allergy', text: 'Latex' });
    const { alerts, bloodType } = await clinic.raw(id);
    expect(keyIdOf(alerts)).not.toBeNull();
    expect(keyIdOf(alerts)).toBe(keyIdOf(bloodType));
    expect(JSON.stringify(await clinic.raw(id))).not.toContain('Latex');
  });
  it('after an edit of the insurance', async () => {
    const [, , , before] = await sensitiveValues(id);
    const insurance = { provider: 'Bluefield Mutual', policyNumber: '77' };
    await updateInsurance(clinic.staff.doctor, id, insurance);
    expect(await subtypes(id)).toEqual(CIPHERTEXT);
    expect((await sensitiveValues(id))[3]).not.toEqual(before);
    const record = await wholeRecord(clinic.staff.doctor, id);
    expect(record.insurance).toEqual(insurance);
  });
  it('after an edit of contact data by either role', async () => {
    const { name, contact } = registration(1);
    for (const staff of [clinic.staff.doctor, clinic.staff.receptionist]) {
      await updateContact(staff, id, { name, contact: { ...contact, email: '' } });
      expect(await subtypes(id)).toEqual(CIPHERTEXT);
    }
  });
  it('after a doctor completed what the front desk began', async () => {
    const { name, contact, insurance, ssn, bloodType } = registration(2);
    const begun = await registerContact(clinic.staff.receptionist, {
      name,
      contact,
      provider: insurance.provider,
    });
    expect(await clinic.raw(begun.id)).not.toHaveProperty('ssn');
    await completeRegistration(clinic.staff.doctor, begun.id, { ssn, bloodType, insurance });
    expect(await subtypes(begun.id)).toEqual(CIPHERTEXT);
    expect(await wholeRecord(clinic.staff.doctor, begun.id)).toMatchObject({
      ssn,
      complete: true,
      bloodType: { state: 'clear', value: bloodType },
      visits: { state: 'clear', value: [] },
    });
  });
});

describe('a client without CSFLE', () => {
  const clear = [
    ['ssn', { ssn: 900_010_003 }],
    ['bloodType', { bloodType: 'A+' }],
    ['medicalRecords', { medicalRecords: [{ heartRate: 60 }] }],
    ['alerts', { alerts: [{ text: 'Latex' }] }],
    ['insurance.policyNumber', { insurance: { provider: 'MaestCare', policyNumber: 5 } }],
  ] as const;

  async function refusal(write: Promise<unknown>): Promise<number> {
    const error = await write.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return error instanceof MongoServerError ? Number(error.code) : 0;
  }

  it.each(clear)('cannot insert %s in clear', async (_field, fields) => {
    const patients = clinic.plain.db(currentNames().patients).collection(PATIENTS);
    const keyAltName = new ObjectId().toHexString();
    const document = { name: 'Plain', keyAltName, revision: 1, ...fields };
    expect(REFUSED).toContain(await refusal(patients.insertOne(document)));
    expect(await patients.countDocuments({ keyAltName })).toBe(0);
  });
  it.each(clear)('cannot update %s to clear', async (_field, fields) => {
    const patients = clinic.plain.db(currentNames().patients).collection(PATIENTS);
    const before = await clinic.raw(id);
    const update = patients.updateOne({ _id: new ObjectId(id) }, { $set: fields });
    expect(REFUSED).toContain(await refusal(update));
    expect(await clinic.raw(id)).toEqual(before);
  });
});
