// Vector of the Client-Side Encryption specification; origin in vectors/SOURCES.md.
import { describe, expect, it } from 'vitest';
import { BsonType, encodeString, readString } from '../bytes/index.ts';
import { decryptValue, encryptValue, formatUuid, parseCiphertext } from './index.ts';
import vector from './vectors/deterministic.json' with { type: 'json' };

const key = Buffer.from(vector.keyMaterial, 'base64');
const keyId = Buffer.from(vector.keyId.replaceAll('-', ''), 'hex');
const plain = { type: BsonType.string, value: encodeString(vector.plaintext) };

describe('the deterministic ciphertext of the specification', () => {
  it('is what encryption gives, byte for byte', () => {
    const blob = encryptValue('Deterministic', keyId, key, plain);
    expect(blob.toString('base64')).toBe(vector.ciphertext);
  });

  it('decrypts to the plaintext', () => {
    const parsed = parseCiphertext(Buffer.from(vector.ciphertext, 'base64'));
    expect(formatUuid(parsed.keyId)).toBe(vector.keyId);
    const { type, value } = decryptValue(parsed, key);
    expect(type).toBe(BsonType.string);
    expect(readString(value)).toBe(vector.plaintext);
  });
});
