// Who may do what: one table of literal types. What is not in it is refused. Knows no database.
import { AuthError } from './errors';

export const ROLES = ['doctor', 'receptionist', 'officer'] as const;
export type Role = (typeof ROLES)[number];

/** The signed-in person, as every function of lib/data receives them. */
export interface Staff {
  userId: string;
  name: string;
  role: Role;
  /** SHA-256 of the session reference, hex: names the session in the audit log, opens nothing. */
  sessionId: string;
}

type Action =
  'search' | 'read' | 'register' | 'complete' | 'update' | 'append' | 'verify' | 'reveal';
type Entity =
  | 'patient'
  | 'record'
  | 'card'
  | 'contact'
  | 'registration'
  | 'insurance'
  | 'visit'
  | 'identity'
  | 'ssn';

export type Permission = `${Action}:${Entity}`;

const PERMISSIONS: Record<Role, readonly Permission[]> = {
  doctor: [
    'search:patient',
    'read:record',
    'reveal:ssn',
    'register:patient',
    'complete:registration',
    'append:visit',
    'update:insurance',
    'update:contact',
  ],
  receptionist: [
    'search:patient',
    'read:card',
    'verify:identity',
    'register:contact',
    'update:contact',
  ],
  officer: [],
};

/** Whether the table lists `permission` for this role. Default is deny, also for an unknown role. */
export function can(staff: Pick<Staff, 'role'>, permission: Permission): boolean {
  // A role read from the database could be any string, `__proto__` included.
  return Object.hasOwn(PERMISSIONS, staff.role) && PERMISSIONS[staff.role].includes(permission);
}

/** Throws AuthError `FORBIDDEN` unless the table lists `permission` for this role. */
export function requirePermission(staff: Pick<Staff, 'role'>, permission: Permission): void {
  if (!can(staff, permission)) {
    throw new AuthError('FORBIDDEN', `Role lacks the permission ${permission}`);
  }
}
