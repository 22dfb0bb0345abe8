// Sessions in clinic.sessions, looked up at every request. The browser holds a random reference; the
// database holds only its SHA-256, so that reading the table opens no session.
import 'server-only';
import { createHash, randomBytes } from 'node:crypto';
import type { Collection, ObjectId } from 'mongodb';
import { clinicDb } from '@/lib/db/connections';
import { SESSIONS } from '@/lib/db/names';
import { ROLES, type Staff } from './permissions';
import { lacksSecondFactor } from './second-factor';
import { ABSOLUTE_MS, remainingMs } from './session-rules';
import { isUsable, users, type UserRow } from './users';

export interface SessionRow {
  /** SHA-256 of the reference, hex. */
  _id: string;
  userId: ObjectId;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  /** For people to recognise it by; may be empty. */
  browser?: string;
}

/** C-01 asks for 128 bits or more. */
const REFERENCE_BYTES = 32;

/** Starts a session and returns its reference, which is not kept anywhere else. */
export async function createSession(
  userId: ObjectId,
  now = new Date(),
  browser = '',
): Promise<string> {
  const reference = randomBytes(REFERENCE_BYTES).toString('base64url');
  await sessions().insertOne({
    _id: hashReference(reference),
    userId,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + ABSOLUTE_MS),
    browser,
  });
  return reference;
}

/**
 * Who the reference belongs to; null if the session ended, ran out, or the account is disabled. Role and
 * state come from the account as it is now. Does not count as activity: a page that polls is not a person (C-04).
 */
export async function findStaff(reference: string, now = new Date()): Promise<Staff | null> {
  return (await findSession(reference, now))?.staff ?? null;
}

/** The person did something: the idle time begins anew. Returns how long the session has left; null if it has ended. */
export async function touchSession(reference: string, now = new Date()): Promise<number | null> {
  const found = await findSession(reference, now);
  if (found === null) return null;
  const lastSeenAt = now;
  await sessions().updateOne({ _id: found.session._id }, { $set: { lastSeenAt } });
  return remainingMs({ ...found.session, lastSeenAt }, found.staff.role, now);
}

/**
 * The same session under another reference, after its person proved more than before (C-02): the old one is refused from
 * now on. Its end stays where it was. Null if it has ended meanwhile.
 */
export async function renewSession(reference: string, now = new Date()): Promise<string | null> {
  const found = await findSession(reference, now);
  if (found === null) return null;
  const renewed = randomBytes(REFERENCE_BYTES).toString('base64url');
  await sessions().insertOne({
    ...found.session,
    _id: hashReference(renewed),
    lastSeenAt: now,
  });
  await endSession(reference);
  return renewed;
}

/** How long the session has left if nobody does anything; null if it has ended. */
export async function sessionRemainingMs(
  reference: string,
  now = new Date(),
): Promise<number | null> {
  const found = await findSession(reference, now);
  return found === null ? null : remainingMs(found.session, found.staff.role, now);
}

async function findSession(
  reference: string,
  now: Date,
): Promise<{ session: SessionRow; staff: Staff } | null> {
  const _id = hashReference(reference);
  const session = await sessions().findOne({ _id });
  if (session === null) return null;
  const user = await users().findOne({ _id: session.userId });
  if (user === null || !isUsable(user) || !ROLES.includes(user.role)) return null;
  if (remainingMs(session, user.role, now) <= 0) {
    await sessions().deleteOne({ _id });
    return null;
  }
  const { name, role } = user;
  return {
    session,
    staff: {
      ...{ userId: user._id.toHexString(), name, role, sessionId: _id },
      ...(lacksSecondFactor(user) && { lacksSecondFactor: true as const }),
    },
  };
}

/** The sessions of an account that have not run out, latest first. */
export async function sessionsOf(
  user: Pick<UserRow, '_id' | 'role'>,
  now = new Date(),
): Promise<SessionRow[]> {
  const rows = await sessions().find({ userId: user._id }).sort({ createdAt: -1 }).toArray();
  return rows.filter((row) => remainingMs(row, user.role, now) > 0);
}

/** Ends one session of an account, named by its hash; returns whether it was there. */
export async function endSessionById(userId: ObjectId, _id: string): Promise<boolean> {
  return (await sessions().deleteOne({ _id, userId })).deletedCount === 1;
}

/** Ends all sessions of an account but one; returns how many there were. */
export async function endOtherSessionsOf(userId: ObjectId, kept: string): Promise<number> {
  return (await sessions().deleteMany({ userId, _id: { $ne: kept } })).deletedCount;
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
