// The key policy: one document beside the key vault that tells every process which CMK new data keys are
// made under and which data key is the shared one. It changes while the clinic works, so it is read at the start
// of each operation that writes, and once more after what was written: see lib/keys/README.md.
import 'server-only';
import { Binary, type Db, type Document, type UUID } from 'mongodb';
import { KeyError } from './errors';
import type { CustomerMasterKey } from './kms';

/** Collection beside the key vault. */
export const KEY_POLICY = 'keyPolicy';
const CURRENT = 'current';

export interface KeyPolicy {
  /** New data keys are made under this one. */
  readonly cmk: CustomerMasterKey;
  /** Encrypts `ssn` and `insurance.policyNumber` of everything that is written. */
  readonly sharedKeyId: UUID;
  /**
   * A second shared key that documents may be under already or still: searches and the check for duplicates look
   * under both. Null outside the retirement of a shared key.
   */
  readonly otherSharedKeyId: UUID | null;
  /** Grows with every change. */
  readonly revision: number;
}

/** The policy as it is stored, and in backups. */
export interface PolicyRow {
  _id: string;
  provider: CustomerMasterKey['provider'];
  masterKey: Document | null;
  sharedKeyId: UUID;
  otherSharedKeyId: UUID | null;
  revision: number;
}

/** The policy now. Throws KeyError `VAULT` before setup made one. */
export async function readKeyPolicy(keyVaultDb: Db): Promise<KeyPolicy> {
  const row = await findKeyPolicy(keyVaultDb);
  if (row === null) {
    throw new KeyError(
      'VAULT',
      'Expected the key policy beside the key vault, got none. Start the clinic once; if the vault was lost, put it back: `npm run medco -- keys restore FILE`',
    );
  }
  const { provider, masterKey, sharedKeyId, otherSharedKeyId, revision } = row;
  return { cmk: { provider, masterKey }, sharedKeyId, otherSharedKeyId, revision };
}

/** The policy as it is stored; null if there is none. */
export function findKeyPolicy(keyVaultDb: Db): Promise<PolicyRow | null> {
  return rows(keyVaultDb).findOne({ _id: CURRENT });
}

/** Stores a policy of a backup, unless there is one by now. */
export async function putBackKeyPolicy(keyVaultDb: Db, { _id, ...row }: PolicyRow): Promise<void> {
  await rows(keyVaultDb).updateOne({ _id }, { $setOnInsert: row }, { upsert: true });
}

/** Whether a document of a backup is the policy. */
export function isPolicyRow(document: Document): document is PolicyRow {
  const { _id, provider, sharedKeyId, otherSharedKeyId, revision } = document;
  const isId = (value: unknown): boolean =>
    (value as { sub_type?: unknown } | null)?.sub_type === Binary.SUBTYPE_UUID;
  return (
    _id === CURRENT &&
    typeof provider === 'string' &&
    isId(sharedKeyId) &&
    (otherSharedKeyId === null || isId(otherSharedKeyId)) &&
    Number.isInteger(Number(revision))
  );
}

/** Ids of the one or two shared keys that it names. */
export function sharedKeysOf({
  sharedKeyId,
  otherSharedKeyId,
}: Pick<KeyPolicy, 'sharedKeyId' | 'otherSharedKeyId'>): UUID[] {
  return otherSharedKeyId === null ? [sharedKeyId] : [sharedKeyId, otherSharedKeyId];
}

/** The policy, made by `first` if there is none. Safe to race. */
export async function ensureKeyPolicy(
  keyVaultDb: Db,
  first: () => Promise<Pick<KeyPolicy, 'cmk' | 'sharedKeyId'>>,
): Promise<KeyPolicy> {
  if ((await findKeyPolicy(keyVaultDb)) === null) {
    const { cmk, sharedKeyId } = await first();
    const row = { ...cmk, sharedKeyId, otherSharedKeyId: null, revision: 1 };
    await rows(keyVaultDb).updateOne({ _id: CURRENT }, { $setOnInsert: row }, { upsert: true });
  }
  return readKeyPolicy(keyVaultDb);
}

/**
 * Changes the policy on the condition that it is still the one that was read. Returns the new one; throws KeyError
 * `VAULT` if somebody else changed it meanwhile.
 */
export async function changeKeyPolicy(
  keyVaultDb: Db,
  from: KeyPolicy,
  change: Partial<Pick<KeyPolicy, 'cmk' | 'sharedKeyId' | 'otherSharedKeyId'>>,
): Promise<KeyPolicy> {
  const { cmk, ...keys } = change;
  const { matchedCount } = await rows(keyVaultDb).updateOne(
    { _id: CURRENT, revision: from.revision },
    { $set: { ...cmk, ...keys }, $inc: { revision: 1 } },
  );
  if (matchedCount === 0) {
    throw new KeyError('VAULT', 'Expected the key policy as it was read, got one that has changed');
  }
  return readKeyPolicy(keyVaultDb);
}

function rows(keyVaultDb: Db) {
  return keyVaultDb.collection<PolicyRow>(KEY_POLICY);
}
