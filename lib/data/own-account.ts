// What people see and change of their own account: sessions, password, second factor.
import 'server-only';
import { ObjectId } from 'mongodb';
import { encode } from 'uqr';
import type { AuditAction } from '@/lib/audit/record-event';
import { hashPassword, verifyPassword } from '@/lib/auth/passwords';
import type { Staff } from '@/lib/auth/permissions';
import {
  beginEnrolment,
  confirmEnrolment,
  hasSecondFactor,
  lacksSecondFactor,
} from '@/lib/auth/second-factor';
import { endOtherSessionsOf, endSessionById, sessionsOf } from '@/lib/auth/sessions';
import { countAttempt, type ThrottleRule } from '@/lib/auth/throttle';
import { users, type UserRow } from '@/lib/auth/users';
import type { EnrolmentView, OwnAccount, PasswordChange } from '@/schemas/account';
import { message } from '@/schemas/message';
import { answer } from './access';
import { requireAllowed } from './accounts';
import { DataError } from './errors';

/** Whoever finds an open session may not guess its password or code. */
const PER_ACCOUNT: ThrottleRule = { name: 'own-account', limit: 8, windowMs: 15 * 60_000 };

export async function readOwnAccount(staff: Staff): Promise<OwnAccount> {
  const operation = { permission: 'read:own-account', action: 'read-accounts' } as const;
  return answer(staff, operation, async () => {
    const row = await ownRow(staff);
    const sessions = await sessionsOf(row);
    const value: OwnAccount = {
      username: row.username,
      name: row.name,
      secondFactor: stateOf(row),
      recoveryCodes: row.secondFactor?.recovery.length ?? 0,
      sessions: sessions.map(({ _id, createdAt, lastSeenAt, browser = '' }) => ({
        ...{ id: _id, begunAt: createdAt, lastSeenAt, browser },
        current: _id === staff.sessionId,
      })),
    };
    return { value };
  });
}

/** Ends one of one's own sessions. Throws DataError `NOT_FOUND` if it is none of those. */
export async function endOwnSession(staff: Staff, id: string): Promise<void> {
  return update(staff, 'end-session', async (row) => {
    if (!(await endSessionById(row._id, id))) throw new DataError('NOT_FOUND');
  });
}

/** Ends all other sessions. Throws DataError `INVALID` with field `current` or `password`. */
export async function changeOwnPassword(
  staff: Staff,
  { current, password }: PasswordChange,
): Promise<void> {
  return update(staff, 'change-password', async (row) => {
    await requireOwnPassword(staff, row, current, 'current');
    requireAllowed(password);
    const passwordHash = await hashPassword(password);
    await users().updateOne({ _id: row._id }, { $set: { passwordHash } });
    await endOtherSessionsOf(row._id, staff.sessionId);
  });
}

/**
 * A new secret; nothing changes before `enrolSecondFactor`. In place of one that is set up it needs the password: throws
 * DataError `INVALID` with field `password`, since whoever finds an open session may not replace it.
 */
export async function offerSecondFactor(staff: Staff, password = ''): Promise<EnrolmentView> {
  const operation = { permission: 'update:own-account', action: 'enrol-second-factor' } as const;
  return answer(staff, operation, async () => {
    const row = await ownRow(staff);
    if (stateOf(row) === 'demo') throw demoAccount();
    if (stateOf(row) === 'set') await requireOwnPassword(staff, row, password, 'password');
    const { secret, uri } = await beginEnrolment(row);
    return { value: { secret, qr: encode(uri, { border: 4 }).data }, outcome: 'begun' };
  });
}

/** Returns the recovery codes, once. Ends all other sessions. Throws DataError `INVALID` with field `code`. */
export async function enrolSecondFactor(staff: Staff, code: string): Promise<string[]> {
  return update(staff, 'enrol-second-factor', async (row) => {
    const attempt = await count(staff);
    const codes = await confirmEnrolment(row, code, new Date());
    if (codes === null) {
      throw new DataError('INVALID', { userMessage: message('accounts.codeWrong'), field: 'code' });
    }
    await attempt.refund();
    await endOtherSessionsOf(row._id, staff.sessionId);
    return codes;
  });
}

/** Only for who need not have one. Needs the password, like its replacement. */
export async function removeSecondFactor(staff: Staff, password: string): Promise<void> {
  return update(staff, 'reset-second-factor', async (row) => {
    if (stateOf(row) === 'demo') throw demoAccount();
    if (row.role === 'officer') {
      throw new DataError('CONFLICT', { userMessage: message('accounts.factorRequired') });
    }
    await requireOwnPassword(staff, row, password, 'password');
    await users().updateOne({ _id: row._id }, { $unset: { secondFactor: '' } });
  });
}

async function requireOwnPassword(
  staff: Staff,
  row: UserRow,
  password: string,
  field: string,
): Promise<void> {
  const attempt = await count(staff);
  if (!(await verifyPassword(row.passwordHash, password))) {
    throw new DataError('INVALID', { userMessage: message('accounts.currentWrong'), field });
  }
  await attempt.refund();
}

function stateOf(row: UserRow): OwnAccount['secondFactor'] {
  if (row.secondFactor !== undefined) return 'set';
  if (hasSecondFactor(row)) return 'demo';
  return lacksSecondFactor(row) ? 'needed' : 'none';
}

function demoAccount(): DataError {
  return new DataError('CONFLICT', { userMessage: message('accounts.demoFactor') });
}

async function count({ userId }: Staff) {
  const attempt = await countAttempt(PER_ACCOUNT, userId, new Date());
  if (attempt.allowed) return attempt;
  throw new DataError('CONFLICT', { userMessage: message('accounts.throttled') });
}

async function ownRow({ userId }: Staff): Promise<UserRow> {
  const row = await users().findOne({ _id: new ObjectId(userId) });
  if (row === null) throw new DataError('NOT_FOUND');
  return row;
}

function update<T>(
  staff: Staff,
  action: AuditAction,
  work: (row: UserRow) => Promise<T>,
): Promise<T> {
  const operation = { permission: 'update:own-account', action } as const;
  return answer(staff, operation, async () => ({ value: await work(await ownRow(staff)) }));
}
