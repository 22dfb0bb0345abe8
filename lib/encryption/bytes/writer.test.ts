import { deserialize, serialize } from 'bson';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BsonError } from '../errors.ts';
import { anyDocument } from '../testing/documents.ts';
import {
  BsonType,
  DocumentWriter,
  elements,
  encodeArray,
  encodeBinary,
  encodeBool,
  encodeDate,
  encodeDouble,
  encodeInt32,
  encodeInt64,
  encodeString,
  readBinary,
  readBool,
  readDouble,
  readInt32,
  readInt64,
  readString,
} from './index.ts';

describe('DocumentWriter', () => {
  it('rebuilds any document byte for byte from its elements', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const writer = new DocumentWriter(1);
        for (const { type, key, value } of elements(document)) writer.append(type, key, value);
        expect(Buffer.from(writer.finish())).toEqual(Buffer.from(document));
      }),
    );
  });

  it('writes what js-bson writes', () => {
    const date = new Date(0);
    const bytes = new DocumentWriter()
      .append(BsonType.int, 'a', encodeInt32(-5))
      .append(BsonType.string, 'é', encodeString('ü\0x'))
      .append(BsonType.bool, 'c', encodeBool(true))
      .append(BsonType.date, 'd', encodeDate(date))
      .append(BsonType.double, 'e', encodeDouble(1.5))
      .append(
        BsonType.array,
        'f',
        encodeArray([{ type: BsonType.long, value: encodeInt64(1n << 40n) }]),
      )
      .finish();
    const expected = serialize({ a: -5, é: 'ü\0x', c: true, d: date, e: 1.5, f: [2 ** 40] });
    expect(Object.keys(deserialize(bytes))).toEqual(['a', 'é', 'c', 'd', 'e', 'f']);
    // js-bson writes a large whole number as a double; all else must be equal.
    expect(Buffer.from(bytes).subarray(0, 45)).toEqual(Buffer.from(expected).subarray(0, 45));
  });

  it('refuses a name with a NUL, an unpaired surrogate, an unknown type', () => {
    const writer = new DocumentWriter();
    expect(() => writer.append(BsonType.null, 'a\0b', new Uint8Array())).toThrow(BsonError);
    expect(() => writer.append(BsonType.null, '\ud800', new Uint8Array())).toThrow(BsonError);
    expect(() => writer.append(0x20, 'a', new Uint8Array())).toThrow(BsonError);
  });

  it('cannot be used after finish', () => {
    const writer = new DocumentWriter();
    writer.finish();
    expect(() => writer.finish()).toThrow(BsonError);
    expect(() => writer.append(BsonType.null, 'a', new Uint8Array())).toThrow(BsonError);
  });

  it('holds a document of 16 MiB', () => {
    const value = encodeBinary(0, Buffer.alloc(16 * 1024 * 1024 - 64));
    const document = new DocumentWriter().append(BsonType.binData, 'a', value).finish();
    const [element] = elements(document);
    expect(element?.value.byteLength).toBe(value.byteLength);
  });
});

describe('encoders and readers', () => {
  it('return what was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double(),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        fc.uint8Array(),
        (int, long, double, text, bool, data) => {
          expect(readInt32(encodeInt32(int)) - int).toBe(0);
          expect(readInt64(encodeInt64(long))).toBe(long);
          expect(readDouble(encodeDouble(double))).toBe(double);
          expect(readString(encodeString(text))).toBe(text);
          expect(readBool(encodeBool(bool))).toBe(bool);
          const binary = readBinary(encodeBinary(5, data));
          expect(binary.subtype).toBe(5);
          expect(Buffer.from(binary.data)).toEqual(Buffer.from(data));
        },
      ),
    );
  });

  it('refuse what the type cannot hold', () => {
    expect(() => encodeInt32(2 ** 31)).toThrow(BsonError);
    expect(() => encodeInt32(1.5)).toThrow(BsonError);
    expect(() => encodeInt64(1n << 63n)).toThrow(BsonError);
    expect(() => encodeString('\udc00')).toThrow(BsonError);
    expect(() => encodeDate(new Date(NaN))).toThrow(BsonError);
    expect(() => encodeBinary(2, new Uint8Array())).toThrow(BsonError);
    expect(() => readInt32(new Uint8Array(5))).toThrow(BsonError);
    expect(() => readBool(Uint8Array.of(3))).toThrow(BsonError);
    expect(() => readString(encodeString('a').subarray(0, 5))).toThrow(BsonError);
    expect(() => readBinary(encodeBinary(0, new Uint8Array(3)).subarray(0, 7))).toThrow(BsonError);
  });
});
