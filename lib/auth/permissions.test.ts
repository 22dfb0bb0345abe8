import { describe, expect, it } from 'vitest';
import { AuthError } from './errors';
import { can, requirePermission, type Permission, type Role } from './permissions';

/** Written out, not derived: a row that is added to the table must be added here by someone who means it. */
const EXPECTED: [Permission, Role[]][] = [
  ['search:patient', ['doctor', 'receptionist']],
  ['read:record', ['doctor']],
  ['reveal:ssn', ['doctor']],
  ['register:patient', ['doctor']],
  ['complete:registration', ['doctor']],
  ['append:visit', ['doctor']],
  ['update:insurance', ['doctor']],
  ['update:contact', ['doctor', 'receptionist']],
  ['read:card', ['receptionist']],
  ['verify:identity', ['receptionist']],
  ['register:contact', ['receptionist']],
  ['correct:visit', ['doctor']],
  ['export:visit', ['doctor']],
  ['reveal:policy-number', ['doctor']],
  ['update:alerts', ['doctor']],
  ['print:record', ['doctor']],
  ['print:card', ['receptionist']],
  ['search:duplicate', ['doctor', 'receptionist']],
  ['read:care-team', ['doctor']],
  ['update:care-team', ['doctor']],
  ['request:emergency-access', ['doctor']],
  ['review:emergency-access', ['officer']],
  ['read:access-history', ['doctor', 'officer']],
  ['read:audit', ['officer']],
  ['export:audit', ['officer']],
  ['read:accounts', ['officer']],
  ['manage:accounts', ['officer']],
  ['read:own-account', ['doctor', 'receptionist', 'officer']],
  ['update:own-account', ['doctor', 'receptionist', 'officer']],
  ['read:keys', ['officer']],
  ['request:key-operation', ['officer']],
  ['approve:key-operation', ['officer']],
];
const ROLES: Role[] = ['doctor', 'receptionist', 'officer'];
const CELLS = EXPECTED.flatMap(([permission, roles]) =>
  ROLES.map((role) => [role, permission, roles.includes(role)] as const),
);

describe('permissions', () => {
  it.each(CELLS)('%s and %s: %s', (role, permission, allowed) => {
    expect(can({ role }, permission)).toBe(allowed);
  });
  it.each(['__proto__', 'constructor', 'toString', '', 'Doctor', 'admin'])(
    'a role %j from the database may do nothing',
    (role) => {
      for (const [permission] of EXPECTED) {
        expect(can({ role: role as Role }, permission)).toBe(false);
      }
    },
  );
  it('a permission that nobody listed is refused', () => {
    expect(() => requirePermission({ role: 'doctor' }, 'append:ssn')).toThrow(AuthError);
  });
});
