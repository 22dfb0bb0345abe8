// Does the caller at the desk know what the patient would know? One of match, no match, locked; nothing
// tells which item was wrong, whether the patient exists, or how long the comparison took (C-19..C-22).
import 'server-only';
import { createHash, timingSafeEqual } from 'node:crypto';
import { ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { countAttempt, type ThrottleRule } from '@/lib/auth/throttle';
import { deskPatients } from '@/lib/db/connections';
import { phoneDigits } from '@/schemas/contact';
import type { IdentityVerdict } from '@/schemas/dto';
import { CONTACT_CLAIMS, type ContactClaim, type IdentityClaims } from '@/schemas/identity';
import { answer } from './access';
import { nameKeys } from './name-keys';

// C-20: 5 misses per patient or 20 per user in 15 minutes.
const WINDOW_MS = 15 * 60_000;
const PER_PATIENT: ThrottleRule = { name: 'identity-patient', limit: 5, windowMs: WINDOW_MS };
const PER_USER: ThrottleRule = { name: 'identity-user', limit: 20, windowMs: WINDOW_MS };

/** Compares what the caller stated with what is stored. Misses count for the patient and for the user. */
export async function verifyIdentity(
  staff: Staff,
  id: string,
  claims: IdentityClaims,
  now = new Date(),
): Promise<IdentityVerdict> {
  const stated = CONTACT_CLAIMS.filter((name) => claims[name] !== undefined);
  const operation = {
    permission: 'verify:identity',
    action: 'verify-identity',
    patientId: id,
    fields: [...stated.map((name) => `contact.${name}`), 'last4ssn'],
  } as const;
  return answer(staff, operation, async () => {
    const verdict = await judge(staff, id, claims, stated, now);
    return { value: verdict, outcome: verdict };
  });
}

async function judge(
  staff: Staff,
  id: string,
  claims: IdentityClaims,
  stated: readonly ContactClaim[],
  now: Date,
): Promise<IdentityVerdict> {
  const byUser = await countAttempt(PER_USER, staff.userId, now);
  if (!byUser.allowed) return 'locked';
  const byPatient = await countAttempt(PER_PATIENT, id, now);
  if (!byPatient.allowed) {
    await byUser.refund();
    return 'locked';
  }
  const _id = /^[0-9a-f]{24}$/.test(id) ? new ObjectId(id) : new ObjectId();
  const patient = await deskPatients().findOne(
    { _id },
    { projection: { contact: 1, last4ssn: 1, erasedAt: 1 } },
  );
  let matches = stated.length >= 2 && patient !== null;
  for (const name of stated) {
    const stored = patient?.contact[name] ?? '';
    const same = sameValue(comparable(name, stored), comparable(name, claims[name] ?? ''));
    matches = same && stored !== '' && matches;
  }
  // An erased record is one without digits to compare: nobody matches it, and nothing tells why.
  const last4 = patient?.erasedAt === undefined ? patient?.last4ssn : undefined;
  const sameDigits = sameValue(String(last4 ?? 'none').padStart(4, '0'), claims.last4);
  matches = sameDigits && last4 !== undefined && matches;
  if (!matches) return 'no-match';
  await Promise.all([byUser.refund(), byPatient.refund()]);
  return 'match';
}

/** People say the same thing in many spellings; case, accents and punctuation do not count. */
function comparable(name: ContactClaim, value: string): string {
  if (name === 'phone') return phoneDigits(value);
  if (name === 'address') return nameKeys(value).join(' ');
  return value.trim().toLowerCase();
}

/** Digests have one length, so the time says nothing about either value (C-21). */
function sameValue(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
