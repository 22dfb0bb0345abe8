// How long a session lives. Pure: the clock is an argument.
import type { Role } from './permissions';

const MINUTE = 60_000;

/** C-04: idle limit by role; a screen at the front desk is in public. */
const IDLE_MS: Record<Role, number> = {
  receptionist: 5 * MINUTE,
  doctor: 15 * MINUTE,
  officer: 15 * MINUTE,
};

/** C-04: nobody stays signed in longer than a shift. */
export const ABSOLUTE_MS = 12 * 60 * MINUTE;

/** Milliseconds until the session ends if nobody does anything; not positive if it has ended. */
export function remainingMs(
  session: { createdAt: Date; lastSeenAt: Date },
  role: Role,
  now: Date,
): number {
  const ends = Math.min(
    session.createdAt.getTime() + ABSOLUTE_MS,
    session.lastSeenAt.getTime() + IDLE_MS[role],
  );
  return ends - now.getTime();
}
