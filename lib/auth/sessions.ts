// Sessions in clinic.sessions, looked up at every request. The browser holds a random reference; the
// database holds only its SHA-256, so that reading the table opens no session.
import 'server-only';
import { createHash, randomBytes } from 'node:crypto';
import type { Collection, ObjectId } from 'mongodb';
import { clinicDb } from '@/lib/db/connections';
import { SESSIONS } from '@/lib/db/names';
import { ROLES, type Staff } from './permissions';
import { ABSOLUTE_MS, isExpired, TOUCH_MS } from './session-rules';
import { isUsable, users } from './users';

interface SessionRow {
  /** SHA-256 of the reference, hex. */
  _id: string;
  userId: ObjectId;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

/** C-01 asks for 128 bits or more. */
const REFERENCE_BYTES = 32;

/** Starts a session and returns its reference, which is not kept anywhere else. */
export async function createSession(userId: ObjectId, now = new Date()): Promise<string> {
  const reference = randomBytes(REFERENCE_BYTES).toString('base64url');
  await sessions().insertOne({
    _id: hashReference(reference),
    userId,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + ABSOLUTE_MS),
  });
  return reference;
}

/**
 * Who the reference belongs to; null if the session ended, ran out, or the account is disabled. Role and
 * state come from the account as it is now. Counts as activity.
 */
export async function findStaff(reference: string, now = new Date()): Promise<Staff | null> {
  const _id = hashReference(reference);
  const session = await sessions().findOne({ _id });
  if (session === null) return null;
  const user = await users().findOne({ _id: session.userId });
  if (user === null || !isUsable(user) || !ROLES.includes(user.role)) return null;
  if (isExpired(session, user.role, now)) {
    await sessions().deleteOne({ _id });
    return null;
  }
  if (now.getTime() - session.lastSeenAt.getTime() >= TOUCH_MS) {
    await sessions().updateOne({ _id }, { $set: { lastSeenAt: now } });
  }
  return { userId: user._id.toHexString(), name: user.name, role: user.role, sessionId: _id };
}

/** Ends the session of this reference, if there is one; effective at the next request. */
export async function endSession(reference: string): Promise<void> {
  await sessions().deleteOne({ _id: hashReference(reference) });
}

/** Ends all sessions of an account; returns how many there were. */
export async function endSessionsOf(userId: ObjectId): Promise<number> {
  return (await sessions().deleteMany({ userId })).deletedCount;
}

function hashReference(reference: string): string {
  return createHash('sha256').update(reference).digest('hex');
}

function sessions(): Collection<SessionRow> {
  return clinicDb().collection<SessionRow>(SESSIONS);
}
