import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CryptoError } from '../errors.ts';
import { open, randomKey, sealDeterministic, sealRandom, sealWithIv } from './aead.ts';
import { unwrapKey, wrapKey } from './key-wrap.ts';
import vectors from './vectors/mcgrew.json' with { type: 'json' };

const hex = (text: string) => Buffer.from(text, 'hex');
const bytes = (length?: number) =>
  fc.uint8Array(length === undefined ? {} : { minLength: length, maxLength: length });
const sealers = [sealRandom, sealDeterministic];
const failure = expect.objectContaining({
  code: 'authentication',
  message: 'HMAC validation failure',
}) as Error;

describe('AEAD_AES_256_CBC_HMAC_SHA_512', () => {
  it('gives the published result of the McGrew draft, section 5.4', () => {
    const { macKey, encryptionKey, iv, associatedData, plaintext, ciphertext, tag } = vectors;
    const key = Buffer.concat([hex(macKey), hex(encryptionKey), Buffer.alloc(32)]);
    const sealed = sealWithIv(key, hex(iv), hex(associatedData), hex(plaintext));
    expect(sealed.toString('hex')).toBe(iv + ciphertext + tag);
    expect(open(key, hex(associatedData), sealed)).toEqual(hex(plaintext));
  });

  it('returns what was sealed, for any length', () => {
    fc.assert(
      fc.property(
        bytes(96),
        bytes(),
        bytes(),
        fc.constantFrom(...sealers),
        (key, data, plaintext, seal) => {
          expect(open(key, data, seal(key, data, plaintext))).toEqual(Buffer.from(plaintext));
        },
      ),
    );
  });

  it('rejects any flipped bit in the sealed bytes or in the associated data', () => {
    fc.assert(
      fc.property(bytes(96), bytes(18), bytes(), fc.nat(), (key, data, plaintext, position) => {
        const whole = Buffer.concat([data, sealRandom(key, data, plaintext)]);
        const bit = position % (whole.length * 8);
        whole[bit >> 3] = (whole[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => open(key, whole.subarray(0, 18), whole.subarray(18))).toThrow(failure);
      }),
      { numRuns: 500 },
    );
  });

  it('rejects a ciphertext that was cut anywhere, with the same error', () => {
    const key = randomKey();
    const data = Buffer.from('header');
    const sealed = sealRandom(key, data, Buffer.from('some plaintext of two blocks'));
    for (let length = 0; length < sealed.length; length++) {
      expect(() => open(key, data, sealed.subarray(0, length))).toThrow(failure);
    }
  });

  it('rejects another key, with the same error', () => {
    const sealed = sealRandom(randomKey(), Buffer.alloc(0), Buffer.from('x'));
    expect(() => open(randomKey(), Buffer.alloc(0), sealed)).toThrow(failure);
  });

  it('gives equal bytes for equal input when deterministic, other bytes when random', () => {
    const key = randomKey();
    const data = Buffer.from('header');
    const plaintext = Buffer.from('same');
    expect(sealDeterministic(key, data, plaintext)).toEqual(
      sealDeterministic(key, data, plaintext),
    );
    expect(sealRandom(key, data, plaintext)).not.toEqual(sealRandom(key, data, plaintext));
    expect(sealDeterministic(key, Buffer.from('headed'), plaintext)).not.toEqual(
      sealDeterministic(key, data, plaintext),
    );
  });

  it('refuses a key that has not 96 bytes and an IV that has not 16', () => {
    for (const length of [0, 32, 64, 95, 97]) {
      const key = Buffer.alloc(length);
      for (const seal of sealers) expect(() => seal(key, key, key)).toThrow(CryptoError);
      expect(() => open(key, key, key)).toThrow(CryptoError);
    }
    const empty = Buffer.alloc(0);
    expect(() => sealWithIv(randomKey(), Buffer.alloc(12), empty, empty)).toThrow(CryptoError);
  });
});

describe('key wrapping', () => {
  it('turns 96 bytes into 160 and back', () => {
    const master = randomKey();
    const key = randomKey();
    const wrapped = wrapKey(master, key);
    expect(wrapped).toHaveLength(160);
    expect(unwrapKey(master, wrapped)).toEqual(key);
    expect(wrapKey(master, key)).not.toEqual(wrapped);
  });

  it('refuses key material that has not 96 bytes, wrapped or not', () => {
    const master = randomKey();
    expect(() => wrapKey(master, Buffer.alloc(95))).toThrow(CryptoError);
    const short = sealRandom(master, Buffer.alloc(0), Buffer.alloc(95));
    expect(() => unwrapKey(master, short)).toThrow('decrypted key is incorrect length');
  });

  it('refuses another master key', () => {
    expect(() => unwrapKey(randomKey(), wrapKey(randomKey(), randomKey()))).toThrow(failure);
  });
});
