// Test support: a clinic set up under another KMS provider than the local one, by settings alone, and what it does
// there: register, measure, read. Also the same patients on PyMongo's side, with libmongocrypt.
import { BSON, ObjectId, type Binary, type Document } from 'mongodb';
import { expect } from 'vitest';
import { addMeasurement, registerPatient, revealSsn, searchPatients } from '@/lib/data';
import { registration, type TestClinic } from '@/lib/data/testing/clinic';
import { currentNames, keyVault } from '@/lib/db/connections';
import { newPatientKeyName, SHARED_KEY_NAME } from '@/lib/keys/data-keys';
import { testServerUri } from '@/lib/testing/server';
import type { Measurement } from '@/schemas/measurement';
import type { Pymongo, PymongoParty } from '../../../../peers/pymongo.ts';
import { wholeRecord } from '@/lib/data/testing/whole-record';

const measurement: Measurement = {
  weightKg: 81.6,
  heartRate: 64,
  systolic: 120,
  diastolic: 80,
  temperatureC: undefined,
  respiratoryRate: undefined,
  oxygenSaturation: undefined,
  note: 'Sleeps well; coração calmo',
};
const visit = {
  id: 'visit-1',
  measuredAt: new Date('2026-02-03T09:30:00.123Z'),
  weightKg: 70.25,
  heartRate: 58,
  note: 'Written in Python: ção',
  doctor: { id: 'd', name: 'Dr Python' },
};
const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/** Registers a patient, adds a visit, reads all of it back, finds it by SSN. Returns its id. */
export async function workAtClinic({ staff, raw }: TestClinic, serial: number): Promise<string> {
  const { doctor } = staff;
  const { id } = await registerPatient(doctor, registration(serial));
  await addMeasurement(doctor, id, measurement);
  const { ssn, bloodType, insurance } = registration(serial);
  expect(await wholeRecord(doctor, id)).toMatchObject({
    ssn,
    bloodType: { state: 'clear', value: bloodType },
    insurance,
    visits: { state: 'clear', value: [{ weightKg: 81.6, heartRate: 64, note: measurement.note }] },
  });
  const { patients } = await searchPatients(doctor, { text: ssn, by: 'ssn' });
  expect(patients.map((found) => found.id)).toEqual([id]);
  const stored = await raw(id);
  for (const field of ['ssn', 'bloodType', 'medicalRecords']) {
    expect(stored[field]).toMatchObject({ sub_type: 6 });
  }
  return id;
}

/** The provider and the CMK of every key of the vault, each once. */
export async function masterKeysInVault(): Promise<Document[]> {
  const all = await keyVault().find().toArray();
  const distinct = new Map(all.map(({ masterKey }) => [JSON.stringify(masterKey), masterKey]));
  return [...distinct.values()];
}

/** PyMongo at the clinic's own key vault. */
export function openPymongoAtClinic(
  pymongo: Pymongo,
  options: { kmsProviders: Document; tlsOptions: Document },
): Promise<PymongoParty> {
  const { keyVaultNamespace } = currentNames();
  return pymongo.open({ uri: testServerUri(), keyVaultNamespace, ...options });
}

/** What a patient of `workAtClinic` holds in secret. */
export const atClinic = {
  bloodType: registration(1).bloodType,
  medicalRecords: [{ weightKg: 81.6, note: measurement.note }],
};

/** A patient as PyMongo decrypts it by itself, with keys that it unwraps at the KMS. */
export async function readThere(theirs: PymongoParty, id: string): Promise<Document | undefined> {
  const [there] = await theirs.find(currentNames().patientsNamespace, { _id: new ObjectId(id) });
  return there && BSON.deserialize(there);
}

/** A patient whose own key PyMongo makes under `cmk`, and whose every field it encrypts. The clinic reads and adds. */
export async function workOnPatientOf(
  { staff }: TestClinic,
  theirs: PymongoParty,
  cmk: { provider: string; masterKey: Document | null },
  serial: number,
): Promise<void> {
  const keyAltName = newPatientKeyName();
  const keyId = await theirs.createDataKey(cmk.provider, {
    keyAltNames: [keyAltName],
    ...(cmk.masterKey && { masterKey: cmk.masterKey }),
  });
  const shared = (value: unknown): Promise<Binary> =>
    theirs.encrypt(value, { keyAltName: SHARED_KEY_NAME, algorithm: deterministic });
  const own = (value: unknown): Promise<Binary> =>
    theirs.encrypt(value, { keyId, algorithm: random });
  const { name, contact, ssn, bloodType, insurance } = registration(serial);
  const _id = new ObjectId();
  const patient = {
    ...{ _id, name, nameKeys: ['agata'], contact, phoneKey: '555010' },
    ssn: await shared(new BSON.Int32(ssn)),
    last4ssn: Number(ssn.slice(-4)),
    bloodType: await own(bloodType),
    medicalRecords: await own([visit]),
    insurance: {
      provider: insurance.provider,
      policyNumber: await shared(new BSON.Int32(insurance.policyNumber)),
    },
    ...{ keyAltName, revision: 1, registeredAt: new Date() },
  };
  await theirs.insert(currentNames().patientsNamespace, BSON.serialize(patient));
  const id = _id.toHexString();
  const { doctor } = staff;
  expect(await wholeRecord(doctor, id)).toMatchObject({
    bloodType: { state: 'clear', value: bloodType },
    visits: { state: 'clear', value: [visit] },
  });
  expect(await revealSsn(doctor, id)).toBe(ssn);
  await addMeasurement(doctor, id, measurement);
  expect(await readThere(theirs, id)).toMatchObject({
    medicalRecords: [visit, ...atClinic.medicalRecords],
  });
}
