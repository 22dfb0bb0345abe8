// Counters of failures that survive a restart and hold across processes. An attempt is counted before it
// is judged and refunded when it succeeds, so a hundred at once cannot slip past the limit.
import 'server-only';
import { createHash } from 'node:crypto';
import type { Collection } from 'mongodb';
import { clinicDb } from '@/lib/db/connections';
import { THROTTLES } from '@/lib/db/names';
import { isDuplicateKey } from '@/lib/keys/data-keys';

interface ThrottleRow {
  _id: string;
  count: number;
  startedAt: Date;
  expiresAt: Date;
}

export interface ThrottleRule {
  /** Part of the counter's name. */
  name: string;
  /** Attempts that may fail before the lock. */
  limit: number;
  /** Length of the counting window, and of the lock from the attempt that reached the limit. */
  windowMs: number;
}

export interface Attempt {
  allowed: boolean;
  /** Takes the attempt back: it did not fail. */
  refund: () => Promise<void>;
}

/** Counts one attempt of `subject`. The subject itself is not stored, only its digest. */
export async function countAttempt(
  rule: ThrottleRule,
  subject: string,
  now: Date,
): Promise<Attempt> {
  const rows = throttles();
  const _id = `${rule.name}:${createHash('sha256').update(subject).digest('hex')}`;
  const row = await increment(rows, _id, rule, now);
  const refund = async (): Promise<void> => {
    await rows.updateOne({ _id, startedAt: row.startedAt }, { $inc: { count: -1 } });
  };
  if (row.count > rule.limit) {
    await refund();
    return { allowed: false, refund: () => Promise.resolve() };
  }
  if (row.count === rule.limit) {
    const lockedUntil = new Date(now.getTime() + rule.windowMs);
    await rows.updateOne({ _id, startedAt: row.startedAt }, { $set: { expiresAt: lockedUntil } });
  }
  return { allowed: true, refund };
}

async function increment(
  rows: Collection<ThrottleRow>,
  _id: string,
  rule: ThrottleRule,
  now: Date,
): Promise<ThrottleRow> {
  for (;;) {
    const current = await rows.findOneAndUpdate(
      { _id, expiresAt: { $gt: now } },
      { $inc: { count: 1 } },
      { returnDocument: 'after' },
    );
    if (current !== null) return current;
    const started = {
      count: 1,
      startedAt: now,
      expiresAt: new Date(now.getTime() + rule.windowMs),
    };
    try {
      const taken = await rows.updateOne(
        { _id, expiresAt: { $lte: now } },
        { $set: started },
        { upsert: true },
      );
      if (taken.matchedCount + taken.upsertedCount > 0) return { _id, ...started };
    } catch (error) {
      // Another attempt began the window between the two commands: count in that one.
      if (!isDuplicateKey(error)) throw error;
    }
  }
}

function throttles(): Collection<ThrottleRow> {
  return clinicDb().collection<ThrottleRow>(THROTTLES);
}
