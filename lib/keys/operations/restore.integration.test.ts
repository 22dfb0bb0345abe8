// The key vault is lost or damaged, and comes back from a backup, with nothing in it that was destroyed since.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Binary, type DataKey } from 'mongodb';
import { registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { wholeRecord } from '@/lib/data/testing/whole-record';
import {
  clinicDb,
  closeConnections,
  currentKeyPolicy,
  doctorClientEncryption,
  keyVault,
  keyVaultDb,
} from '@/lib/db/connections';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { prepareDatabase } from '@/lib/db/prepare-database';
import { env } from '@/lib/env';
import { createMasterKeyFile } from '../master-key';
import { createNamedKey } from '../named-keys';
import { backupKeyVault } from './backup';
import { erasePatient } from './erase';
import { restoreKeyVault } from './restore';
import { dropErased } from './restore-choice';
import { retireSharedKey } from './retire';
import { verifyKeys } from './verify';

const PATIENTS = 3;
const quiet = { startedBy: null, onProgress: () => undefined };

let clinic: TestClinic;
let folder: string;
let backupDir: string;
let ids: string[];
let path: string;

beforeEach(async () => {
  process.env['KEY_EXPIRATION_MS'] = '100';
  clinic = await openTestClinic();
  folder = mkdtempSync(join(tmpdir(), 'medco-restore-'));
  backupDir = join(folder, 'backups');
  ids = [];
  for (let serial = 1; serial <= PATIENTS; serial += 1) {
    ids.push((await registerPatient(clinic.staff.doctor, registration(serial))).id);
  }
  // A copy elsewhere, which no erasure reaches.
  path = join(folder, 'copy.ejson');
  copyFileSync((await backupKeyVault(backupDir)).path, path);
});
afterEach(async () => {
  await clinic.close();
  rmSync(folder, { recursive: true, force: true });
});

const restore = (options: { dryRun?: boolean } = {}) =>
  restoreKeyVault({ path, backupDir, ...quiet, ...options });

async function vault(): Promise<DataKey[]> {
  return keyVault().find().sort({ _id: 1 }).toArray();
}

async function loseVault(): Promise<void> {
  await keyVaultDb().dropDatabase();
  await closeConnections();
}

async function keyOf(id: string): Promise<DataKey> {
  const key = await keyVault().findOne({
    keyAltNames: String((await clinic.raw(id))['keyAltName']),
  });
  if (key === null) throw new Error('Expected the key of this patient, got none');
  return key;
}

async function readsAll(): Promise<boolean[]> {
  await closeConnections();
  return Promise.all(
    ids.map(async (id, at) => {
      const { ssn, bloodType } = await wholeRecord(clinic.staff.doctor, id);
      return ssn === registration(at + 1).ssn && bloodType?.state === 'clear';
    }),
  );
}

const problems = async () => (await verifyKeys(() => undefined)).problems;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe('a key vault that was lost', () => {
  it('keeps the clinic from starting as a new one', async () => {
    await loseVault();
    await expect(prepareDatabase()).rejects.toThrow(/keys restore FILE/);
    expect(await keyVault().countDocuments()).toBe(0);
    expect(await keyVaultDb().collection('keyPolicy').countDocuments()).toBe(0);
  });

  it('comes back with its policy, and every record reads', async () => {
    const before = await vault();
    await loseVault();
    const restored = await restore();
    expect(restored).toMatchObject({ keys: 4, restored: 4, policy: 'restored', failed: [] });
    expect(await vault()).toEqual(before);
    await prepareDatabase();
    expect(await readsAll()).toEqual([true, true, true]);
    expect(await problems()).toEqual([]);
    const events = clinicDb().collection(AUDIT_EVENTS).find({ action: 'restore-keys' });
    expect(await events.map(({ outcome }) => outcome as string).toArray()).toEqual(['begun', 'ok']);
    // Again, it finds everything there.
    expect(await restore()).toMatchObject({ restored: 0, present: 4, policy: 'kept' });
  });

  it('comes back with the keys that officers made', async () => {
    await createNamedKey('reports', null);
    copyFileSync((await backupKeyVault(backupDir)).path, path);
    await loseVault();
    expect(await restore()).toMatchObject({ restored: 5 });
    expect(await problems()).toEqual([]);
  });

  it('comes back without the keys of erased patients, though the copy has them', async () => {
    const [erased = ''] = ids;
    await erasePatient({ patientId: erased, backupDir, ...quiet });
    await loseVault();
    expect(await restore()).toMatchObject({ restored: 3, unneeded: 1 });
    expect(await vault()).toHaveLength(3);
    expect(await problems()).toEqual([]);
    expect((await wholeRecord(clinic.staff.doctor, erased)).bloodType).toEqual({ state: 'erased' });
  });

  it('does not come back under a shared key that was replaced since', async () => {
    await retireSharedKey({ backupDir, ...quiet });
    await loseVault();
    const attempt = restore();
    await expect(attempt).rejects.toThrow(`${PATIENTS} records are under another key`);
    expect(await keyVault().countDocuments()).toBe(0);
  });

  it('does not come back with another master key', async () => {
    await loseVault();
    rmSync(env().masterKeyFile);
    createMasterKeyFile(env().masterKeyFile);
    expect(await codeOf(restore())).toBe('MASTER_KEY');
    expect(await keyVault().countDocuments()).toBe(0);
    expect(await keyVaultDb().collection('keyPolicy').countDocuments()).toBe(0);
  });
});

describe('a key vault that was damaged', () => {
  it('gets back what it lacks and what does not open, and nothing else', async () => {
    const before = await vault();
    const [lost = '', damaged = ''] = ids;
    await keyVault().deleteOne({ _id: (await keyOf(lost))._id });
    const { _id, keyMaterial } = await keyOf(damaged);
    const bytes = Buffer.from(keyMaterial.value());
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    await keyVault().updateOne({ _id }, { $set: { keyMaterial: new Binary(bytes) } });
    expect((await problems()).map(({ kind }) => kind).toSorted()).toEqual([
      'key-does-not-open',
      'record-without-key',
    ]);
    expect(await restore({ dryRun: true })).toMatchObject({ restored: 2, present: 2 });
    expect(await problems()).toHaveLength(2);
    const { backup, ...restored } = await restore();
    expect(restored).toMatchObject({ restored: 2, present: 2, policy: 'kept' });
    expect(backup).toContain(backupDir);
    const materials = (keys: DataKey[]) => keys.map((key) => key.keyMaterial.toString('hex'));
    expect(materials(await vault())).toEqual(materials(before));
    expect(await problems()).toEqual([]);
    expect(await readsAll()).toEqual([true, true, true]);
  });

  it('keeps keys that were wrapped anew since the backup', async () => {
    await doctorClientEncryption().rewrapManyDataKey({}, { provider: 'local' });
    const rewrapped = await vault();
    expect(await restore()).toMatchObject({ restored: 0, present: 4 });
    expect(await vault()).toEqual(rewrapped);
  });

  it('does not get back a shared key that was replaced since', async () => {
    await retireSharedKey({ backupDir, ...quiet });
    expect(await restore()).toMatchObject({ restored: 0, present: 3, unneeded: 1 });
    expect(await vault()).toHaveLength(4);
  });

  it('says which shared key it lacks when the backup lacks it, too', async () => {
    await retireSharedKey({ backupDir, ...quiet });
    const { sharedKeyId } = await currentKeyPolicy();
    await keyVault().deleteOne({ _id: sharedKeyId });
    await expect(prepareDatabase()).rejects.toThrow(/keys restore FILE/);
    await expect(restore()).rejects.toThrow(sharedKeyId.toHexString());
  });

  it('never gets back a key that is erased meanwhile', async () => {
    await keyVault().deleteMany({ keyAltNames: { $regex: /^patient:/ } });
    const erasures = ids.map(async (patientId) => {
      // One at a time: the others hear that they have to wait.
      while ((await codeOf(erasePatient({ patientId, backupDir, ...quiet }))) === 'BUSY');
    });
    await Promise.all([...erasures, restore(), restore()]);
    expect(await vault()).toHaveLength(1);
    expect(await problems()).toEqual([]);
  });
});

it('a key that was put back a moment after its record was erased goes again', async () => {
  const [erased = '', living = ''] = ids;
  const keys = [await keyOf(erased), await keyOf(living)];
  await erasePatient({ patientId: erased, backupDir, ...quiet });
  await keyVault().insertMany(keys.slice(0, 1));
  expect((await problems()).map(({ kind }) => kind)).toEqual(['erased-record-has-key']);
  await dropErased(keys);
  expect(await problems()).toEqual([]);
  expect(await keyOf(living)).toEqual(keys[1]);
});

describe('a file that is no whole backup', () => {
  const line = (collection: string, document: string): string =>
    `{"collection":"${collection}","document":${document}}\n`;
  const policy = line(
    'keyPolicy',
    '{"_id":"current","provider":"local","masterKey":null,"revision":{"$numberInt":"1"},"otherSharedKeyId":null,' +
      '"sharedKeyId":{"$binary":{"base64":"AAAAAAAAQACAAAAAAAAAAA==","subType":"04"}}}',
  );

  it.each([
    ['a sentence', 'not a backup\n', 'a line of a key vault backup'],
    ['half a line', policy.slice(0, 40), 'a line of a key vault backup'],
    ['nothing', '', 'without key policy'],
    ['two policies', policy + policy, 'two key policies'],
    [
      'a policy without shared key',
      line('keyPolicy', '{"_id":"current"}'),
      'without CMK or shared key',
    ],
    ['a key that is none', policy + line('__keyVault', '{"_id":1}'), 'without id, key material'],
    ['no key', policy, 'got one without it'],
  ])('is refused: %s', async (_, text, said) => {
    const before = await vault();
    writeFileSync(path, text);
    await loseVault();
    await expect(restore()).rejects.toThrow(said);
    expect(await keyVault().countDocuments()).toBe(0);
    expect(before).toHaveLength(4);
  });

  it('or that is not there is refused by its name', async () => {
    rmSync(path);
    await expect(restore()).rejects.toThrow(`${path}, got ENOENT`);
  });
});
