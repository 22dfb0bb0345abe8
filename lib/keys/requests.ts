// Key operations that need two persons (C-47): one officer asks, another one answers. Rows lie beside the key vault, where
// the front desk's database user cannot reach them. Knows no permissions; lib/data/key-console.ts does.
import 'server-only';
import { ObjectId, type Collection, type Db, type Filter } from 'mongodb';
import type { KeyRequest } from '@/schemas/key-request';

const KEY_REQUESTS = 'keyRequests';
/** An answer that comes later is too late: the reason may not hold any more. */
export const OPEN_MS = 24 * 3_600_000;

export interface Officer {
  readonly userId: string;
  readonly name: string;
}

/** `approved` stays until the operation was done; `failed` may be started again. */
export type RequestState =
  'open' | 'approved' | 'failed' | 'done' | 'refused' | 'withdrawn' | 'expired';

export interface KeyRequestRow {
  _id: ObjectId;
  readonly request: KeyRequest;
  readonly requestedBy: Officer;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly state: RequestState;
  readonly decidedBy: Officer | null;
  readonly decidedAt: Date | null;
  /** Why the operation failed, or what it says at its end. */
  readonly messages: readonly string[];
}

/** Stores a request; returns its id. */
export async function storeRequest(
  keyVaultDb: Db,
  request: KeyRequest,
  requestedBy: Officer,
  now = new Date(),
): Promise<ObjectId> {
  const _id = new ObjectId();
  await rows(keyVaultDb).insertOne({
    _id,
    request,
    requestedBy,
    requestedAt: now,
    expiresAt: new Date(now.getTime() + OPEN_MS),
    state: 'open',
    decidedBy: null,
    decidedAt: null,
    messages: [],
  });
  return _id;
}

/**
 * Answers an open request, once: `approved` and `refused` only by somebody else than who asked, `withdrawn` only by who
 * asked. Returns null if it is not open any more, or not for this person to answer.
 */
export async function decideRequest(
  keyVaultDb: Db,
  _id: ObjectId,
  { by, state, now = new Date() }: Decision,
): Promise<KeyRequestRow | null> {
  const asker = state === 'withdrawn' ? by.userId : { $ne: by.userId };
  return rows(keyVaultDb).findOneAndUpdate(
    { _id, state: 'open', expiresAt: { $gt: now }, 'requestedBy.userId': asker },
    { $set: { state, decidedBy: by, decidedAt: now } },
    { returnDocument: 'after' },
  );
}

export interface Decision {
  readonly by: Officer;
  readonly state: 'approved' | 'refused' | 'withdrawn';
  readonly now?: Date;
}

/** Notes how the operation of an approved request went on; returns false if it is done, or never was approved. */
export async function noteOutcome(
  keyVaultDb: Db,
  _id: ObjectId,
  state: 'approved' | 'failed' | 'done',
  messages: readonly string[] = [],
): Promise<boolean> {
  const filter: Filter<KeyRequestRow> = { _id, state: { $in: ['approved', 'failed'] } };
  const { matchedCount } = await rows(keyVaultDb).updateOne(filter, { $set: { state, messages } });
  return matchedCount === 1;
}

export async function findRequest(keyVaultDb: Db, _id: ObjectId): Promise<KeyRequestRow | null> {
  const row = await rows(keyVaultDb).findOne({ _id });
  return row && withExpiry(row);
}

/** The latest requests, newest first. */
export async function listRequests(keyVaultDb: Db, limit = 20): Promise<KeyRequestRow[]> {
  const found = rows(keyVaultDb).find().sort({ requestedAt: -1, _id: -1 }).limit(limit);
  return (await found.toArray()).map(withExpiry);
}

function withExpiry(row: KeyRequestRow): KeyRequestRow {
  const late = row.state === 'open' && row.expiresAt.getTime() <= Date.now();
  return late ? { ...row, state: 'expired' } : row;
}

function rows(keyVaultDb: Db): Collection<KeyRequestRow> {
  return keyVaultDb.collection<KeyRequestRow>(KEY_REQUESTS);
}
