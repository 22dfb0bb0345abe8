import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BsonType, type BsonTypeName } from '../bytes/index.ts';
import { randomKey } from '../crypto/index.ts';
import { CryptoError, FormatError } from '../errors.ts';
import { sampleValue, typeNames } from '../testing/documents.ts';
import { type Algorithm, decryptValue, encryptValue, parseCiphertext } from './index.ts';

const keyId = Buffer.alloc(16, 3);
const key = randomKey();
const never: BsonTypeName[] = ['undefined', 'null', 'minKey', 'maxKey'];
const randomOnly: BsonTypeName[] = [
  'double',
  'decimal',
  'bool',
  'object',
  'array',
  'javascriptWithScope',
];
const allowed = (algorithm: Algorithm) =>
  typeNames.filter(
    (name) =>
      !never.includes(name) && !(algorithm === 'Deterministic' && randomOnly.includes(name)),
  );

describe.each(['Deterministic', 'Random'] as const)('%s', (algorithm) => {
  it.each(allowed(algorithm))('returns a %s byte for byte', (name) => {
    const plain = sampleValue(name);
    const decrypted = decryptValue(
      parseCiphertext(encryptValue(algorithm, keyId, key, plain)),
      key,
    );
    expect(decrypted.type).toBe(plain.type);
    expect(Buffer.from(decrypted.value)).toEqual(Buffer.from(plain.value));
  });

  it.each(never)('refuses %s', (name) => {
    const encrypt = () => encryptValue(algorithm, keyId, key, sampleValue(name));
    expect(encrypt).toThrow(FormatError);
    expect(encrypt).toThrow('BSON type invalid for encryption');
  });

  it('refuses a value that is already encrypted', () => {
    const value = Buffer.from('01000000 06 01'.replaceAll(' ', ''), 'hex');
    expect(() => encryptValue(algorithm, keyId, key, { type: BsonType.binData, value })).toThrow(
      'BSON binary subtype 6 is invalid for encryption',
    );
  });

  it('refuses bytes that are not one value of the type', () => {
    const value = Buffer.alloc(5);
    expect(() => encryptValue(algorithm, keyId, key, { type: BsonType.int, value })).toThrow(
      'does not have the length',
    );
  });

  it('rejects any flipped bit of the blob', () => {
    const blob = encryptValue(algorithm, keyId, key, sampleValue('string'));
    fc.assert(
      fc.property(fc.nat(blob.length * 8 - 1), (bit) => {
        const changed = Buffer.from(blob);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => decryptValue(parseCiphertext(changed), key)).toThrow(
          /HMAC validation failure|malformed ciphertext|Queryable Encryption is not supported/,
        );
      }),
    );
  });

  it('rejects every truncation of the blob', () => {
    const blob = encryptValue(algorithm, keyId, key, sampleValue('string'));
    for (let length = 0; length < blob.length; length++) {
      const decrypt = () => decryptValue(parseCiphertext(blob.subarray(0, length)), key);
      expect(decrypt).toThrow(
        length < 19 ? 'malformed ciphertext, too small' : 'HMAC validation failure',
      );
    }
  });
});

describe('Deterministic', () => {
  it.each(randomOnly)('refuses %s', (name) => {
    expect(() => encryptValue('Deterministic', keyId, key, sampleValue(name))).toThrow(
      'BSON type invalid for deterministic encryption',
    );
  });

  it('gives equal blobs for equal values and other blobs for another type, key id or key', () => {
    const plain = sampleValue('string');
    const blob = encryptValue('Deterministic', keyId, key, plain);
    const symbol = { type: BsonType.symbol, value: plain.value };
    expect(encryptValue('Deterministic', keyId, key, plain)).toEqual(blob);
    expect(encryptValue('Deterministic', keyId, key, symbol)).not.toEqual(blob);
    expect(encryptValue('Deterministic', Buffer.alloc(16, 4), key, plain)).not.toEqual(blob);
    expect(encryptValue('Deterministic', keyId, randomKey(), plain)).not.toEqual(blob);
  });
});

describe('parseCiphertext', () => {
  it('lays the blob out as type, key id, BSON type, IV, blocks and tag', () => {
    const blob = encryptValue('Random', keyId, key, sampleValue('int'));
    expect(blob).toHaveLength(1 + 16 + 1 + 16 + 16 + 32);
    const parsed = parseCiphertext(blob);
    expect(parsed.algorithm).toBe('Random');
    expect(parsed.originalType).toBe(BsonType.int);
    expect(Buffer.from(parsed.keyId)).toEqual(keyId);
    expect(Buffer.from(parsed.associatedData)).toEqual(blob.subarray(0, 18));
  });

  it('refuses blobs of Queryable Encryption with one clear error', () => {
    for (let type = 3; type <= 18; type++) {
      expect(() => parseCiphertext(Buffer.alloc(64, type))).toThrow(
        'Queryable Encryption is not supported',
      );
    }
  });

  it('refuses markings and unknown blob types: no value of this subtype is passed on', () => {
    for (const type of [0, 19, 255]) {
      expect(() => parseCiphertext(Buffer.alloc(64, type))).toThrow('malformed ciphertext');
    }
  });

  it('refuses authenticated content that is no value of the stated type', () => {
    const blob = encryptValue('Random', keyId, key, sampleValue('int'));
    const parsed = parseCiphertext(blob);
    expect(() => decryptValue({ ...parsed, originalType: BsonType.long }, key)).toThrow(
      'the content is no BSON long',
    );
    expect(() => decryptValue(parsed, randomKey())).toThrow(CryptoError);
  });
});
