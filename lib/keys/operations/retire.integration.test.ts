// Where data keys stay in memory for ever, an old one is not deleted on the word of a clock.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BSON, ObjectId, UUID, type Filter } from 'mongodb';
import { registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { currentKeyPolicy, keyVault, storedPatients } from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import { sayIn } from '@/lib/i18n/say-in';
import { notUnderSharedKey, underSharedKey } from './convert-shared';
import { erasePatient } from './erase';
import { retirePatientKey, retireSharedKey } from './retire';
import { wholeRecord } from '@/lib/data/testing/whole-record';

let clinic: TestClinic;
let backupDir: string;
let id: string;

beforeAll(async () => {
  process.env['KEY_EXPIRATION_MS'] = '0';
  clinic = await openTestClinic();
  backupDir = mkdtempSync(join(tmpdir(), 'medco-backups-'));
  ({ id } = await registerPatient(clinic.staff.doctor, registration(1)));
});
afterAll(async () => {
  await clinic.close();
  rmSync(backupDir, { recursive: true, force: true });
});

const options = () => ({ startedBy: null, backupDir, onProgress: () => undefined });
const nameOf = async (of: string) => String((await clinic.raw(of))['keyAltName']);

describe('the count of records under a shared key', () => {
  const count = (filter: Filter<PlainPatient>) => storedPatients().countDocuments(filter);

  it('sees all of them, under this key or under any other', async () => {
    const { sharedKeyId } = await currentKeyPolicy();
    expect(await count(underSharedKey(sharedKeyId))).toBe(1);
    expect(await count(notUnderSharedKey(sharedKeyId))).toBe(0);
    for (const byte of [0, 0xff]) {
      const other = new UUID(Buffer.alloc(16, byte));
      expect(await count(underSharedKey(other))).toBe(0);
      expect(await count(notUnderSharedKey(other))).toBe(1);
    }
  });
  it('misses none whose ciphertext is longer, or of another kind', async () => {
    const { sharedKeyId } = await currentKeyPolicy();
    const _id = new ObjectId(id);
    const { insurance } = (await clinic.raw(id)) as { insurance: { policyNumber: BSON.Binary } };
    const bytes = Buffer.from(insurance.policyNumber.value());
    const odd = [Buffer.concat([bytes, Buffer.alloc(16)]), Buffer.of(2, ...bytes.subarray(1))];
    for (const each of odd) {
      const set = { 'insurance.policyNumber': new BSON.Binary(each, 6) };
      await storedPatients().updateOne({ _id }, { $set: set as object });
      expect(await count(notUnderSharedKey(sharedKeyId))).toBe(1);
    }
    const set = { 'insurance.policyNumber': insurance.policyNumber };
    await storedPatients().updateOne({ _id }, { $set: set as object });
    expect(await count(notUnderSharedKey(sharedKeyId))).toBe(0);
  });
});

describe('with `KEY_EXPIRATION_MS=0`', () => {
  it('a retired key stays until somebody says that all processes were restarted', async () => {
    const { sharedKeyId } = await currentKeyPolicy();
    await expect(retireSharedKey(options())).rejects.toThrow('Restart all processes');
    expect(await keyVault().countDocuments({ _id: sharedKeyId })).toBe(1);
    const record = await retireSharedKey({ ...options(), processesRestarted: true });
    expect(record.phase).toBe('done');
    expect(await keyVault().countDocuments({ _id: sharedKeyId })).toBe(0);
    expect(await wholeRecord(clinic.staff.doctor, id)).toMatchObject({
      ssn: registration(1).ssn,
    });
  });
  it('erasure says that restarting is what empties the memory', async () => {
    const { id: other } = await registerPatient(clinic.staff.doctor, registration(2));
    const { remains } = await erasePatient({ ...options(), patientId: other });
    expect(sayIn('en', remains[0] ?? '')).toContain('until they are restarted');
    const attempt = retirePatientKey({ ...options(), keyAltName: await nameOf(other) });
    await expect(attempt).rejects.toMatchObject({ code: 'VAULT' });
  });
});

it('a patient’s key whose fields do not decrypt stays, and is named', async () => {
  const bytes = Buffer.from(((await clinic.raw(id))['bloodType'] as BSON.Binary).value());
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  const damaged = { bloodType: new BSON.Binary(bytes, 6) };
  await storedPatients().updateOne({ _id: new ObjectId(id) }, { $set: damaged as object });
  const keyAltName = await nameOf(id);
  const record = await retirePatientKey({ ...options(), keyAltName, processesRestarted: true });
  expect(record.state).toMatchObject({
    problems: [{ patientId: id, fields: 'own', problem: 'does-not-decrypt' }],
  });
  expect(await nameOf(id)).toBe(keyAltName);
  expect(await keyVault().countDocuments({ keyAltNames: keyAltName })).toBe(1);
});
