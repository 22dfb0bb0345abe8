// Who is asking: the request's cookie, looked up in the database at every call (C-01, C-07).
import 'server-only';
import { readSessionReference } from './cookie';
import { AuthError } from './errors';
import type { Staff } from './permissions';
import { findStaff } from './sessions';

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
