// Migration the guide's way and retirement: every record reads as before, under new keys alone, wherever the operation was
// stopped and whoever wrote meanwhile.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataKey, type Document, Int32, ObjectId } from 'mongodb';
import { registerContact, registerPatient, searchPatients } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import {
  currentKeyPolicy,
  doctorClientEncryption,
  keyVault,
  keyVaultDb,
  storedPatients,
} from '@/lib/db/connections';
import { SHARED_KEY_NAME } from '../data-keys';
import type { CustomerMasterKey } from '../kms';
import { createMasterKeyFile } from '../master-key';
import { finishedOperations, unfinishedOperation } from './journal';
import type { OnProgress } from './progress';
import { reencrypt } from './reencrypt';
import { retirePatientKey, retireSharedKey } from './retire';
import { supersededKeys } from './superseded';
import { wholeRecord, type WholeRecord } from '@/lib/data/testing/whole-record';

let clinic: TestClinic;
let backupDir: string;
const ids: string[] = [];
const COUNT = 4;

beforeAll(async () => {
  backupDir = mkdtempSync(join(tmpdir(), 'medco-backups-'));
  process.env['KEY_EXPIRATION_MS'] = '1';
  process.env['MEDCO_NEXT_MASTER_KEY_FILE'] = join(backupDir, 'next.bin');
  createMasterKeyFile(join(backupDir, 'next.bin'));
  clinic = await openTestClinic();
  for (let serial = 1; serial <= COUNT; serial++) {
    const { id } = await registerPatient(clinic.staff.doctor, registration(serial));
    ids.push(id);
  }
  const { name, contact } = registration(500);
  await registerContact(clinic.staff.receptionist, { name, contact, provider: 'MaestCare' });
});
afterAll(async () => {
  await clinic.close();
  rmSync(backupDir, { recursive: true, force: true });
});

const quiet: OnProgress = () => undefined;
const NEXT: CustomerMasterKey = { provider: 'local:next', masterKey: null };
/** Batches of two, so that there are several. */
const options = (onProgress = quiet) => ({ startedBy: null, backupDir, batchSize: 2, onProgress });

async function readOne(id: string): Promise<Omit<WholeRecord, 'revision'>> {
  const { revision, ...record } = await wholeRecord(clinic.staff.doctor, id);
  expect(revision).toBeGreaterThan(0);
  return record;
}

const readAll = () => Promise.all(ids.map(readOne));

async function vaultIds(): Promise<Set<string>> {
  const keys = await keyVault().find<Pick<DataKey, '_id'>>({}).toArray();
  return new Set(keys.map(({ _id }) => _id.toHexString()));
}

/** That this patient is found by SSN and by policy number. */
async function expectFound(at: number): Promise<void> {
  const { ssn, insurance } = registration(at + 1);
  const searches = [
    { text: ssn, by: 'ssn' },
    { text: insurance.policyNumber, by: 'policy' },
  ] as const;
  for (const search of searches) {
    const { patients } = await searchPatients(clinic.staff.doctor, search);
    expect(patients.map(({ id }) => id)).toEqual([ids[at]]);
  }
}

const expectAllFound = () => Promise.all(ids.map((_, at) => expectFound(at)));

describe('re-encryption', () => {
  it('gives every record new keys, reads as before and leaves none of the old keys', async () => {
    const [before, old] = [await readAll(), await vaultIds()];
    const phases: string[] = [];
    const record = await reencrypt({
      ...options(({ phase }) => phases.push(phase)),
      to: NEXT,
    });
    expect(record.state).toMatchObject({ problems: [], withoutKey: 0 });
    expect([...new Set(phases)]).toEqual([
      ...['preflight', 'backup', 'policy', 'announce', 'switch', 'convert', 'sweep', 'withdraw'],
      ...['wait', 'last-sweep', 'verify', 'delete', 'rewrap-rest'],
    ]);
    expect(await readAll()).toEqual(before);
    await expectAllFound();
    const present = await vaultIds();
    expect(present.size).toBe(old.size);
    expect([...present].filter((id) => old.has(id))).toEqual([]);
    const replaced = await supersededKeys().find({ operationId: record.operationId }).toArray();
    expect(new Set(replaced.map(({ _id }) => _id.toHexString()))).toEqual(old);
    const shared = await doctorClientEncryption().getKeyByAltName(SHARED_KEY_NAME);
    expect(await currentKeyPolicy()).toMatchObject({
      ...{ cmk: NEXT, sharedKeyId: shared?._id, otherSharedKeyId: null },
    });
    expect(shared?.keyAltNames).toEqual([SHARED_KEY_NAME]);
    expect(await keyVault().distinct('masterKey')).toEqual([{ provider: 'local:next' }]);
    expect(readdirSync(backupDir).filter((name) => name.endsWith('.ejson'))).toHaveLength(1);
    expect(await unfinishedOperation(keyVaultDb())).toBeNull();
  });

  it(
    'stopped at any of its steps, it goes on and ends in the same state',
    { timeout: 90_000 },
    async () => {
      const [before, old] = [await readAll(), await vaultIds()];
      const { cmk } = await currentKeyPolicy();
      const seen = new Set<string>();
      const stop: OnProgress = ({ phase, done }) => {
        const place = `${phase} ${done}`;
        if (seen.has(place)) return;
        seen.add(place);
        throw new Error('stopped');
      };
      for (;;) {
        const places = seen.size;
        const ended = await reencrypt({ ...options(stop), to: cmk }).catch(String);
        // Whatever the state: the clinic reads and finds what it has.
        const at = places % ids.length;
        expect(await readOne(ids[at] ?? '')).toEqual(before[at]);
        await expectFound(at);
        if (seen.size === places) break;
        expect(ended).toBe('Error: stopped');
      }
      expect((await finishedOperations(keyVaultDb()))[0]).toMatchObject({ phase: 'done' });
      expect(seen.size).toBeGreaterThan(17);
      expect(await readAll()).toEqual(before);
      const present = await vaultIds();
      expect(present.size).toBe(old.size);
      expect([...present].filter((id) => old.has(id))).toEqual([]);
    },
  );
});

describe('a patient who is registered while the policy changes', () => {
  it('has no key that was ever under the old CMK', async () => {
    const { cmk } = await currentKeyPolicy();
    const stop: OnProgress = ({ phase }) => {
      if (phase === 'sweep') throw new Error('stopped');
    };
    const to: CustomerMasterKey = { provider: 'local', masterKey: null };
    expect(cmk).toEqual(NEXT);
    await expect(reencrypt({ ...options(stop), to })).rejects.toThrow('stopped');
    const { id } = await registerPatient(clinic.staff.doctor, registration(COUNT + 1));
    ids.push(id);
    const keyAltNames = String((await clinic.raw(id))['keyAltName']);
    const key = await keyVault().findOne({ keyAltNames });
    // Made under the old CMK, rewrapped by its maker as soon as the policy was another.
    await doctorClientEncryption().rewrapManyDataKey({ keyAltNames }, NEXT as never);
    await doctorClientEncryption().rewrapManyDataKey({ keyAltNames }, to as never);
    await reencrypt({ ...options(), to });
    expect((await vaultIds()).has(String(key?._id))).toBe(false);
    expect(await readOne(id)).toMatchObject({ bloodType: { state: 'clear', value: 'AB-' } });
    expect(await keyVault().distinct('masterKey')).toEqual([{ provider: 'local' }]);
  });
});

describe('retirement of the shared key', () => {
  it('replaces it and nothing else', async () => {
    const before = await readAll();
    const old = await vaultIds();
    const { sharedKeyId } = await currentKeyPolicy();
    await retireSharedKey(options());
    expect(await readAll()).toEqual(before);
    await expectAllFound();
    const present = await vaultIds();
    expect([...old].filter((id) => !present.has(id))).toEqual([sharedKeyId.toHexString()]);
    expect(present.size).toBe(old.size);
    expect((await currentKeyPolicy()).sharedKeyId.equals(sharedKeyId)).toBe(false);
  });

  it('ends before anything is removed while two patients have one SSN, and afterwards goes on', async () => {
    const { sharedKeyId } = await currentKeyPolicy();
    let stopped = false;
    const stopAtSweep: OnProgress = ({ phase }) => {
      if (phase !== 'sweep' || stopped) return;
      stopped = true;
      throw new Error('stopped');
    };
    await expect(retireSharedKey(options(stopAtSweep))).rejects.toThrow('stopped');
    // A number that another patient has, under the key that the index cannot compare.
    const twin = new ObjectId(ids[3]);
    const underOldKey = (number: string) =>
      doctorClientEncryption().encrypt(new Int32(number), {
        ...{ keyId: sharedKeyId, algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic' },
      });
    const ssn = await underOldKey(registration(3).ssn);
    await storedPatients().updateOne({ _id: twin }, { $set: { ssn } as Document });
    const attempt = retireSharedKey(options());
    await expect(attempt).rejects.toMatchObject({ code: 'RECORDS' });
    await expect(attempt).rejects.toThrow(
      `${twin.toHexString()} (another patient has the same SSN)`,
    );
    expect(await keyVault().countDocuments({ _id: sharedKeyId })).toBe(1);
    expect((await currentKeyPolicy()).otherSharedKeyId).toEqual(sharedKeyId);

    // Her own number again, as a writer who was late would have left it: under the old key.
    const own = await underOldKey(registration(4).ssn);
    await storedPatients().updateOne({ _id: twin }, { $set: { ssn: own } as Document });
    await retireSharedKey(options());
    await expectAllFound();
    expect(await keyVault().countDocuments({ _id: sharedKeyId })).toBe(0);
  });
});

describe('retirement of a patient’s key', () => {
  it('replaces that key alone', async () => {
    const before = await readAll();
    const [id = ''] = ids;
    const { keyAltName } = await clinic.raw(id);
    const old = await vaultIds();
    await retirePatientKey({ ...options(), keyAltName: String(keyAltName) });
    expect(await readAll()).toEqual(before);
    const present = await vaultIds();
    expect([...present].filter((key) => !old.has(key))).toHaveLength(1);
    expect(present.size).toBe(old.size);
    const again = retirePatientKey({ ...options(), keyAltName: String(keyAltName) });
    await expect(again).rejects.toMatchObject({ code: 'VAULT' });
    expect(await finishedOperations(keyVaultDb())).toHaveLength(6);
  });
});
