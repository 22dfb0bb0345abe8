// What a parser refuses beside the obvious: repeated fields, a wrong length, the other order.
import { Binary, Long, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { DocumentWriter, elements } from '../bytes/index.ts';
import { randomKey } from '../crypto/index.ts';
import { FormatError } from '../errors.ts';
import { sampleValue } from '../testing/documents.ts';
import {
  decryptValue,
  encryptValue,
  newUuid,
  parseCiphertext,
  parseKeyDocument,
  parseMarking,
  serializeKeyDocument,
} from './index.ts';

const keyId = Buffer.alloc(16, 9);
const ki = new Binary(keyId, 4);

/** The fields of all documents, one after another: a name can come twice. */
function joined(...documents: readonly object[]): Uint8Array {
  const writer = new DocumentWriter();
  for (const document of documents) {
    for (const { type, key, value } of elements(serialize(document)))
      writer.append(type, key, value);
  }
  return writer.finish();
}

describe('a marking', () => {
  const parse = (...documents: readonly object[]) =>
    parseMarking(Buffer.concat([Buffer.of(0), joined(...documents)]));

  it.each([
    ['the algorithm', { a: 2 }],
    ['the key id', { ki }],
    ['the value', { v: 2 }],
  ])('is refused when %s comes twice', (_, again) => {
    expect(() => parse({ a: 1, ki, v: 1 }, again)).toThrow('every field once');
  });

  it('is refused when two alt names or both kinds of key come, in whatever order', () => {
    expect(() => parse({ a: 1, ka: 'x', v: 1 }, { ka: 'x' })).toThrow('every field once');
    expect(() => parse({ a: 1, ka: 'x', ki, v: 1 })).toThrow('either `ki` or `ka`');
    expect(() => parse({ a: 1, ki, ka: 'x', v: 1 })).toThrow('either `ki` or `ka`');
  });

  it('is refused with a key id of another type or another length', () => {
    expect(() => parse({ a: 1, ki: 'x', v: 1 })).toThrow('`ki` to be a UUID');
    for (const length of [0, 15, 17]) {
      const short = new Binary(Buffer.alloc(length), 4);
      expect(() => parse({ a: 1, ki: short, v: 1 })).toThrow('`ki` to be a UUID');
    }
  });

  it('names its key by alt name as it stands there', () => {
    expect(parse({ a: 2, ka: 'é', v: 1 })).toMatchObject({ key: { keyAltName: 'é' } });
  });
});

describe('a key document', () => {
  const now = new Date(0);
  const valid = {
    _id: new UUID(newUuid()),
    keyMaterial: new Binary(Buffer.alloc(160, 1)),
    creationDate: now,
    updateDate: now,
    status: 0,
    masterKey: { provider: 'local' },
  };

  it.each(['_id', 'keyMaterial', 'masterKey', 'status'] as const)(
    'is refused when `%s` comes twice',
    (field) => {
      const parse = () => parseKeyDocument(joined(valid, { [field]: valid[field] }));
      expect(parse).toThrow(FormatError);
      expect(parse).toThrow(`field \`${field}\` comes twice`);
    },
  );

  it('is refused with an _id of another length or material of another subtype', () => {
    for (const length of [0, 15, 17]) {
      const _id = new Binary(Buffer.alloc(length), 4);
      expect(() => parseKeyDocument(serialize({ ...valid, _id }))).toThrow('to be a UUID');
    }
    for (const subtype of [4, 6]) {
      const keyMaterial = new Binary(Buffer.alloc(160), subtype);
      expect(() => parseKeyDocument(serialize({ ...valid, keyMaterial }))).toThrow(
        'expected `keyMaterial` to have subtype 0',
      );
    }
  });

  it('may have a status and a version of 64 bits, yet no other version', () => {
    const long = { status: Long.fromNumber(1), version: Long.fromNumber(0) };
    expect(() => parseKeyDocument(serialize({ ...valid, ...long }))).not.toThrow();
    const next = { version: Long.fromNumber(1) };
    expect(() => parseKeyDocument(serialize({ ...valid, ...next }))).toThrow('`version` to be 0');
  });

  it('is not written with an alt name twice', () => {
    const key = { keyId, keyMaterial: Buffer.alloc(160), masterKey: serialize(valid.masterKey) };
    const write = (...keyAltNames: string[]) => serializeKeyDocument({ ...key, keyAltNames }, now);
    expect(() => write('a', 'b')).not.toThrow();
    expect(() => write('a', 'b', 'a')).toThrow('unexpected duplicate keyAltNames');
  });
});

describe('a ciphertext', () => {
  const key = randomKey();
  const text = sampleValue('string');

  it('is equal for equal values with Deterministic and never with Random', () => {
    const encrypt = (algorithm: 'Deterministic' | 'Random') =>
      encryptValue(algorithm, keyId, key, text);
    expect(encrypt('Deterministic')).toEqual(encrypt('Deterministic'));
    expect(encrypt('Random').subarray(18)).not.toEqual(encrypt('Random').subarray(18));
    expect(encrypt('Random').subarray(18)).not.toEqual(encrypt('Deterministic').subarray(18));
  });

  it('of an unknown BSON type is refused before a key is asked for', () => {
    const blob = encryptValue('Random', keyId, key, text);
    blob[17] = 0x20;
    expect(() => parseCiphertext(blob)).toThrow('unknown original BSON type');
  });

  it('is bound to its algorithm, its key id and its type', () => {
    const blob = encryptValue('Random', keyId, key, text);
    for (const [at, byte] of [
      [0, 1],
      [1, 8],
      [17, 0x0d],
    ] as const) {
      const changed = Buffer.from(blob);
      changed[at] = byte;
      expect(() => decryptValue(parseCiphertext(changed), key)).toThrow('HMAC validation failure');
    }
  });
});
