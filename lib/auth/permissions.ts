// Who may do what: one table of literal types. What is not in it is refused. Knows no database.
import { AuthError } from './errors';

export const ROLES = ['doctor', 'receptionist', 'officer'] as const;
export type Role = (typeof ROLES)[number];

/** The signed-in person, as every function of lib/data receives them. */
export interface Staff {
  userId: string;
  name: string;
  role: Role;
  /** The second factor that the role needs is not set up yet: only the own account may be used. */
  lacksSecondFactor?: true;
  /** SHA-256 of the session reference, hex: names the session in the audit log, opens nothing. */
  sessionId: string;
}

type Action =
  | 'search'
  | 'read'
  | 'register'
  | 'complete'
  | 'update'
  | 'append'
  | 'verify'
  | 'reveal'
  | 'request'
  | 'approve'
  | 'correct'
  | 'print'
  | 'export'
  | 'review'
  | 'manage';
type Entity =
  | 'patient'
  | 'record'
  | 'card'
  | 'contact'
  | 'registration'
  | 'insurance'
  | 'visit'
  | 'identity'
  | 'ssn'
  | 'policy-number'
  | 'alerts'
  | 'duplicate'
  | 'care-team'
  | 'emergency-access'
  | 'access-history'
  | 'audit'
  | 'accounts'
  | 'own-account'
  | 'keys'
  | 'key-operation';

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
    'correct:visit',
    'export:visit',
    'reveal:policy-number',
    'update:alerts',
    'print:record',
    'search:duplicate',
    'read:care-team',
    'update:care-team',
    'request:emergency-access',
    'read:access-history',
    'read:own-account',
    'update:own-account',
  ],
  receptionist: [
    'search:patient',
    'read:card',
    'verify:identity',
    'register:contact',
    'update:contact',
    'print:card',
    'search:duplicate',
    'read:own-account',
    'update:own-account',
  ],
  officer: [
    'read:keys',
    'request:key-operation',
    'approve:key-operation',
    'read:audit',
    'export:audit',
    'read:access-history',
    'review:emergency-access',
    'read:accounts',
    'manage:accounts',
    'read:own-account',
    'update:own-account',
  ],
};

/** What is left to who still has to set up a second factor. */
const OWN_ACCOUNT: readonly Permission[] = ['read:own-account', 'update:own-account'];

/** Whether the table lists `permission` for this role. Default is deny, also for an unknown role. */
export function can(
  staff: Pick<Staff, 'role' | 'lacksSecondFactor'>,
  permission: Permission,
): boolean {
  // A role read from the database could be any string, `__proto__` included.
  if (staff.lacksSecondFactor && !OWN_ACCOUNT.includes(permission)) return false;
  return Object.hasOwn(PERMISSIONS, staff.role) && PERMISSIONS[staff.role].includes(permission);
}

/** Throws AuthError `FORBIDDEN` unless the table lists `permission` for this role. */
export function requirePermission(
  staff: Pick<Staff, 'role' | 'lacksSecondFactor'>,
  permission: Permission,
): void {
  if (!can(staff, permission)) {
    throw new AuthError('FORBIDDEN', `Role lacks the permission ${permission}`);
  }
}
