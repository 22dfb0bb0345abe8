// Layer crypto: AEAD_AES_256_CBC_HMAC_SHA_512 as CSFLE profiles it, on node:crypto.
// Source: draft-mcgrew-aead-aes-cbc-hmac-sha2-05 §2, with a 32-byte MAC key and a third key for IVs.
// Knows bytes only: no BSON, no blob layout, no key ids.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';
import { CryptoError } from '../errors.ts';

/** A data key or a key-encryption key: MAC key, encryption key and IV key, 32 bytes each. */
export const keyLength = 96;
const partLength = 32;
const ivLength = 16;
const tagLength = 32;
const blockLength = 16;

const macKey = (key: Uint8Array) => key.subarray(0, partLength);
const encryptionKey = (key: Uint8Array) => key.subarray(partLength, 2 * partLength);
const ivKey = (key: Uint8Array) => key.subarray(2 * partLength, keyLength);

function requireKey(key: Uint8Array): void {
  if (key.byteLength !== keyLength) {
    throw new CryptoError(
      'key-length',
      `Expected a key of ${keyLength} bytes, got ${key.byteLength} bytes`,
    );
  }
}

/** A fresh key, outside the shared pool of small Buffers so that zeroing it is enough. */
export function randomKey(): Buffer {
  return randomFillSync(Buffer.alloc(keyLength));
}

/** MCGREW §2.1, step 4: AL is the bit length of the associated data as 64-bit big-endian. */
function bitLength(associatedData: Uint8Array): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(associatedData.byteLength) * 8n);
  return bytes;
}

/** MCGREW §2.1, steps 5 and 6: the tag covers A, IV, S and AL; CSFLE keeps 32 of its 64 bytes. */
function computeTag(
  key: Uint8Array,
  associatedData: Uint8Array,
  ivAndCiphertext: Uint8Array,
): Buffer {
  return createHmac('sha512', macKey(key))
    .update(associatedData)
    .update(ivAndCiphertext)
    .update(bitLength(associatedData))
    .digest()
    .subarray(0, tagLength);
}

/**
 * IV ‖ ciphertext ‖ tag under an IV the caller chooses. Only for vectors and the functions below:
 * an IV repeated for another plaintext reveals common prefixes.
 * Throws `CryptoError` unless `key` has 96 bytes and `iv` 16.
 */
export function sealWithIv(
  key: Uint8Array,
  iv: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  requireKey(key);
  if (iv.byteLength !== ivLength) {
    throw new CryptoError('iv-length', `Expected an IV of ${ivLength} bytes, got ${iv.byteLength}`);
  }
  const cipher = createCipheriv('aes-256-cbc', encryptionKey(key), iv);
  const body = Buffer.concat([iv, cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([body, computeTag(key, associatedData, body)]);
}

/** Encrypts under a fresh random IV: equal plaintexts give different results. */
export function sealRandom(
  key: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  return sealWithIv(key, randomBytes(ivLength), associatedData, plaintext);
}

/**
 * Encrypts under an IV derived from the plaintext: equal (key, associated data, plaintext) give
 * equal bytes. CSFLE spec, "Deterministic": IV = HMAC-SHA-512(Kiv, A ‖ AL ‖ P), first 16 bytes.
 */
export function sealDeterministic(
  key: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  requireKey(key);
  const iv = createHmac('sha512', ivKey(key))
    .update(associatedData)
    .update(bitLength(associatedData))
    .update(plaintext)
    .digest()
    .subarray(0, ivLength);
  return sealWithIv(key, iv, associatedData, plaintext);
}

function openOrUndefined(
  key: Uint8Array,
  associatedData: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  const bodyLength = sealed.byteLength - tagLength;
  const ciphertextLength = bodyLength - ivLength;
  if (ciphertextLength < blockLength || ciphertextLength % blockLength !== 0) return undefined;
  const body = sealed.subarray(0, bodyLength);
  // Verify before decrypting: an unauthenticated padding check would be an oracle.
  const tag = computeTag(key, associatedData, body);
  if (!timingSafeEqual(tag, sealed.subarray(bodyLength))) return undefined;
  try {
    const decipher = createDecipheriv(
      'aes-256-cbc',
      encryptionKey(key),
      body.subarray(0, ivLength),
    );
    const parts = [decipher.update(body.subarray(ivLength)), decipher.final()];
    const plaintext = Buffer.concat(parts);
    // Under a key-encryption key they are a data key: only the caller's copy may stay.
    for (const part of parts) part.fill(0);
    return plaintext;
  } catch {
    return undefined;
  }
}

/**
 * Verifies and decrypts IV ‖ ciphertext ‖ tag.
 * Throws `CryptoError` (`key-length`), or `authentication` for anything else that is wrong.
 */
export function open(key: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Buffer {
  requireKey(key);
  const plaintext = openOrUndefined(key, associatedData, sealed);
  // One line for a short input, a wrong tag and wrong padding: the caller must not learn which.
  if (!plaintext) throw new CryptoError('authentication', 'HMAC validation failure');
  return plaintext;
}
