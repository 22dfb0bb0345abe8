// Erasure: nothing that was encrypted under the patient's key can be read any more, neither live nor from a restored
// copy nor by a process that had the key in its memory; everybody else's records read.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId, UUID, type Document, type MongoClient } from 'mongodb';
import { addMeasurement, completeRegistration, registerContact, registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import {
  closeConnections,
  currentKeyPolicy,
  currentNames,
  doctorClientEncryption,
  doctorPatients,
  keyVault,
  keyVaultDb,
} from '@/lib/db/connections';
import { createDoctorClient } from '@/lib/db/doctor-client';
import { PATIENTS } from '@/lib/db/names';
import { sayIn } from '@/lib/i18n/say-in';
import { testServerUri } from '@/lib/testing/server';
import { measurementSchema } from '@/schemas/measurement';
import { kmsOptions } from '../kms';
import { backupKeyVault } from './backup';
import { keyIdOf } from './convert-values';
import { erasePatient } from './erase';
import { unfinishedOperation } from './journal';
import type { OnProgress } from './progress';
import { retirePatientKey } from './retire';
import { supersededKeys } from './superseded';
import { wholeRecord } from '@/lib/data/testing/whole-record';

/** How long the process that is warm keeps its keys. */
const WARM_MS = 1500;

let clinic: TestClinic;
let backupDir: string;
let erased: string;
let kept: string;
const quiet: OnProgress = () => undefined;
const beat = measurementSchema.parse({ heartRate: '60' });
const erase = (patientId: string, onProgress = quiet) =>
  erasePatient({ patientId, startedBy: null, backupDir, onProgress });

beforeAll(async () => {
  process.env['KEY_EXPIRATION_MS'] = '1';
  clinic = await openTestClinic();
  backupDir = mkdtempSync(join(tmpdir(), 'medco-backups-'));
  ({ id: erased } = await registerPatient(clinic.staff.doctor, registration(1)));
  ({ id: kept } = await registerPatient(clinic.staff.doctor, registration(2)));
  await addMeasurement(clinic.staff.doctor, kept, beat);
  await addMeasurement(clinic.staff.doctor, erased, beat);
});
afterAll(async () => {
  await clinic.close();
  rmSync(backupDir, { recursive: true, force: true });
});

/** A doctors' client of another process, with a cache of its own. */
async function warmProcess(): Promise<MongoClient> {
  const { sharedKeyId } = await currentKeyPolicy();
  return createDoctorClient({
    ...{ uri: testServerUri(), names: currentNames(), kms: kmsOptions() },
    ...{ keyVaultClient: clinic.plain, sharedKeyId, keyExpirationMS: WARM_MS },
  });
}

/** Every id of a key that a backup holds. */
function keysInBackups(): string {
  return readdirSync(backupDir)
    .map((name) => readFileSync(join(backupDir, name), 'latin1'))
    .join('');
}

const base64 = (id: UUID) => Buffer.from(id.buffer).toString('base64');

describe('an erased patient', () => {
  let before: Document;
  let keys: UUID[];

  it('is a tombstone without keys, and without the fields under the shared key', async () => {
    // A key that was replaced lies in old backups, too.
    const { keyAltName } = await clinic.raw(erased);
    const first = await doctorClientEncryption().getKeyByAltName(String(keyAltName));
    await backupKeyVault(backupDir);
    await retirePatientKey({
      ...{ startedBy: null, backupDir, onProgress: quiet, keyAltName: String(keyAltName) },
    });
    before = await clinic.raw(erased);
    const id = keyIdOf(before['bloodType']);
    keys = [new UUID(String(id)), ...(first === null ? [] : [first._id])];
    await backupKeyVault(backupDir);
    for (const key of keys) expect(keysInBackups()).toContain(base64(key));

    const warm = await warmProcess();
    const patients = warm.db(currentNames().patients).collection(PATIENTS);
    const readWarm = () => patients.findOne({ _id: new ObjectId(erased) });
    expect(await readWarm()).toMatchObject({ bloodType: 'AB-' });
    const warmedAt = Date.now();

    const { alreadyErased, remains, operation } = await erase(erased);
    expect(alreadyErased).toBe(false);
    expect(remains.map((rest) => sayIn('en', rest)).join(' ')).toContain('keys retire');
    expect(operation.finishedAt).not.toBeNull();

    const raw = await clinic.raw(erased);
    expect(raw).toHaveProperty('erasedAt');
    for (const name of ['ssn', 'last4ssn', 'insurance.policyNumber']) {
      expect(raw).not.toHaveProperty(name);
    }
    const { name, contact } = before;
    expect([raw['name'], raw['contact']]).toEqual([name, contact]);
    expect(await keyVault().countDocuments({ _id: { $in: keys } })).toBe(0);
    for (const key of keys) expect(keysInBackups()).not.toContain(base64(key));

    // The warm process fails within the time that it keeps keys.
    await delay(Math.max(0, warmedAt + WARM_MS - Date.now()));
    await expect(readWarm()).rejects.toThrow('not all keys requested were satisfied');
    await warm.close();
  });

  it('does not read from a copy that was made before, in another database', async () => {
    await closeConnections();
    const copies = `${currentNames().patients}_copy`;
    const insert = { ...before, ssn: undefined, insurance: undefined };
    await clinic.plain.db(copies).collection(PATIENTS).insertOne(insert, { ignoreUndefined: true });
    const warm = await warmProcess();
    const restored = warm.db(copies).collection(PATIENTS);
    await expect(restored.findOne({})).rejects.toThrow('not all keys requested were satisfied');
    await warm.close();
    await clinic.plain.db(copies).dropDatabase();
  });

  it('leaves all others readable', async () => {
    expect(await wholeRecord(clinic.staff.doctor, kept)).toMatchObject({
      ...{ ssn: registration(2).ssn, bloodType: { state: 'clear', value: 'AB-' } },
      visits: { state: 'clear', value: [{ heartRate: 60 }] },
    });
  });

  it('may be erased again, which says so and changes nothing', async () => {
    const raw = await clinic.raw(erased);
    expect(await erase(erased)).toMatchObject({ alreadyErased: true });
    expect(await clinic.raw(erased)).toEqual(raw);
  });

  it('frees the SSN for a new registration', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(1));
    const patients = await doctorPatients();
    expect(await patients.countDocuments({ _id: new ObjectId(id) })).toBe(1);
  });

  it('is erased whole, wherever the operation was stopped', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(3));
    const seen = new Set<string>();
    const stop: OnProgress = ({ phase }) => {
      if (seen.has(phase)) return;
      seen.add(phase);
      throw new Error('stopped');
    };
    for (let stops = 0; stops < 3; stops++) {
      await expect(erase(id, stop)).rejects.toThrow('stopped');
      expect((await unfinishedOperation(keyVaultDb()))?.kind).toBe('erase');
    }
    const keyId = keyIdOf((await clinic.raw(id))['bloodType']);
    expect(await erase(id, stop)).toMatchObject({ alreadyErased: false });
    expect(seen).toEqual(new Set(['tombstone', 'destroy', 'clear']));
    expect(await clinic.raw(id)).not.toHaveProperty('ssn');
    expect(await keyVault().countDocuments({ _id: new UUID(String(keyId)) })).toBe(0);
  });

  it('is out of the backups, too, when they could not be reached after the key was destroyed', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(5));
    const { path } = await backupKeyVault(backupDir);
    const key = new UUID(String(keyIdOf((await clinic.raw(id))['bloodType'])));
    expect(keysInBackups()).toContain(base64(key));
    const noFolder = { patientId: id, startedBy: null, backupDir: path, onProgress: quiet };
    await expect(erasePatient(noFolder)).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(await keyVault().countDocuments({ _id: key })).toBe(0);
    await erase(id);
    expect(keysInBackups()).not.toContain(base64(key));
  });

  it('needs no key: a registration of the front desk is a tombstone, too', async () => {
    const { name, contact } = registration(4);
    const desk = { name, contact, provider: 'MaestCare' };
    const { id } = await registerContact(clinic.staff.receptionist, desk);
    await erase(id);
    expect(await clinic.raw(id)).toHaveProperty('erasedAt');
    const { ssn, bloodType, insurance } = registration(4);
    const attempt = completeRegistration(clinic.staff.doctor, id, { ssn, bloodType, insurance });
    await expect(attempt).rejects.toMatchObject({ code: 'ERASED' });
    expect(await supersededKeys().countDocuments({ patientId: new ObjectId(id) })).toBe(0);
  });
});

it.each(['', 'nobody', new ObjectId().toHexString()])('nobody is erased as %j', async (id) => {
  await expect(erase(id)).rejects.toMatchObject({ code: 'RECORDS' });
  expect(await unfinishedOperation(keyVaultDb())).toBeNull();
});
