// Who is asking: the request's cookie, looked up in the database at every call (C-01, C-07).
import 'server-only';
import { readSessionReference, writeSessionReference } from './cookie';
import { AuthError } from './errors';
import type { Staff } from './permissions';
import { findStaff, renewSession, sessionRemainingMs, touchSession } from './sessions';

/** The signed-in person, or null. Only inside a request of Next. */
export async function currentStaff(): Promise<Staff | null> {
  const reference = await readSessionReference();
  return reference === null ? null : findStaff(reference);
}

/** The signed-in person. Throws AuthError `SIGNED_OUT` if there is none. */
export async function requireStaff(): Promise<Staff> {
  const staff = await currentStaff();
  if (staff === null) throw new AuthError('SIGNED_OUT', 'Expected a session, got none');
  return staff;
}

/** The person did something. Milliseconds that the session has left; null if there is none. */
export async function touchCurrentSession(): Promise<number | null> {
  const reference = await readSessionReference();
  return reference === null ? null : touchSession(reference);
}

/** The same without the person having done anything. */
export async function sessionRemaining(): Promise<number | null> {
  const reference = await readSessionReference();
  return reference === null ? null : sessionRemainingMs(reference);
}

/** C-02: for who has just proved more, or changed what they prove it by: the session goes on under a new reference. */
export async function renewCurrentSession(): Promise<void> {
  const reference = await readSessionReference();
  const renewed = reference === null ? null : await renewSession(reference);
  if (renewed !== null) await writeSessionReference(renewed);
}
