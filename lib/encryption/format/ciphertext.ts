// Layer format: the encrypted value, BinData subtype 6, blob types 1 and 2.
// Layout: type (1) ‖ key id (16) ‖ BSON type (1) ‖ IV (16) ‖ AES-CBC ‖ tag (32). No length field.
import { isBsonType, requireValue, typeName } from '../bytes/index.ts';
import { open, sealDeterministic, sealRandom } from '../crypto/index.ts';
import { FormatError } from '../errors.ts';
import { type Algorithm, algorithmNumbers, algorithmOf, requireEncryptable } from './algorithms.ts';
import { uuidLength } from './uuid.ts';

const headerLength = 1 + uuidLength + 1;
/** Blob types above 2 in the same subtype belong to Queryable Encryption. */
const lastQueryableType = 18;

/** Whether a blob of this subtype belongs to Queryable Encryption, which this module does not do. */
export function isQueryable(blob: Uint8Array): boolean {
  const blobType = blob[0] ?? 0;
  return blobType > 2 && blobType <= lastQueryableType;
}

export interface Ciphertext {
  readonly algorithm: Algorithm;
  readonly keyId: Uint8Array;
  readonly originalType: number;
  /** The header: authenticated, not encrypted. */
  readonly associatedData: Uint8Array;
  readonly sealed: Uint8Array;
}

/** A BSON value as it stands in a document. */
export interface BsonValue {
  readonly type: number;
  readonly value: Uint8Array;
}

/**
 * Reads the header of a blob, as views; nothing is authenticated yet.
 * Throws `FormatError`: `ciphertext`, or `queryable-encryption` for blob types 3 to 18.
 */
export function parseCiphertext(blob: Uint8Array): Ciphertext {
  const blobType = blob[0];
  if (isQueryable(blob)) {
    throw new FormatError('queryable-encryption', 'Queryable Encryption is not supported');
  }
  const originalType = blob[headerLength - 1];
  if (originalType === undefined || blob.byteLength === headerLength) {
    throw new FormatError('ciphertext', 'malformed ciphertext, too small');
  }
  const algorithm = algorithmOf(blobType);
  if (!algorithm) {
    throw new FormatError('ciphertext', 'malformed ciphertext, expected blob type 1 or 2');
  }
  if (!isBsonType(originalType)) {
    throw new FormatError('ciphertext', 'malformed ciphertext, unknown original BSON type');
  }
  return {
    algorithm,
    keyId: blob.subarray(1, 1 + uuidLength),
    originalType,
    associatedData: blob.subarray(0, headerLength),
    sealed: blob.subarray(headerLength),
  };
}

/**
 * Encrypts one BSON value to a blob. Throws `FormatError` (`type`) for a type that the algorithm
 * cannot encrypt, `BsonError` when the value is not one value of its type.
 */
export function encryptValue(
  algorithm: Algorithm,
  keyId: Uint8Array,
  key: Uint8Array,
  { type, value }: BsonValue,
): Buffer {
  requireValue(type, value);
  requireEncryptable(algorithm, type, value);
  const header = Buffer.concat([
    Uint8Array.of(algorithmNumbers[algorithm]),
    keyId,
    Uint8Array.of(type),
  ]);
  const seal = algorithm === 'Deterministic' ? sealDeterministic : sealRandom;
  return Buffer.concat([header, seal(key, header, value)]);
}

/**
 * Decrypts a parsed blob. Throws `CryptoError` (`authentication`), and `FormatError` when the
 * authenticated plaintext is not one value of the stated type.
 */
export function decryptValue(ciphertext: Ciphertext, key: Uint8Array): BsonValue {
  const value = open(key, ciphertext.associatedData, ciphertext.sealed);
  try {
    requireValue(ciphertext.originalType, value);
  } catch (cause) {
    const name = typeName(ciphertext.originalType);
    throw new FormatError('ciphertext', `malformed ciphertext, the content is no BSON ${name}`, {
      cause,
    });
  }
  return { type: ciphertext.originalType, value };
}
