// The fields under the shared key, encrypted explicitly: what searches and checks need while there are two shared keys, and
// how a writer takes its own fields to another key. lib/keys/README.md, point 3; the conversion of all documents is
// operations/convert.ts.
import 'server-only';
import { Int32, type Binary, type ObjectId, type UUID } from 'mongodb';
import { currentKeyPolicy, doctorClientEncryption, storedPatients } from '@/lib/db/connections';
import { untilNoConflict } from '@/lib/db/write-conflict';
import type { KeyPolicy } from './policy';

const DETERMINISTIC = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';

/** In the order in which they are converted: `ssn`, which may hit the unique index, before anything else has changed. */
const FIELDS = ['ssn', 'insurance.policyNumber'] as const;

export type SharedField = (typeof FIELDS)[number];

/** Numbers in clear. int32: another BSON type encrypts to another ciphertext. */
export type SharedNumbers = Partial<Record<SharedField, Int32 | number>>;

export type SealedNumbers = Partial<Record<SharedField, Binary>>;

/** Numbers that are about to be written, and the policy under which. */
export interface PreparedNumbers {
  readonly policy: KeyPolicy;
  readonly numbers: SharedNumbers;
  /** Ciphertexts under `policy.sharedKeyId`: what the automatic client writes for these numbers. */
  readonly sealed: SealedNumbers;
}

/** Encrypts what is about to be written under `policy`, which must have been read for this attempt. */
export async function prepareNumbers(
  policy: KeyPolicy,
  numbers: SharedNumbers,
): Promise<PreparedNumbers> {
  return { policy, numbers, sealed: await seal(numbers, policy.sharedKeyId) };
}

/** One number under every shared key that documents may be under now. */
export function sealUnderBoth(number: Int32 | number, policy: KeyPolicy): Promise<Binary[]> {
  const { sharedKeyId, otherSharedKeyId } = policy;
  const keyIds = otherSharedKeyId === null ? [sharedKeyId] : [sharedKeyId, otherSharedKeyId];
  return Promise.all(keyIds.map((keyId) => sealOne(number, keyId)));
}

/**
 * Whether a record other than `own` has this SSN under the second shared key; under the present one the unique index
 * tells. While there is one key: false.
 */
export async function isSsnUnderOther(
  { policy, numbers }: PreparedNumbers,
  own?: ObjectId,
): Promise<boolean> {
  if (policy.otherSharedKeyId === null || numbers.ssn === undefined) return false;
  const ssn = { $in: await sealUnderBoth(numbers.ssn, policy) };
  const others = own === undefined ? { ssn } : { ssn, _id: { $ne: own } };
  return (await storedPatients().findOne(others, { projection: { _id: 1 } })) !== null;
}

/**
 * For whoever has just written these numbers under the policy that was prepared: if another shared key is in force now,
 * takes them to it, until the policy stays the same. Each field is replaced by one write on the condition that it holds
 * the very ciphertext that was written; equal ciphertexts are equal numbers, so nobody's later value is overwritten and
 * whoever was faster is left alone. `revision` grows. Returns the numbers as they stand under the policy in force. Throws
 * the server's duplicate-key error if another record has the SSN under the new key: nothing has changed by then.
 */
export async function followPolicy(
  _id: ObjectId,
  prepared: PreparedNumbers,
): Promise<PreparedNumbers> {
  const { numbers } = prepared;
  let { policy, sealed } = prepared;
  for (;;) {
    const now = await currentKeyPolicy();
    if (now.sharedKeyId.equals(policy.sharedKeyId)) return { policy: now, numbers, sealed };
    const next = await seal(numbers, now.sharedKeyId);
    for (const field of FIELDS) {
      if (sealed[field] === undefined) continue;
      const filter = { _id, [field]: sealed[field], erasedAt: { $exists: false } };
      const update = { $set: { [field]: next[field] }, $inc: { revision: 1 } };
      await untilNoConflict(() => storedPatients().updateOne(filter, update));
    }
    [policy, sealed] = [now, next];
  }
}

async function seal(numbers: SharedNumbers, keyId: UUID): Promise<SealedNumbers> {
  const sealed: SealedNumbers = {};
  for (const field of FIELDS) {
    const number = numbers[field];
    if (number !== undefined) sealed[field] = await sealOne(number, keyId);
  }
  return sealed;
}

function sealOne(number: Int32 | number, keyId: UUID): Promise<Binary> {
  return doctorClientEncryption().encrypt(new Int32(Number(number)), {
    keyId,
    algorithm: DETERMINISTIC,
  });
}
