// Interop with the official native addon: one value, encrypted on one side and decrypted on the other.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { algorithmNames, type BsonValue } from '../format/index.ts';
import { typeNames } from '../testing/documents.ts';
import { converse, type Transcript } from './testing/converse.ts';
import {
  anyComparable,
  anyEncryptable,
  edgeValuesOf,
  messageOf,
  rewrittenByLibbson,
} from './testing/edge-values.ts';
import {
  bothEngines,
  moduleOf,
  nativeIsThere,
  otherSide,
  type Side,
  sides,
} from './testing/modules.ts';
import { vaultKey, worldOf } from './testing/vault.ts';

const algorithms = Object.keys(algorithmNames);
const [deterministic, random] = ['Deterministic', 'Random'].map(
  (name) => `AEAD_AES_256_CBC_HMAC_SHA_512-${name}`,
) as [string, string];

describe.runIf(nativeIsThere)('values, beside the official native addon', () => {
  const key = vaultKey(1);
  const world = worldOf([key]);
  const engine = bothEngines();

  function encrypt(side: Side, algorithm: string, value: BsonValue): Transcript {
    const context = engine(side).makeExplicitEncryptionContext(messageOf(value), {
      keyId: key.id,
      algorithm,
      expressionMode: false,
    });
    return converse(context, world);
  }

  function decrypt(side: Side, message: Uint8Array): Buffer {
    const context = engine(side).makeExplicitDecryptionContext(message);
    return converse(context, world).output;
  }

  /** The output, or `refused`; why it was refused is worded differently on each side. */
  function outcome(run: () => Uint8Array): string {
    try {
      return Buffer.from(run()).toString('hex');
    } catch {
      return 'refused';
    }
  }

  it('is libmongocrypt 1.21 on the other side, and not this module', () => {
    expect(moduleOf('native').MongoCrypt.libmongocryptVersion).toBe('1.21.0');
    expect(moduleOf('ours').MongoCrypt.libmongocryptVersion).toContain('medcomd');
    expect(algorithms).toEqual([deterministic, random]);
  });

  describe.each(typeNames)('type %s', (name) => {
    it.each(edgeValuesOf(name).map((value, index) => ({ index, value })))(
      'edge value $index: deterministic ciphertext is the same bytes, or both refuse',
      ({ value }) => {
        const [ours, native] = sides.map((side) =>
          outcome(() => encrypt(side, deterministic, value).output),
        );
        expect(ours).toBe(native);
      },
    );

    it.each(sides)('encrypted by %s, with either algorithm, the other side decrypts it', (side) => {
      for (const value of edgeValuesOf(name)) {
        for (const algorithm of algorithms) {
          const expected = outcome(() => encrypt(otherSide(side), algorithm, value).output);
          const encrypted = outcome(() => encrypt(side, algorithm, value).output);
          expect(encrypted === 'refused').toBe(expected === 'refused');
          if (encrypted === 'refused') continue;
          const decrypted = decrypt(otherSide(side), Buffer.from(encrypted, 'hex'));
          expect(decrypted.equals(messageOf(value))).toBe(true);
        }
      }
    });
  });

  it.each(rewrittenByLibbson)('keeps what libbson rewrites (value %#)', (value) => {
    for (const algorithm of algorithms) {
      const ours = encrypt('ours', algorithm, value).output;
      expect(decrypt('ours', ours).equals(messageOf(value))).toBe(true);
      const native = encrypt('native', algorithm, value).output;
      expect(decrypt('ours', native).equals(messageOf(value))).toBe(false);
      expect(decrypt('ours', native).equals(decrypt('native', native))).toBe(true);
    }
  });

  it('any comparable value has the same deterministic ciphertext', () => {
    fc.assert(
      fc.property(anyComparable, (value) => {
        const [ours, native] = sides.map((side) => encrypt(side, deterministic, value).output);
        expect(ours?.toString('hex')).toBe(native?.toString('hex'));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(sides)('any value encrypted at random by %s is decrypted by the other side', (side) => {
    fc.assert(
      fc.property(anyEncryptable, (value) => {
        const { output } = encrypt(side, random, value);
        expect(decrypt(otherSide(side), output).equals(messageOf(value))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
