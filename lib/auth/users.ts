// Accounts in clinic.users. Role and disabled state are read here at every check, never from a token.
import 'server-only';
import { ObjectId, type Collection } from 'mongodb';
import { clinicDb } from '@/lib/db/connections';
import { USERS } from '@/lib/db/names';
import { untilNoConflict } from '@/lib/db/write-conflict';
import { env, type Env } from '@/lib/env';
import { isDuplicateKey } from '@/lib/keys/data-keys';
import { hashPassword } from './passwords';
import type { Role } from './permissions';
import type { SecondFactorRow } from './second-factor';

export interface UserRow {
  _id: ObjectId;
  /** Lower case. */
  username: string;
  name: string;
  role: Role;
  passwordHash: string;
  disabled: boolean;
  /** Made by demo mode, with a password that everybody knows. */
  demo: boolean;
  createdAt: Date;
  secondFactor?: SecondFactorRow;
  /** A sealed secret whose first code is awaited. */
  pendingSecondFactor?: string;
}

export interface NewUser {
  username: string;
  name: string;
  role: Role;
  password: string;
  demo?: boolean;
}

export function users(): Collection<UserRow> {
  return clinicDb().collection<UserRow>(USERS);
}

/** Whether the account may be used now; a demo account outside demo mode may not. */
export function isUsable(
  user: Pick<UserRow, 'disabled' | 'demo'>,
  mode: Env['mode'] = env().mode,
): boolean {
  return !user.disabled && (!user.demo || mode === 'demo');
}

const SHORTEST_PASSWORD = 8;
const LONGEST_PASSWORD = 256;
const COMMON =
  /^(.)\1*$|^(password|passw0rd|12345678|123456789|1234567890|qwertyui|qwerty123|iloveyou|medcomd\d*)/i;

/** C-08: 8 to 256 characters, no composition rules, none of the most common ones. Throws RangeError. */
export function requirePassword(password: string): void {
  const { length } = password;
  if (length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD) {
    throw new RangeError(
      `Expected a password of ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters, got ${length}`,
    );
  }
  if (COMMON.test(password)) throw new RangeError('Expected a password that is not a common one');
}

/** Creates the account unless the user name is taken; returns whether it did. */
export async function createUser(user: NewUser): Promise<boolean> {
  const username = user.username.toLowerCase();
  if ((await users().findOne({ username }, { projection: { _id: 1 } })) !== null) return false;
  try {
    const passwordHash = await hashPassword(user.password);
    const row = {
      _id: new ObjectId(),
      username,
      name: user.name,
      role: user.role,
      passwordHash,
      disabled: false,
      demo: user.demo ?? false,
      createdAt: new Date(),
    };
    await untilNoConflict(() => users().insertOne(row));
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
