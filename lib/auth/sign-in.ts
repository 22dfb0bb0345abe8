// One attempt to sign in: throttle, password, session, audit. Knows nothing of cookies or next-auth.
import 'server-only';
import { recordEvent, type AuditOutcome } from '@/lib/audit/record-event';
import { signInSchema } from '@/schemas/sign-in';
import { verifyPassword } from './passwords';
import { hasSecondFactor, useCode } from './second-factor';
import { createSession } from './sessions';
import { countAttempt, type ThrottleRule } from './throttle';
import { isUsable, users, type UserRow } from './users';

/**
 * `invalid` says neither whether the account exists nor whether it is disabled. `code-needed` and `code-wrong`: the
 * password is right, and the account has a second factor.
 */
export type SignInFailure = 'invalid' | 'throttled' | 'code-needed' | 'code-wrong';

export type SignInResult =
  { ok: true; userId: string; reference: string } | { ok: false; failure: SignInFailure };

const WINDOW_MS = 15 * 60_000;
const PER_ACCOUNT: ThrottleRule = { name: 'sign-in-account', limit: 8, windowMs: WINDOW_MS };
const PER_ADDRESS: ThrottleRule = { name: 'sign-in-address', limit: 60, windowMs: WINDOW_MS };

/** C-09: failures are counted for the account, existing or not, and for the address. */
export async function signIn(
  credentials: unknown,
  { address, browser = '' }: { address: string; browser?: string },
  now = new Date(),
): Promise<SignInResult> {
  const parsed = signInSchema.safeParse(credentials);
  if (!parsed.success) return { ok: false, failure: 'invalid' };
  const { username, password, code } = parsed.data;
  const byAddress = await countAttempt(PER_ADDRESS, address, now);
  const byAccount = await countAttempt(PER_ACCOUNT, username, now);
  if (!byAddress.allowed || !byAccount.allowed) return refuse(null, 'throttled');
  const user = await users().findOne({ username });
  const matches = await verifyPassword(user?.passwordHash, password);
  if (user === null || !matches || !isUsable(user)) return refuse(user, 'invalid');
  if (hasSecondFactor(user)) {
    if (code === '') {
      await Promise.all([byAddress.refund(), byAccount.refund()]);
      await record(user, 'begun');
      return { ok: false, failure: 'code-needed' };
    }
    // A wrong code counts like a wrong password: nobody may try them all.
    if (!(await useCode(user, code, now))) return refuse(user, 'code-wrong');
  }
  await Promise.all([byAddress.refund(), byAccount.refund()]);
  await record(user, 'ok');
  const reference = await createSession(user._id, now, browser);
  return { ok: true, userId: user._id.toHexString(), reference };
}

async function refuse(user: UserRow | null, failure: SignInFailure): Promise<SignInResult> {
  await record(user, failure === 'throttled' ? 'throttled' : 'invalid');
  return { ok: false, failure };
}

function record(user: UserRow | null, outcome: AuditOutcome): Promise<void> {
  return recordEvent({
    action: 'sign-in',
    outcome,
    userId: user?._id.toHexString() ?? null,
    role: user?.role ?? null,
    session: null,
  });
}
