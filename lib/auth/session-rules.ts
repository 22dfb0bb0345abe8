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

/** `lastSeenAt` is written at most this often; the idle limit is exact to within it. */
export const TOUCH_MS = 10_000;

export function isExpired(
  session: { createdAt: Date; lastSeenAt: Date },
  role: Role,
  now: Date,
): boolean {
  return (
    now.getTime() - session.createdAt.getTime() >= ABSOLUTE_MS ||
    now.getTime() - session.lastSeenAt.getTime() >= IDLE_MS[role]
  );
}
