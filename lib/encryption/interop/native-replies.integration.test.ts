// Interop with the official native addon: whole replies with ciphertexts at any depth, the filters for
// the key vault, and the order of states.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BsonType, DocumentWriter, encodeArray, getElement } from '../bytes/index.ts';
import type { BsonValue } from '../format/index.ts';
import { anyDocument, nested } from '../testing/documents.ts';
import { converse, readable, type Transcript } from './testing/converse.ts';
import { anyEncryptable, messageOf } from './testing/edge-values.ts';
import { bothEngines, nativeIsThere, type Side, sides } from './testing/modules.ts';
import { parse, vaultKey, type VaultKey, worldOf } from './testing/vault.ts';

const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const keys = [1, 2, 3].map(vaultKey);
const world = worldOf(keys);

/** A ciphertext by one side, as a BSON value. */
function encrypt(side: Side, key: VaultKey, value: BsonValue): BsonValue {
  const options = { keyId: key.id, algorithm: random, expressionMode: false };
  const context = makers(side).makeExplicitEncryptionContext(messageOf(value), options);
  const element = getElement(converse(context, world).output, 'v');
  if (!element) throw new TypeError('Expected a ciphertext');
  return { type: element.type, value: element.value };
}
const makers = bothEngines();

function documentOf(values: readonly BsonValue[]): Uint8Array {
  const writer = new DocumentWriter();
  values.forEach(({ type, value }, index) => writer.append(type, `f${index}`, value));
  return writer.finish();
}

/** Both sides on new engines, so that no key is cached. */
function decryptOnBoth(reply: Uint8Array): readonly [ours: Transcript, native: Transcript] {
  const engine = bothEngines();
  const [ours, native] = sides.map((side) =>
    converse(engine(side).makeDecryptionContext(reply), world),
  );
  if (!ours || !native) throw new TypeError('Expected two transcripts');
  return [ours, native];
}

/** A value, or a ciphertext of one, or an array or a document of such. */
const anyReplyValue = fc.letrec<{ leaf: BsonValue; value: BsonValue }>((tie) => ({
  leaf: fc
    .tuple(fc.constantFrom(undefined, ...sides), fc.constantFrom(...keys), anyEncryptable)
    .map(([side, key, value]) => (side ? encrypt(side, key, value) : value)),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => ({
      type: BsonType.object,
      value: documentOf(items),
    })),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => ({
      type: BsonType.array,
      value: encodeArray(items),
    })),
  ),
})).value;

describe.runIf(nativeIsThere)('replies, beside the official native addon', () => {
  it('any reply with ciphertexts of both sides becomes the same bytes, with the same questions', () => {
    fc.assert(
      fc.property(fc.array(anyReplyValue, { maxLength: 5 }), (values) => {
        const [ours, native] = decryptOnBoth(documentOf(values));
        expect(ours.output.equals(native.output)).toBe(true);
        expect(readable(ours)).toEqual(readable(native));
      }),
      { numRuns: 300 },
    );
  });

  it('any reply without a ciphertext leaves both as it came, without a question', () => {
    fc.assert(
      fc.property(anyDocument, (reply) => {
        const [ours, native] = decryptOnBoth(reply);
        expect(ours.output.equals(reply)).toBe(true);
        expect(native.output.equals(reply) || native.output.length === 0).toBe(true);
        expect(ours.operations).toEqual([]);
        expect(native.operations).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('decrypts what lies deep in a reply to the same bytes', () => {
    const [key] = keys;
    if (!key) throw new TypeError('Expected a key');
    let value = encrypt('native', key, { type: BsonType.object, value: nested(10) });
    for (let level = 0; level < 90; level++) {
      value = { type: BsonType.array, value: encodeArray([value, value].slice(level < 8 ? 0 : 1)) };
    }
    const [ours, native] = decryptOnBoth(documentOf([value]));
    expect(ours.output.equals(native.output)).toBe(true);
    expect(ours.output.length).toBeGreaterThan(256 * 60);
  });

  it('asks for an alt name with the same filter, and not again while the key is cached', () => {
    const engine = bothEngines();
    const transcripts = sides.map((side) => {
      const encryptByName = () =>
        converse(
          engine(side).makeExplicitEncryptionContext(documentWith('v'), {
            keyAltName: stringDocument('keyAltName', 'key 2'),
            algorithm: random,
            expressionMode: false,
          }),
          world,
        );
      return [readable(encryptByName()), readable(encryptByName())];
    });
    expect(transcripts[0]).toEqual(transcripts[1]);
    expect(transcripts[0]?.[1]).toMatchObject({ operations: [] });
  });

  it('rewraps with the same filter and the same states, and each side opens what the other rewrapped', () => {
    const filter = stringDocument('keyAltNames', 'key 1');
    const transcripts = sides.map((side) =>
      converse(
        bothEngines()(side).makeRewrapManyDataKeyContext(
          filter,
          stringDocument('provider', 'local'),
        ),
        { keys: () => keys.map(({ document }) => document) },
      ),
    );
    expect(transcripts.map(readable)[0]).toEqual(transcripts.map(readable)[1]);
    const results = transcripts.map(({ output }) => parse(output)['v'] as object[]);
    expect(results[0]?.map((key) => Object.keys(key).sort())).toEqual(
      results[1]?.map((key) => Object.keys(key).sort()),
    );
    expect(results[0]).toHaveLength(3);
  });
});

function documentWith(name: string): Uint8Array {
  return stringDocument(name, 'text');
}

function stringDocument(name: string, value: string): Uint8Array {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(value));
  bytes.writeInt32LE(bytes.length - 4, 0);
  bytes.write(value, 4);
  return new DocumentWriter().append(BsonType.string, name, bytes).finish();
}
