// The clinic works while its keys are replaced: whatever it writes is there afterwards, once, and under the new keys.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Document } from 'mongodb';
import {
  addMeasurement,
  completeRegistration,
  registerContact,
  registerPatient,
  searchPatients,
  updateInsurance,
} from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { currentKeyPolicy, keyVault, storedPatients } from '@/lib/db/connections';
import { measurementSchema } from '@/schemas/measurement';
import type { CustomerMasterKey } from '../kms';
import { createMasterKeyFile } from '../master-key';
import { notUnderSharedKey } from './convert-shared';
import { keyIdOf } from './convert-values';
import { reencrypt } from './reencrypt';
import { retireSharedKey } from './retire';
import { verifyKeys } from './verify';
import { wholeRecord } from '@/lib/data/testing/whole-record';

let clinic: TestClinic;
let folder: string;
let serial = 0;
/** What each patient must have in the end. */
const expected = new Map<string, { ssn: string; policyNumber: string; visits: Set<string> }>();
const NEXT: CustomerMasterKey = { provider: 'local:next', masterKey: null };
const beat = measurementSchema.parse({ heartRate: '60' });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medco-writers-'));
  process.env['KEY_EXPIRATION_MS'] = '50';
  process.env['MEDCO_NEXT_MASTER_KEY_FILE'] = join(folder, 'next.bin');
  createMasterKeyFile(join(folder, 'next.bin'));
  clinic = await openTestClinic();
  for (let count = 0; count < 8; count++) await register();
});
afterAll(async () => {
  await clinic.close();
  rmSync(folder, { recursive: true, force: true });
});

async function register(): Promise<void> {
  const data = registration(++serial);
  const { id } = await registerPatient(clinic.staff.doctor, data);
  const { ssn, insurance } = data;
  expected.set(id, { ssn, policyNumber: insurance.policyNumber, visits: new Set() });
}

/** At the desk first, completed by a doctor later. */
async function registerInTwoSteps(): Promise<void> {
  const { name, contact, ssn, bloodType, insurance } = registration(++serial);
  const desk = { name, contact, provider: insurance.provider };
  const { id } = await registerContact(clinic.staff.receptionist, desk);
  await completeRegistration(clinic.staff.doctor, id, { ssn, bloodType, insurance });
  expected.set(id, { ssn, policyNumber: insurance.policyNumber, visits: new Set() });
}

async function measure(id: string): Promise<void> {
  const visit = await addMeasurement(clinic.staff.doctor, id, beat);
  expected.get(id)?.visits.add(visit.id);
}

async function insure(id: string, round: number): Promise<void> {
  const policyNumber = String(500_000_000 + serial * 1000 + round);
  await updateInsurance(clinic.staff.doctor, id, { provider: 'MaestCare', policyNumber });
  const patient = expected.get(id);
  if (patient !== undefined) patient.policyNumber = policyNumber;
}

/** Writes and searches as the clinic does, until `ended`; at least once each. */
async function work(ended: () => boolean): Promise<void> {
  const writer = async (share: number): Promise<void> => {
    for (let round = 0; round === 0 || !ended(); round++) {
      const ids = [...expected.keys()].filter((_, at) => at % 3 === share);
      const id = ids[round % ids.length];
      if (id === undefined) continue;
      await measure(id);
      await insure(id, round);
      if (round % 3 === share && serial < 60)
        await (share === 0 ? register() : registerInTwoSteps());
      const text = expected.get(id)?.ssn ?? '';
      const { patients } = await searchPatients(clinic.staff.doctor, { text, by: 'ssn' });
      expect(patients.map((patient) => patient.id)).toEqual([id]);
      const twice = registerPatient(clinic.staff.doctor, { ...registration(1), ssn: text });
      await expect(twice).rejects.toMatchObject({ code: 'DUPLICATE_SSN' });
    }
  };
  await Promise.all([0, 1, 2].map(writer));
}

async function during(operation: Promise<unknown>): Promise<void> {
  let ended = false;
  const settled = operation.finally(() => (ended = true));
  await Promise.all([settled, work(() => ended)]);
}

async function expectEverything(old: ReadonlySet<string>): Promise<void> {
  const { sharedKeyId, otherSharedKeyId } = await currentKeyPolicy();
  expect(otherSharedKeyId).toBeNull();
  expect(await storedPatients().countDocuments(notUnderSharedKey(sharedKeyId))).toBe(0);
  for (const [id, { ssn, policyNumber, visits }] of expected) {
    const record = await wholeRecord(clinic.staff.doctor, id);
    const found =
      record.visits.state === 'clear' ? record.visits.value.map((visit) => visit.id) : [];
    expect(record).toMatchObject({ ssn, insurance: { policyNumber } });
    expect([...found].sort()).toEqual([...visits].sort());
    const { bloodType, medicalRecords } = await clinic.raw(id);
    for (const value of [bloodType, medicalRecords]) {
      expect(old.has(String(keyIdOf(value)))).toBe(false);
    }
  }
  const { problems } = await verifyKeys(() => undefined);
  expect(problems).toEqual([]);
}

async function keyIds(filter: Document = {}): Promise<Set<string>> {
  const keys = await keyVault()
    .find(filter, { projection: { _id: 1 } })
    .toArray();
  return new Set(keys.map(({ _id }) => _id.toHexString(false)));
}

describe('while the clinic writes and searches', () => {
  it('a migration with re-encryption loses nothing and leaves nothing under an old key', async () => {
    const old = await keyIds();
    const options = { startedBy: null, backupDir: folder, onProgress: () => undefined };
    await during(reencrypt({ ...options, to: NEXT }));
    await expectEverything(old);
    expect([...(await keyIds())].filter((id) => old.has(id))).toEqual([]);
    expect(await keyVault().distinct('masterKey')).toEqual([{ provider: 'local:next' }]);
  });

  it('a retirement of the shared key loses nothing and leaves nothing under the old key', async () => {
    const { sharedKeyId } = await currentKeyPolicy();
    const old = new Set([sharedKeyId.toHexString(false)]);
    const options = { startedBy: null, backupDir: folder, onProgress: () => undefined };
    await during(retireSharedKey(options));
    await expectEverything(old);
    expect((await keyIds()).has(sharedKeyId.toHexString(false))).toBe(false);
  });
});
