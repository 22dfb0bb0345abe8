// Rotation and migration between two local master keys. What a remote KMS adds is proved in `*.keys.test.ts`.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BSON, type DataKey } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import {
  closeConnections,
  currentKeyPolicy,
  doctorClientEncryption,
  keyVault,
  keyVaultDb,
} from '@/lib/db/connections';
import { groupByCmk, notUnderMasterKey } from '../cmk-groups';
import { KeyError } from '../errors';
import type { CustomerMasterKey } from '../kms';
import { createMasterKeyFile } from '../master-key';
import { finishedOperations, openOperation, unfinishedOperation } from './journal';
import type { OnProgress } from './progress';
import { cancelRewrap, planRewrap, rewrapKeys, type RewrapOptions } from './rewrap';
import { RewrapBench, REWRAP_COPIES, REWRAP_PROBES } from './rewrap-bench';
import { wholeRecord } from '@/lib/data/testing/whole-record';

const LOCAL: CustomerMasterKey = { provider: 'local', masterKey: null };
const NEXT: CustomerMasterKey = { provider: 'local:next', masterKey: null };
const PATIENTS = 5;

const folder = mkdtempSync(join(tmpdir(), 'medco-rewrap-'));
const backupDir = join(folder, 'backups');
let clinic: TestClinic;
let ids: string[];

beforeAll(async () => {
  process.env['MEDCO_NEXT_MASTER_KEY_FILE'] = join(folder, 'next.bin');
  createMasterKeyFile(join(folder, 'next.bin'));
  clinic = await openTestClinic();
  ids = [];
  for (let serial = 1; serial <= PATIENTS; serial += 1) {
    ids.push((await registerPatient(clinic.staff.doctor, registration(serial))).id);
  }
});

afterAll(async () => {
  await clinic.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every test begins under `local`, with nothing unfinished. */
beforeEach(async () => {
  // Refused as BUSY if a test left something unfinished.
  await rewrap({ to: LOCAL });
});

const quiet: OnProgress = () => undefined;

function rewrap(options: Partial<RewrapOptions> = {}) {
  return rewrapKeys({
    kind: 'migrate',
    to: NEXT,
    startedBy: null,
    backupDir,
    onProgress: quiet,
    ...options,
  });
}

/** The clinic as a process sees it that has no key in memory. */
async function requireAllReadable(): Promise<void> {
  await closeConnections();
  for (const [at, id] of ids.entries()) {
    const record = await wholeRecord(clinic.staff.doctor, id);
    expect(record.ssn).toBe(registration(at + 1).ssn);
    expect(record.bloodType).toMatchObject({ state: 'clear' });
  }
}

async function vault(): Promise<DataKey[]> {
  return keyVault().find().sort({ _id: 1 }).toArray();
}

async function copiesLeft(): Promise<number> {
  const counts = [REWRAP_COPIES, REWRAP_PROBES].map((name) =>
    keyVaultDb().collection(name).countDocuments(),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count);
}

const exact = (value: object): string => BSON.EJSON.stringify(value, { relaxed: false });

describe('rewrapKeys', () => {
  it('wraps every key under the target and touches no data', async () => {
    const before = await vault();
    const documents = await Promise.all(ids.map(clinic.raw));
    const record = await rewrap();
    expect(record).toMatchObject({ kind: 'migrate', phase: 'done', startedBy: null });
    expect(await groupByCmk()).toEqual([{ cmk: NEXT, keys: before.length }]);
    for (const [at, key] of (await vault()).entries()) {
      const old = before[at];
      expect(key._id).toEqual(old?._id);
      expect(key.keyAltNames).toEqual(old?.keyAltNames);
      expect(exact(key.keyMaterial)).not.toBe(exact(old?.keyMaterial ?? {}));
      expect(key.updateDate.getTime()).toBeGreaterThanOrEqual(old?.updateDate.getTime() ?? 0);
    }
    expect((await Promise.all(ids.map(clinic.raw))).map(exact)).toEqual(documents.map(exact));
    await requireAllReadable();
  });

  it('makes the target the CMK of new keys', async () => {
    await rewrap();
    expect((await currentKeyPolicy()).cmk).toEqual(NEXT);
    const { id } = await registerPatient(clinic.staff.doctor, registration(50));
    const key = await doctorClientEncryption().getKeyByAltName(
      String((await clinic.raw(id))['keyAltName']),
    );
    expect(key?.masterKey).toEqual({ provider: 'local:next' });
  });

  it('done again changes nothing', async () => {
    await rewrap();
    const before = (await vault()).map(exact);
    await rewrap();
    expect((await vault()).map(exact)).toEqual(before);
  });

  it('rotates every key under the CMK that it is under already', async () => {
    const before = await vault();
    await rewrap({ kind: 'rotate', to: LOCAL });
    for (const [at, key] of (await vault()).entries()) {
      expect(exact(key.keyMaterial)).not.toBe(exact(before[at]?.keyMaterial ?? {}));
      expect(key.masterKey).toEqual({ provider: 'local' });
    }
    await requireAllReadable();
  });

  it('leaves a backup of what was there before, and no copy of any key beside the vault', async () => {
    const before = readdirSync(backupDir).length;
    await rewrap();
    expect(readdirSync(backupDir)).toHaveLength(before + 1);
    expect(await copiesLeft()).toBe(0);
  });

  it.each(['preflight', 'backup', 'policy', 'rewrap', 'check'])(
    'that ends at the beginning of its phase %s is gone on with and finished',
    async (phase) => {
      const stop: OnProgress = (progress) => {
        if (progress.phase === phase) throw new Error('Killed');
      };
      await expect(rewrap({ onProgress: stop })).rejects.toThrow('Killed');
      await requireAllReadable();
      await rewrap();
      expect(await keyVault().countDocuments(notUnderMasterKey(NEXT))).toBe(0);
      expect(await unfinishedOperation(keyVaultDb())).toBeNull();
      await requireAllReadable();
    },
  );

  it('that is unfinished can be given up: every record reads, another operation may begin', async () => {
    const stop: OnProgress = ({ phase }) => {
      if (phase === 'check') throw new Error('Killed');
    };
    await expect(rewrap({ onProgress: stop })).rejects.toThrow('Killed');
    await keyVaultDb().collection(REWRAP_COPIES).insertOne({ left: 'by a killed run' });
    expect(await cancelRewrap(null)).toMatchObject({ kind: 'migrate', phase: 'check' });
    expect(await copiesLeft()).toBe(0);
    expect(await unfinishedOperation(keyVaultDb())).toBeNull();
    expect(await cancelRewrap(null)).toBeNull();
    await requireAllReadable();
  });

  it('gives up nothing that is between two data keys', async () => {
    const retire = { kind: 'retire', options: { key: 'medcomd:shared' } } as const;
    const running = await openOperation(keyVaultDb(), retire, { first: 'convert' });
    await expect(cancelRewrap(null)).rejects.toMatchObject({ code: 'BUSY' });
    await running.abandon();
  });

  it('that failed before it changed anything stands in nobody’s way', async () => {
    const nowhere = { provider: 'kmip', masterKey: { keyId: '1' } } as const;
    await expect(rewrap({ to: nowhere })).rejects.toMatchObject({ code: 'MASTER_KEY' });
    expect(await unfinishedOperation(keyVaultDb())).toBeNull();
    expect((await currentKeyPolicy()).cmk).toEqual(LOCAL);
  });

  it('refuses another request while it is unfinished', async () => {
    const stop: OnProgress = ({ phase }) => {
      if (phase === 'check') throw new Error('Killed');
    };
    await expect(rewrap({ onProgress: stop })).rejects.toThrow('Killed');
    await expect(rewrap({ to: LOCAL })).rejects.toMatchObject({ code: 'BUSY' });
    await rewrap();
  });

  it('puts keys that are made meanwhile under the target', async () => {
    const made: Promise<{ id: string }>[] = [];
    const register: OnProgress = () => {
      for (let more = 0; more < 2; more += 1) {
        made.push(registerPatient(clinic.staff.doctor, registration(70 + made.length)));
      }
    };
    await rewrap({ onProgress: register });
    expect((await Promise.all(made)).length).toBeGreaterThan(4);
    expect(await keyVault().countDocuments(notUnderMasterKey(NEXT))).toBe(0);
  });

  it('says who began it and when it ended', async () => {
    await rewrap({ startedBy: 'officer-1' });
    const [last] = await finishedOperations(keyVaultDb(), 1);
    expect(last).toMatchObject({ startedBy: 'officer-1', options: { how: 'rewrap', to: NEXT } });
    expect(last?.finishedAt).toBeInstanceOf(Date);
  });

  it('names the key that does not open, and keeps it', async () => {
    const [key] = await keyVault()
      .find({ keyAltNames: /^patient:/ })
      .limit(1)
      .toArray();
    const broken = key as DataKey;
    const damaged = new BSON.Binary(Buffer.from(broken.keyMaterial.buffer).fill(7, 20, 40));
    await keyVault().updateOne({ _id: broken._id }, { $set: { keyMaterial: damaged } });
    const failure = await rewrap().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(KeyError);
    expect(String(failure)).toContain(broken._id.toHexString());
    expect(exact((await keyVault().findOne({ _id: broken._id }))?.keyMaterial ?? {})).toBe(
      exact(damaged),
    );
    await keyVault().updateOne(
      { _id: broken._id },
      { $set: { keyMaterial: broken.keyMaterial, masterKey: broken.masterKey } },
    );
    await rewrap();
    await requireAllReadable();
  });
});

describe('a rewrapped copy', () => {
  let bench: RewrapBench;
  let keys: DataKey[];

  beforeEach(async () => {
    bench = new RewrapBench(NEXT);
    keys = await vault();
    await bench.copy(keys);
    return async () => {
      await bench.clear();
      await bench.close();
    };
  });
  const copies = () => keyVaultDb().collection<DataKey>(REWRAP_COPIES);

  it('is accepted when it is under the target and opens what the original encrypted', async () => {
    await bench.rewrap();
    const proved = await bench.proved(keys);
    expect(proved.map((key) => key._id.toHexString())).toEqual(
      keys.map((key) => key._id.toHexString()),
    );
  });

  it('is refused when it was not rewrapped', async () => {
    await expect(bench.proved(keys)).rejects.toThrow('another CMK');
  });

  it('is refused when it holds another key', async () => {
    await bench.rewrap();
    const [one, other] = await copies().find().limit(2).toArray();
    await copies().updateOne({ _id: one?._id }, { $set: { keyMaterial: other?.keyMaterial } });
    await expect(bench.proved(keys)).rejects.toThrow('the vault keeps the originals');
  });

  it('is refused when it is damaged', async () => {
    await bench.rewrap();
    const [one] = await copies().find().limit(1).toArray();
    const bytes = Buffer.from(one?.keyMaterial.buffer ?? []);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await copies().updateOne({ _id: one?._id }, { $set: { keyMaterial: new BSON.Binary(bytes) } });
    await expect(bench.proved(keys)).rejects.toThrow('the vault keeps the originals');
  });

  it('is refused when it is gone', async () => {
    await bench.rewrap();
    await copies().deleteOne({ _id: keys[0]?._id });
    await expect(bench.proved(keys)).rejects.toThrow(KeyError);
  });
});

describe('replacing originals', () => {
  it('brings no key back that was erased, and overwrites none that was rewrapped meanwhile', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(60));
    const name = String((await clinic.raw(id))['keyAltName']);
    const bench = new RewrapBench(NEXT);
    try {
      const keys = await vault();
      await bench.copy(keys);
      await bench.rewrap();
      const proved = await bench.proved(keys);
      await keyVault().deleteOne({ keyAltNames: name });
      const [shared] = await keyVault().find({ keyAltNames: 'medcomd:shared' }).toArray();
      await doctorClientEncryption().rewrapManyDataKey(
        { keyAltNames: 'medcomd:shared' },
        { provider: 'local' },
      );
      const rewrapped = await keyVault().findOne({ _id: shared?._id });
      await bench.replace(keys, proved);
      expect(await keyVault().countDocuments({ keyAltNames: name })).toBe(0);
      expect(await keyVault().findOne({ _id: shared?._id })).toEqual(rewrapped);
      expect(await keyVault().countDocuments(notUnderMasterKey(NEXT))).toBe(1);
    } finally {
      await bench.clear();
      await bench.close();
    }
    await requireAllReadable();
  });
});

describe('planRewrap', () => {
  it('counts what would be rewrapped, by CMK, and changes nothing', async () => {
    const before = (await vault()).map(exact);
    const all = before.length;
    const groups = [{ cmk: LOCAL, keys: all }];
    expect(await planRewrap({ kind: 'migrate', to: NEXT })).toEqual({ groups, keys: all });
    expect(await planRewrap({ kind: 'migrate', to: LOCAL })).toEqual({ groups, keys: 0 });
    expect(await planRewrap({ kind: 'rotate', to: LOCAL })).toEqual({ groups, keys: all });
    expect((await vault()).map(exact)).toEqual(before);
  });
});
