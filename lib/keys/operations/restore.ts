// Puts the key vault back from a backup: the keys that records need and the vault lacks, or has in a state in which they do
// not open. Adds and mends, never takes away; what is there and opens stays as it is. Safe to repeat and to kill.
import 'server-only';
import type { DataKey, UUID } from 'mongodb';
import { recordEvent, type AuditOutcome } from '@/lib/audit/record-event';
import { keyVault, keyVaultDb, storedPatients } from '@/lib/db/connections';
import { KEY_VAULT } from '@/lib/db/names';
import { createKeyVaultIndex, isDuplicateKey } from '../data-keys';
import { KeyError } from '../errors';
import { furtherKeys } from '../further-keys';
import { findKeyPolicy, putBackKeyPolicy, sharedKeysOf, type PolicyRow } from '../policy';
import { backupKeyVault } from './backup';
import { underSharedKey } from './convert-shared';
import type { OnProgress } from './progress';
import { chooseKeys, dropErased, isFurther, neededKeys } from './restore-choice';
import { keysIn, readWhole } from './restore-file';
import { tryKeys } from './try-keys';

export interface RestoreOptions {
  /** The backup. */
  readonly path: string;
  /** Where the vault as it is now is backed up first. */
  readonly backupDir: string;
  /** Counts, and changes nothing. */
  readonly dryRun?: boolean;
  readonly startedBy: string | null;
  readonly onProgress: OnProgress;
}

export interface Restoration {
  /** Data keys in the backup. */
  keys: number;
  /** Put back, and they open; with `dryRun`: to be tried. */
  restored: number;
  /** In the vault already, and open or equal to the backup's. */
  present: number;
  /** Of erased or unknown patients, or replaced since. */
  unneeded: number;
  /** Needed keys of the backup that were not put back: id and reason, the first hundred. */
  failed: { id: string; why: string }[];
  /** Whether the policy was lost too. */
  policy: 'kept' | 'restored';
  /** Of the vault as it was; null if there was none. */
  backup: string | null;
}

const BATCH = 100;
const MOST_FAILED = 100;

/**
 * Throws KeyError `VAULT` if the file is no whole backup, `RECORDS` if it is of a time when the records were under another
 * shared key, `MASTER_KEY` if none of the first keys opens: nothing has changed then.
 */
export async function restoreKeyVault(options: RestoreOptions): Promise<Restoration> {
  const { path, backupDir, dryRun = false, startedBy, onProgress } = options;
  const { policy: backedUp, keys } = await readWhole(path);
  const inForce = await findKeyPolicy(keyVaultDb());
  const policy = inForce ?? backedUp;
  const result: Restoration = {
    ...{ keys, restored: 0, present: 0, unneeded: 0, failed: [] },
    ...{ policy: inForce === null ? 'restored' : 'kept', backup: null },
  };
  await requireSharedKeys(path, policy);
  if (inForce === null) await requireSameTime(policy);
  if (dryRun) {
    await passOver(options, policy, result);
    return result;
  }
  const audit = (outcome: AuditOutcome): Promise<void> => {
    const role = startedBy === null ? null : 'officer';
    return recordEvent({
      action: 'restore-keys',
      outcome,
      userId: startedBy,
      role,
      session: null,
    });
  };
  await audit('begun');
  try {
    await createKeyVaultIndex(keyVaultDb().collection(KEY_VAULT));
    if (inForce !== null) {
      onProgress({ phase: 'backup', done: 0, total: 0 });
      result.backup = (await backupKeyVault(backupDir)).path;
    }
    await passOver(options, policy, result);
    // Last: without it no process of the clinic starts, and none works with half of the keys.
    if (inForce === null) await putBackKeyPolicy(keyVaultDb(), policy);
    await audit(result.failed.length === 0 ? 'ok' : 'failed');
    return result;
  } catch (error) {
    await audit('failed').catch(() => undefined);
    throw error;
  }
}

/** Every shared key of the policy must be in the vault or in the backup. */
async function requireSharedKeys(path: string, policy: PolicyRow): Promise<void> {
  const shared = sharedKeysOf(policy);
  const missing = new Set(shared.map((id) => id.toHexString()));
  const projection = { _id: 1 } as const;
  const present = await keyVault()
    .find({ _id: { $in: shared } }, { projection })
    .toArray();
  for (const { _id } of present) missing.delete(_id.toHexString());
  for await (const key of keysIn(path)) missing.delete(key._id.toHexString());
  if (missing.size > 0) {
    const ids = [...missing].join(', ');
    throw new KeyError(
      'VAULT',
      `Expected a backup with the shared data key ${ids}, which the vault lacks, got one without it`,
    );
  }
}

/** Every record must be under a shared key of the policy that is to come back. */
async function requireSameTime(policy: PolicyRow): Promise<void> {
  const astray = await storedPatients().countDocuments({
    ...{ ssn: { $exists: true }, erasedAt: { $exists: false } },
    $nor: sharedKeysOf(policy).map(underSharedKey),
  });
  if (astray === 0) return;
  throw new KeyError(
    'RECORDS',
    'Expected a backup with the shared data key that the records are under, got one of another time: ' +
      `${astray} records are under another key`,
  );
}

async function passOver(
  { path, dryRun = false, onProgress }: RestoreOptions,
  policy: PolicyRow,
  result: Restoration,
): Promise<void> {
  const shared = sharedKeysOf(policy);
  let done = 0;
  let batch: DataKey[] = [];
  const flush = async (): Promise<void> => {
    await restoreBatch(batch, shared, dryRun, result);
    done += batch.length;
    batch = [];
    onProgress({ phase: 'restore', done, total: result.keys });
  };
  onProgress({ phase: 'restore', done, total: result.keys });
  for await (const key of keysIn(path)) {
    batch.push(key);
    if (batch.length === BATCH) await flush();
  }
  if (batch.length > 0) await flush();
}

/** A key of the backup, and what the vault has in its place. */
interface Replacement {
  readonly key: DataKey;
  readonly damaged: DataKey | null;
}

async function restoreBatch(
  batch: readonly DataKey[],
  shared: readonly UUID[],
  dryRun: boolean,
  result: Restoration,
): Promise<void> {
  const { absent, different, same, unneeded } = await chooseKeys(batch, shared);
  const present = await tryKeys(
    different.map(({ key, present: there }) => ({ key: there, from: key })),
  );
  result.unneeded += unneeded;
  result.present += same + present.open.length;
  const wanted: Replacement[] = [
    ...absent.map((key) => ({ key, damaged: null })),
    ...present.closed.map(({ item }) => ({ key: item.from, damaged: item.key })),
  ];
  if (dryRun) {
    result.restored += wanted.length;
    return;
  }
  const put: Replacement[] = [];
  for (const each of wanted) {
    if (await isPut(each)) put.push(each);
    else note(result, each.key, 'another data key has its alt name');
  }
  const { open, closed } = await tryKeys(put);
  await dropErased(put.map(({ key }) => key));
  for (const { item } of closed) await takeBack(item);
  const [first] = closed;
  // The wrong master key, or a KMS that does not answer: no reason to go through all of them.
  if (first !== undefined && open.length === 0 && result.restored === 0) throw first.why;
  // A key that was erased meanwhile does not open either.
  const needed = await neededKeys(
    closed.map(({ item }) => item.key),
    shared,
  );
  for (const { item, why } of closed) {
    if (needed.includes(item.key)) note(result, item.key, why.message);
    else result.unneeded += 1;
  }
  result.restored += open.length;
}

/** False if another key has one of its alt names. */
async function isPut({ key, damaged }: Replacement): Promise<boolean> {
  const { _id, ...rest } = key;
  if (damaged !== null) {
    await wrapAs(key, damaged);
    return true;
  }
  try {
    await keyVault().updateOne({ _id }, { $setOnInsert: rest }, { upsert: true });
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
  if (isFurther(key)) {
    const row = { $setOnInsert: { at: new Date() } };
    await furtherKeys().updateOne({ _id }, row, { upsert: true });
  }
  return true;
}

/** What does not open is left as it was found. */
async function takeBack({ key, damaged }: Replacement): Promise<void> {
  if (damaged !== null) return wrapAs(damaged, key);
  await keyVault().deleteOne({ _id: key._id, keyMaterial: key.keyMaterial });
}

/** On the condition that nobody has wrapped it anew. */
async function wrapAs({ _id, keyMaterial, masterKey }: DataKey, before: DataKey): Promise<void> {
  await keyVault().updateOne(
    { _id, keyMaterial: before.keyMaterial },
    { $set: { keyMaterial, masterKey }, $currentDate: { updateDate: true } },
  );
}

function note({ failed }: Restoration, key: DataKey, why: string): void {
  if (failed.length < MOST_FAILED) failed.push({ id: key._id.toHexString(), why });
}
