import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BSON, type DataKey, type UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { registerPatient } from '@/lib/data';
import { clinicDb, keyVault } from '@/lib/db/connections';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { KeyError } from '../errors';
import { backupKeyVault, backupOnRequest, forgetKeyInBackups, readBackup } from './backup';

let clinic: TestClinic;
const dir = join(mkdtempSync(join(tmpdir(), 'medco-backup-')), 'backups');

beforeAll(async () => {
  clinic = await openTestClinic();
  for (const serial of [1, 2, 3]) await registerPatient(clinic.staff.doctor, registration(serial));
});

afterAll(async () => {
  await clinic.close();
  rmSync(join(dir, '..'), { recursive: true, force: true });
});

async function keysIn(path: string): Promise<DataKey[]> {
  const keys: DataKey[] = [];
  for await (const { collection, document } of readBackup(path)) {
    if (collection === '__keyVault') keys.push(document as DataKey);
  }
  return keys;
}

const exact = (key: DataKey): string => BSON.EJSON.stringify(key, { relaxed: false });

describe('a backup of the key vault', () => {
  it('holds every data key as it lies in the vault, and the policy', async () => {
    const { path, keys } = await backupKeyVault(dir);
    expect(keys).toBe(4);
    const vault = await keyVault().find().sort({ _id: 1 }).toArray();
    expect((await keysIn(path)).map(exact)).toEqual(vault.map(exact));
    expect(readFileSync(path, 'utf8')).toContain('"keyPolicy"');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('that somebody asks for is an event of the audit log, and is not written when that fails', async () => {
    const events = clinicDb().collection(AUDIT_EVENTS);
    const { path } = await backupOnRequest(dir, null);
    expect(await events.countDocuments({ action: 'backup-keys', outcome: 'begun' })).toBe(1);
    rmSync(path);
    const before = readdirSync(dir);
    const validator = { action: { $ne: 'backup-keys' } };
    await clinicDb().command({ collMod: AUDIT_EVENTS, validator });
    await expect(backupOnRequest(dir, null)).rejects.toThrow();
    await clinicDb().command({ collMod: AUDIT_EVENTS, validator: {} });
    expect(readdirSync(dir)).toEqual(before);
  });

  it('never overwrites another one', async () => {
    const two = await Promise.all([backupKeyVault(dir), backupKeyVault(dir)]);
    const three = [...two, await backupKeyVault(dir)].map(({ path }) => path);
    expect(new Set(three).size).toBe(3);
    for (const path of three) expect(await keysIn(path)).toHaveLength(4);
    expect(readdirSync(dir).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
  });

  it('loses a key that is destroyed, in every file, and keeps all others', async () => {
    const key = await keyVault().findOne({ keyAltNames: { $regex: /^patient:/ } });
    const id = key?._id as UUID;
    writeFileSync(join(dir, 'key-vault-killed.unfinished'), 'may hold the key');
    await keyVault().deleteOne({ _id: id });
    const changed = await forgetKeyInBackups(dir, [id]);
    expect(changed).toHaveLength(4);
    for (const path of changed) {
      const left = (await keysIn(path)).map((each) => each._id.toHexString());
      expect(left).toHaveLength(3);
      expect(left).not.toContain(id.toHexString());
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(dir)).toHaveLength(4);
    expect(await forgetKeyInBackups(dir, [id])).toEqual([]);
  });

  it('that was damaged is refused without quoting it', async () => {
    const { path } = await backupKeyVault(dir);
    writeFileSync(path, '{"secret": tr');
    const refusal = await forgetKeyInBackups(dir, []).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(KeyError);
    expect(String(refusal)).not.toContain('secret');
    rmSync(path);
  });

  it('in a folder that is not there is nothing to forget', async () => {
    expect(await forgetKeyInBackups(join(dir, 'nowhere'), [])).toEqual([]);
  });
});
