// The second factor: time-based one-time passwords (RFC 6238) and recovery codes. The secret lies sealed in the account's
// row, so that reading the table makes no codes; a code works once.
import 'server-only';
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { generateSecret, generateSync, generateURI, verifySync } from 'otplib';
import { authSecret } from './auth-secret';
import type { Role } from './permissions';
import { users, type UserRow } from './users';

export interface SecondFactorRow {
  /** AES-256-GCM under a key derived from `NEXTAUTH_SECRET`: nonce, tag, ciphertext; base64. */
  sealed: string;
  /** Time step of the last code that was accepted: it and earlier ones are refused. */
  lastStep: number;
  /** SHA-256 of the recovery codes that are left, hex. */
  recovery: string[];
  since: Date;
}

/** Who signs in with a password alone is kept to their own account's page until they have a second factor. */
export const NEEDS_SECOND_FACTOR: readonly Role[] = ['officer'];

const PERIOD_S = 30;
/** RFC 6238, 5.2: one step for the delay between two clocks, either way. */
const TOLERANCE_S = PERIOD_S;
const RECOVERY_CODES = 10;
/** 80 bits each, so that a plain hash of them is enough. */
const RECOVERY_BYTES = 10;
/** Public, like the demo's passwords. */
const DEMO_SECRET = 'MEDCOMDDEMONSTRATIONSECRET234567';

type Account = Pick<UserRow, '_id' | 'username' | 'role' | 'demo' | 'secondFactor'>;

export function hasSecondFactor(user: Account): boolean {
  return user.secondFactor !== undefined || isDemoOfficer(user);
}

/** Whether the account must set one up before it may do anything else. */
export function lacksSecondFactor(user: Account): boolean {
  return NEEDS_SECOND_FACTOR.includes(user.role) && !hasSecondFactor(user);
}

/** Accepts a code or a recovery code, once. Of two that arrive at once with one code, one is refused. */
export async function useCode(user: Account, code: string, now: Date): Promise<boolean> {
  const entry = code.replace(/[\s-]/g, '');
  if (/^\d{6}$/.test(entry)) return useTimeCode(user, entry, now);
  if (user.secondFactor === undefined) return false;
  const digest = recoveryDigest(entry);
  const used = await users().updateOne(
    { _id: user._id, 'secondFactor.recovery': digest },
    { $pull: { 'secondFactor.recovery': digest } },
  );
  return used.modifiedCount === 1;
}

async function useTimeCode(user: Account, token: string, now: Date): Promise<boolean> {
  // Everybody knows the demo's secret; that its codes work once would only make people wait.
  if (isDemoOfficer(user)) return stepOf(DEMO_SECRET, token, now) !== null;
  if (user.secondFactor === undefined) return false;
  const step = stepOf(unseal(user._id.toHexString(), user.secondFactor.sealed), token, now);
  if (step === null) return false;
  const used = await users().updateOne(
    { _id: user._id, 'secondFactor.lastStep': { $lt: step } },
    { $set: { 'secondFactor.lastStep': step } },
  );
  return used.modifiedCount === 1;
}

/** The time step that `token` belongs to; null if it is none of the accepted ones. */
function stepOf(secret: string, token: string, now: Date): number | null {
  const epoch = Math.floor(now.getTime() / 1000);
  const result = verifySync({ secret, token, epoch, epochTolerance: TOLERANCE_S });
  if (!result.valid) return null;
  return Math.floor(epoch / PERIOD_S) + result.delta;
}

export interface Enrolment {
  /** Base32, for who cannot scan. */
  secret: string;
  /** `otpauth:` address, for a QR code. */
  uri: string;
}

/** A new secret, which counts for nothing until `confirmEnrolment`. */
export async function beginEnrolment(user: Account): Promise<Enrolment> {
  const secret = generateSecret();
  await users().updateOne(
    { _id: user._id },
    { $set: { pendingSecondFactor: seal(user._id.toHexString(), secret) } },
  );
  return { secret, uri: generateURI({ issuer: 'MedcoMD', label: user.username, secret }) };
}

/** Takes the new secret into use if `code` is one of its codes: returns the recovery codes, which nobody sees again. */
export async function confirmEnrolment(
  user: Account & Pick<UserRow, 'pendingSecondFactor'>,
  code: string,
  now: Date,
): Promise<string[] | null> {
  const sealed = user.pendingSecondFactor;
  if (sealed === undefined) return null;
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return null;
  const step = stepOf(unseal(user._id.toHexString(), sealed), token, now);
  if (step === null) return null;
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  const recovery = codes.map((made) => recoveryDigest(made.replaceAll('-', '')));
  const changed = await users().updateOne(
    { _id: user._id, pendingSecondFactor: sealed },
    {
      $set: { secondFactor: { sealed, lastStep: step, recovery, since: now } },
      $unset: { pendingSecondFactor: '' },
    },
  );
  return changed.modifiedCount === 1 ? codes : null;
}

/** The demo's current code, which its sign-in page shows; null for an account that has none. Demo mode only. */
export function demoCode(user: { role: Role; demo: boolean }, now = new Date()): string | null {
  if (!isDemoOfficer(user)) return null;
  return generateSync({ secret: DEMO_SECRET, epoch: Math.floor(now.getTime() / 1000) });
}

// Demo accounts exist in demo mode alone (`isUsable`).
function isDemoOfficer({ demo, role }: { role: Role; demo: boolean }): boolean {
  return demo && role === 'officer';
}

/** 16 base32 characters in groups of four. */
function newRecoveryCode(): string {
  const text = generateSecret({ length: RECOVERY_BYTES }).toLowerCase();
  return (text.match(/.{1,4}/g) ?? []).join('-');
}

function recoveryDigest(code: string): string {
  return createHash('sha256').update(code.toLowerCase()).digest('hex');
}

function sealingKey(): Buffer {
  return Buffer.from(hkdfSync('sha256', authSecret(), '', 'medcomd second factor', 32));
}

function seal(userId: string, secret: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(), nonce);
  cipher.setAAD(Buffer.from(userId));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** Throws if the row was made for another account or under another `NEXTAUTH_SECRET`. */
function unseal(userId: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(), bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from(userId));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}
