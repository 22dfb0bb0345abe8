// The example of MongoDB's CSFLE guide, section E: insert Jon Doe through the client with CSFLE, search for
// him by SSN through both. Numbers are never-issuable ones instead of the guide's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Binary, Int32, ObjectId, type Collection } from 'mongodb';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import { deskPatients, doctorPatients } from '@/lib/db/connections';
import type { Patient } from '@/lib/db/patient-document';
import { newPatientKeyName } from '@/lib/keys/data-keys';
import { ensurePatientKey } from '@/lib/keys/patient-key';

const SSN = 900_014_209;
const POLICY_NUMBER = 123_142;

let clinic: TestClinic;
const _id = new ObjectId();

async function insertPatient(collection: Collection<Patient>, keyAltName: string): Promise<void> {
  const contact = { phone: '555 0100', email: '', address: '', dateOfBirth: '1970-01-01' };
  await collection.insertOne({
    _id,
    name: 'Jon Doe',
    nameKeys: ['jon', 'doe'],
    contact,
    phoneKey: '5550100',
    ssn: new Int32(SSN),
    last4ssn: 4209,
    bloodType: 'AB+',
    medicalRecords: [
      {
        id: 'first',
        measuredAt: new Date('2026-01-05T09:00:00Z'),
        weightKg: 81.6,
        systolic: 120,
        diastolic: 80,
        doctor: { id: 'd', name: 'Dr D' },
      },
    ],
    insurance: { policyNumber: new Int32(POLICY_NUMBER), provider: 'MaestCare' },
    keyAltName,
    revision: 1,
    registeredAt: new Date(),
  });
}

beforeAll(async () => {
  clinic = await openTestClinic();
  const keyAltName = newPatientKeyName();
  await ensurePatientKey(keyAltName);
  await insertPatient(await doctorPatients(), keyAltName);
});
afterAll(() => clinic.close());

describe("the guide's example", () => {
  it('the client with CSFLE finds Jon Doe by SSN and reads everything', async () => {
    const patient = await (await doctorPatients()).findOne({ ssn: new Int32(SSN) });
    expect(patient).toMatchObject({
      name: 'Jon Doe',
      ssn: SSN,
      bloodType: 'AB+',
      medicalRecords: [{ weightKg: 81.6, systolic: 120, diastolic: 80 }],
      insurance: { provider: 'MaestCare', policyNumber: POLICY_NUMBER },
    });
  });
  it('the client with CSFLE finds him by policy number too', async () => {
    const patients = await doctorPatients();
    const found = await patients.findOne({ 'insurance.policyNumber': new Int32(POLICY_NUMBER) });
    expect(found?.name).toBe('Jon Doe');
  });
  it('the client without CSFLE finds nothing by SSN', async () => {
    const filter = { ssn: new Int32(SSN) } as object;
    expect(await deskPatients().findOne(filter)).toBeNull();
  });
  it('the client without CSFLE finds him by the last four digits and sees only ciphertext', async () => {
    const patient = await deskPatients().findOne({ last4ssn: 4209 });
    expect(patient?.name).toBe('Jon Doe');
    const { ssn, bloodType, medicalRecords, insurance } = await clinic.raw(_id.toHexString());
    const { provider, policyNumber } = insurance as Record<string, unknown>;
    expect(provider).toBe('MaestCare');
    for (const value of [ssn, bloodType, medicalRecords, policyNumber]) {
      expect(value).toBeInstanceOf(Binary);
      expect((value as Binary).sub_type).toBe(6);
    }
  });
  it('nobody finds anything by a field that is encrypted randomly', async () => {
    const patients = await doctorPatients();
    await expect(patients.findOne({ bloodType: 'AB+' })).rejects.toThrow();
  });
});
