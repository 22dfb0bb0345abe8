import { Binary, Decimal128, deserialize, Long, ObjectId, serialize } from 'bson';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BsonType,
  DocumentWriter,
  encodeBinary,
  findBinaries,
  spliceBinaries,
} from '../bytes/index.ts';
import { encryptValue, parseKeyDocument } from '../format/index.ts';
import { anyDocument, sampleMessage, sampleValue, typeNames } from '../testing/documents.ts';
import { makeKey, run, testEngine } from '../testing/drive.ts';
import { decryptReply } from './decrypt.ts';

const engine = testEngine();
const material = Buffer.alloc(96, 9);
const key = makeKey(engine, { keyMaterial: material });
const { keyId } = parseKeyDocument(key);
const decrypt = (reply: Uint8Array) => run(decryptReply(testEngine(), reply), { keys: [key] });

/** `{ v: ... }` with the value encrypted. */
const cipherOf = (value: unknown): Binary => {
  const bytes = serialize({ v: value });
  // Type byte at 4, name `v` and NUL, value, terminator.
  const plain = { type: bytes[4] ?? 0, value: bytes.subarray(7, -1) };
  return new Binary(encryptValue('Random', keyId, material, plain), 6);
};

describe('automatic decryption', () => {
  it('decrypts at any depth of documents and arrays, and keeps everything else', () => {
    const records = [{ weight: 71.5 }, { weight: 72 }];
    const reply = {
      cursor: {
        firstBatch: [
          { _id: 1, ssn: cipherOf(42), name: 'Jon', deep: [[{ x: cipherOf('y') }]] },
          { _id: 2, records: cipherOf(records), raw: new Binary(Buffer.from('z'), 0) },
        ],
        id: Long.fromNumber(0),
        ns: 'a.b',
      },
      ok: 1,
    };
    const { output, filters } = decrypt(serialize(reply));
    expect(output).toEqual(
      Buffer.from(
        serialize({
          cursor: {
            firstBatch: [
              { _id: 1, ssn: 42, name: 'Jon', deep: [[{ x: 'y' }]] },
              { _id: 2, records, raw: new Binary(Buffer.from('z'), 0) },
            ],
            id: Long.fromNumber(0),
            ns: 'a.b',
          },
          ok: 1,
        }),
      ),
    );
    expect(filters).toHaveLength(1);
  });

  it.each(typeNames)('keeps a %s beside an encrypted value byte for byte', (name) => {
    const { type, value } = sampleValue(name);
    const document = (v: Uint8Array, t: number) =>
      new DocumentWriter().append(type, 'a', value).append(t, 'b', v).append(type, 'c', value);
    const blob = encryptValue('Random', keyId, material, sampleValue('int'));
    const encrypted = document(encodeBinary(6, blob), BsonType.binData).finish();
    const int = sampleValue('int');
    expect(decrypt(encrypted).output).toEqual(Buffer.from(document(int.value, int.type).finish()));
  });

  it('returns the reply itself, without a query, when nothing is encrypted', () => {
    const reply = serialize({ a: 1, d: Decimal128.fromString('1.10'), i: new ObjectId() });
    const { output, states } = decrypt(reply);
    expect(output.buffer).toBe(reply.buffer);
    expect(states).toEqual([5]);
  });

  it('returns any document byte for byte after its binaries were encrypted', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const splices = findBinaries(document, 0).map((slot) => {
          const plain = { type: BsonType.binData, value: encodeBinary(0, slot.data) };
          const blob = encryptValue('Deterministic', keyId, material, plain);
          return { slot, type: BsonType.binData, value: encodeBinary(6, blob) };
        });
        const encrypted = spliceBinaries(document, splices);
        expect(decrypt(encrypted).output).toEqual(Buffer.from(document));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['is too small', Buffer.from([1]), 'malformed ciphertext, too small'],
    ['is empty', Buffer.alloc(0), 'malformed ciphertext, too small'],
    [
      'is a Queryable Encryption blob',
      Buffer.alloc(40, 6),
      'Queryable Encryption is not supported',
    ],
    ['has an unknown type', Buffer.alloc(40, 99), 'malformed ciphertext'],
  ])('fails when one value %s', (_, blob, message) => {
    const attempt = () => decrypt(serialize({ a: [{ b: new Binary(blob, 6) }] }));
    expect(attempt).toThrow(message);
    expect(attempt).toThrow('at `a.0.b` of a reply');
  });

  it('fails when one of two keys is missing, naming it', () => {
    const unknown = encryptValue('Random', Buffer.alloc(16, 1), material, sampleValue('int'));
    const reply = serialize({ a: cipherOf(1), b: new Binary(unknown, 6) });
    expect(() => decrypt(reply)).toThrow('no data key with id 01010101-0101-0101-0101-0101010101');
  });

  it('says which field of which collection lacks its key', () => {
    const unknown = new Binary(
      encryptValue('Random', Buffer.alloc(16, 1), material, sampleValue('int')),
      6,
    );
    const firstBatch = [{ a: cipherOf(1) }, { b: { c: [unknown] } }];
    const reply = { cursor: { firstBatch, id: Long.fromNumber(0), ns: 'm.patients' }, ok: 1 };
    expect(() => decrypt(serialize(reply))).toThrow(
      'for `cursor.firstBatch.1.b.c.0` of a reply from `m.patients`; looked in',
    );
    expect(() => decrypt(serialize({ value: { x: unknown } }))).toThrow(
      'for `value.x` of a reply;',
    );
  });

  it('fails on a changed ciphertext, naming the field and its data key', () => {
    const blob = cipherOf('secret');
    blob.buffer[40] = (blob.buffer[40] ?? 0) ^ 1;
    expect(() => decrypt(serialize({ ok: 1, a: [{ ssn: blob }] }))).toThrow(
      /^HMAC validation failure while decrypting `a\.0\.ssn` of a reply with data key [0-9a-f-]{36}$/,
    );
  });

  it('does not enter the scope of a javascriptWithScope', () => {
    const message = sampleMessage('javascriptWithScope');
    expect(decrypt(message).output).toEqual(Buffer.from(message));
  });

  it('gives a document that js-bson reads', () => {
    expect(deserialize(decrypt(serialize({ a: cipherOf([1, 2]) })).output)).toEqual({ a: [1, 2] });
  });
});
