// Ciphertext of every BSON type and a wrapped data key, made without this module; origin in SOURCES.md.
import { describe, expect, it } from 'vitest';
import { sealWithIv } from '../crypto/aead.ts';
import { unwrapKey } from '../crypto/index.ts';
import {
  decryptValue,
  encryptValue,
  parseCiphertext,
  parseKeyDocument,
  readProvider,
  type Algorithm,
} from '../format/index.ts';
import wrap from './key-wrap.json' with { type: 'json' };
import vectors from './values.json' with { type: 'json' };

const hex = (text: string) => Buffer.from(text, 'hex');
const key = hex(vectors.dataKey);
const keyId = hex(vectors.keyId);

function expectOpens(blob: string, algorithm: Algorithm, type: number, value: string): void {
  const parsed = parseCiphertext(hex(blob));
  expect(parsed.algorithm).toBe(algorithm);
  expect(Buffer.from(parsed.keyId)).toEqual(keyId);
  const opened = decryptValue(parsed, key);
  expect(opened.type).toBe(type);
  expect(Buffer.from(opened.value).toString('hex')).toBe(value);
}

describe('a value encrypted with Deterministic', () => {
  const values = vectors.values.flatMap(({ deterministic, ...others }) =>
    deterministic === undefined ? [] : [{ ...others, deterministic }],
  );

  it.each(values)('has the ciphertext of the vector: $name', ({ type, value, deterministic }) => {
    const blob = encryptValue('Deterministic', keyId, key, { type, value: hex(value) });
    expect(blob.toString('hex')).toBe(deterministic);
    expectOpens(deterministic, 'Deterministic', type, value);
  });

  it('is not the same under another key or id', () => {
    for (const { type, value, deterministic } of values) {
      const plain = { type, value: hex(value) };
      const otherId = encryptValue('Deterministic', Buffer.alloc(16), key, plain);
      const otherKey = encryptValue('Deterministic', keyId, Buffer.alloc(96, 1), plain);
      expect(otherId.subarray(17).toString('hex')).not.toBe(deterministic.slice(34));
      expect(otherKey.subarray(18).toString('hex')).not.toBe(deterministic.slice(36));
    }
  });
});

describe('a value encrypted with Random', () => {
  it.each(vectors.values)('opens, and has the vector’s tag for its IV: $name', (vector) => {
    expectOpens(vector.random, 'Random', vector.type, vector.value);
    const associated = hex(vector.random).subarray(0, 18);
    const sealed = sealWithIv(key, hex(vectors.iv), associated, hex(vector.value));
    expect(sealed.toString('hex')).toBe(vector.random.slice(36));
  });

  it('does not open when any byte of it is another', () => {
    const opened: string[] = [];
    for (const { name, random } of vectors.values) {
      for (let position = 0; position < random.length / 2; position++) {
        const changed = hex(random);
        changed[position] = (changed[position] ?? 0) ^ 0x40;
        try {
          decryptValue(parseCiphertext(changed), key);
          opened.push(`${name}, byte ${String(position)}`);
        } catch {
          // As it should.
        }
      }
    }
    expect(opened).toEqual([]);
  });
});

describe('a data key wrapped by a local master key', () => {
  it('is the vector’s for its IV, and unwraps', () => {
    const sealed = sealWithIv(
      hex(wrap.masterKey),
      hex(wrap.iv),
      Buffer.alloc(0),
      hex(wrap.dataKey),
    );
    expect(sealed.toString('hex')).toBe(wrap.keyMaterial);
    expect(unwrapKey(hex(wrap.masterKey), hex(wrap.keyMaterial)).toString('hex')).toBe(
      wrap.dataKey,
    );
  });

  it('is found in the key document of the vector', () => {
    const parsed = parseKeyDocument(hex(wrap.keyDocument));
    expect(Buffer.from(parsed.keyMaterial).toString('hex')).toBe(wrap.keyMaterial);
    expect(Buffer.from(parsed.keyId)).toEqual(keyId);
    expect(readProvider(parsed.masterKey)).toBe('local');
  });
});
