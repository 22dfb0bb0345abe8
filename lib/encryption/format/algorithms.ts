// Layer format: the two CSFLE algorithms and what BSON types each may encrypt, in one table.
import { BsonType, readBinary, typeName } from '../bytes/index.ts';
import { FormatError } from '../errors.ts';

export type Algorithm = 'Deterministic' | 'Random';

/** CSFLE spec, "algorithm" of a marking and of a ciphertext: the same two numbers. */
export const algorithmNumbers = { Deterministic: 1, Random: 2 } as const;

/** The names that `encrypt` schemas and `ClientEncryption.encrypt` use. */
export const algorithmNames = {
  'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic': 'Deterministic',
  'AEAD_AES_256_CBC_HMAC_SHA_512-Random': 'Random',
} as const satisfies Record<string, Algorithm>;

/** The algorithm of a number in a blob or marking, or undefined. */
export function algorithmOf(number: number | undefined): Algorithm | undefined {
  if (number === algorithmNumbers.Deterministic) return 'Deterministic';
  return number === algorithmNumbers.Random ? 'Random' : undefined;
}

/** BinData subtype of encrypted values, markings included. */
export const encryptedSubtype = 6;

const neverEncrypted: ReadonlySet<number> = new Set<number>([
  BsonType.undefined,
  BsonType.null,
  BsonType.minKey,
  BsonType.maxKey,
]);

// One list of plaintexts per type must be large enough that equality does not reveal the value
// (bool), and equality on bytes must be the equality people mean (double, decimal, object, array).
const randomOnly: ReadonlySet<number> = new Set<number>([
  BsonType.double,
  BsonType.decimal,
  BsonType.bool,
  BsonType.object,
  BsonType.array,
  BsonType.javascriptWithScope,
]);

/** Throws `FormatError` (`type`) unless `algorithm` may encrypt this value. */
export function requireEncryptable(algorithm: Algorithm, type: number, value: Uint8Array): void {
  if (neverEncrypted.has(type)) {
    throw new FormatError('type', `BSON type invalid for encryption: ${typeName(type)}`);
  }
  if (type === BsonType.binData && readBinary(value).subtype === encryptedSubtype) {
    throw new FormatError('type', 'BSON binary subtype 6 is invalid for encryption');
  }
  if (algorithm === 'Deterministic' && randomOnly.has(type)) {
    throw new FormatError(
      'type',
      `BSON type invalid for deterministic encryption: ${typeName(type)}`,
    );
  }
}
