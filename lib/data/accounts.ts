// Accounts, managed by officers. Nobody changes their own here, so that the acting officer always remains one.
import 'server-only';
import { ObjectId } from 'mongodb';
import type { AuditAction } from '@/lib/audit/record-event';
import { hashPassword } from '@/lib/auth/passwords';
import type { Role, Staff } from '@/lib/auth/permissions';
import { hasSecondFactor } from '@/lib/auth/second-factor';
import { endSessionsOf, sessionsOf } from '@/lib/auth/sessions';
import { createUser, isUsable, requirePassword, users, type UserRow } from '@/lib/auth/users';
import type { AccountView, NewAccount } from '@/schemas/account';
import { message } from '@/schemas/message';
import { answer } from './access';
import { DataError } from './errors';

/** Every account, by user name. */
export async function listAccounts(staff: Staff): Promise<AccountView[]> {
  const operation = { permission: 'read:accounts', action: 'read-accounts' } as const;
  return answer(staff, operation, async () => {
    const rows = await users().find().sort({ username: 1 }).toArray();
    const value = await Promise.all(
      rows.map(async (row) => ({
        id: row._id.toHexString(),
        username: row.username,
        name: row.name,
        role: row.role,
        disabled: row.disabled,
        secondFactor: hasSecondFactor(row),
        sessions: (await sessionsOf(row)).length,
        own: row._id.toHexString() === staff.userId,
      })),
    );
    return { value };
  });
}

/** Throws DataError `INVALID` with field `username` if it is taken, `password` if it is a common one. */
export async function createAccount(staff: Staff, account: NewAccount): Promise<void> {
  return manage(staff, 'create-account', account.username, async () => {
    requireAllowed(account.password);
    if (await createUser(account)) return;
    throw new DataError('INVALID', {
      userMessage: message('accounts.usernameTaken'),
      field: 'username',
    });
  });
}

/** Disabling ends the sessions of the account; effective at its next request (C-07). */
export async function setAccountDisabled(
  staff: Staff,
  id: string,
  disabled: boolean,
): Promise<void> {
  return change(staff, disabled ? 'disable-account' : 'enable-account', id, async (row) => {
    await setKeepingOfficer(row, { disabled });
    if (disabled) await endSessionsOf(row._id);
  });
}

/** Effective at the next request of the account (C-07). */
export async function changeRole(staff: Staff, id: string, role: Role): Promise<void> {
  return change(staff, 'change-role', id, (row) => setKeepingOfficer(row, { role }));
}

/** Ends the sessions of the account. Throws DataError `INVALID` with field `password` for a common one. */
export async function resetPassword(staff: Staff, id: string, password: string): Promise<void> {
  return change(staff, 'reset-password', id, async ({ _id }) => {
    requireAllowed(password);
    await users().updateOne({ _id }, { $set: { passwordHash: await hashPassword(password) } });
    await endSessionsOf(_id);
  });
}

/** For who lost their device: the account signs in with its password and sets up another. Ends its sessions. */
export async function resetSecondFactor(staff: Staff, id: string): Promise<void> {
  return change(staff, 'reset-second-factor', id, async ({ _id }) => {
    await users().updateOne({ _id }, { $unset: { secondFactor: '', pendingSecondFactor: '' } });
    await endSessionsOf(_id);
  });
}

export async function endAccountSessions(staff: Staff, id: string): Promise<void> {
  return change(staff, 'end-session', id, async ({ _id }) => {
    await endSessionsOf(_id);
  });
}

/** C-08, as a refusal that names the field. */
export function requireAllowed(password: string): void {
  try {
    requirePassword(password);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DataError('INVALID', {
      userMessage: message('accounts.passwordCommon'),
      field: 'password',
    });
  }
}

/**
 * Two officers may disable each other in the same moment: whoever finds after the write that nobody is left takes it back.
 * Throws DataError `CONFLICT` then.
 */
async function setKeepingOfficer(
  { _id, disabled, role }: UserRow,
  $set: { disabled: boolean } | { role: Role },
): Promise<void> {
  await users().updateOne({ _id }, { $set });
  if (role !== 'officer') return;
  const officers = await users().find({ role: 'officer', disabled: false }).toArray();
  if (officers.some((officer) => isUsable(officer))) return;
  await users().updateOne({ _id }, { $set: { disabled, role } });
  throw new DataError('CONFLICT', { userMessage: message('accounts.lastOfficer') });
}

/** The user name goes into the event as its reason: the log says whose account it was. */
function manage(
  staff: Staff,
  action: AuditAction,
  username: string | (() => Promise<string>),
  work: () => Promise<void>,
): Promise<void> {
  const operation = { permission: 'manage:accounts', action, reason: username } as const;
  return answer(staff, operation, async () => {
    await work();
    return { value: undefined };
  });
}

async function change(
  staff: Staff,
  action: AuditAction,
  id: string,
  work: (row: UserRow) => Promise<void>,
): Promise<void> {
  let row: UserRow | null = null;
  const find = async (): Promise<string> => {
    if (ObjectId.isValid(id)) row = await users().findOne({ _id: new ObjectId(id) });
    return row?.username ?? '';
  };
  return manage(staff, action, find, async () => {
    if (row === null) throw new DataError('NOT_FOUND');
    if (id === staff.userId) {
      throw new DataError('CONFLICT', { userMessage: message('accounts.notYourOwn') });
    }
    await work(row);
  });
}
