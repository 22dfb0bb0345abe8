// Values exactly at a bound: the last one that is read, and the first one that is refused.
import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { BsonError } from '../errors.ts';
import {
  BsonType,
  elements,
  encodeBinary,
  findBinaries,
  readBinary,
  readBool,
  readDocument,
  readString,
  requireValue,
  typeName,
} from './index.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const read = (bytes: Uint8Array) => [...elements(bytes)];
const codeWithScope = '0e000000 01000000 00 05000000 00';
const coded = (code: string) => expect.objectContaining({ name: 'BsonError', code }) as Error;

describe('the smallest values', () => {
  it.each([
    ['an empty string', BsonType.string, '01000000 00'],
    ['a regular expression without pattern and options', BsonType.regex, '00 00'],
    ['an empty binary', BsonType.binData, '00000000 00'],
    ['a code with scope without code and scope', BsonType.javascriptWithScope, codeWithScope],
  ])('are read: %s', (_, type, value) => {
    expect(() => requireValue(type, hex(value))).not.toThrow();
    expect(() => requireValue(type, hex(value).subarray(0, -1))).toThrow(BsonError);
  });

  it('are read: an empty name', () => {
    expect(read(hex('09000000 0a 00 0a 00 00'))).toMatchObject([{ key: '' }, { key: '' }]);
  });

  it('are read: an empty document without binaries', () => {
    expect(findBinaries(hex('05000000 00'), 6)).toEqual([]);
  });
});

describe('bytes that are no value of their type', () => {
  it.each([
    ['a binary with a negative length', BsonType.binData, 'ffffffff 00', 'length'],
    [
      'a binary whose negative length takes its prefix back',
      BsonType.binData,
      'fbffffff',
      'length',
    ],
    ['three bytes of a length', BsonType.string, '010000', 'truncated'],
    ['a regular expression without any NUL', BsonType.regex, '6162', 'terminator'],
    ['a regular expression with one NUL', BsonType.regex, '6100 62', 'terminator'],
    [
      'a dbPointer of eleven bytes',
      BsonType.dbPointer,
      `01000000 00 ${'07'.repeat(11)}`,
      'truncated',
    ],
    [
      'a code with scope with a byte behind its scope',
      BsonType.javascriptWithScope,
      '0f000000 01000000 00 05000000 00 00',
      'length',
    ],
    [
      'a code with scope without room for its scope',
      BsonType.javascriptWithScope,
      '0d000000 01000000 00 05000000',
      'length',
    ],
  ])('are refused: %s', (_, type, value, code) => {
    expect(() => requireValue(type, hex(value))).toThrow(coded(code));
  });

  it('are refused: a negative length that would turn the rest of a binary into a field', () => {
    const smuggled = hex('0f000000 05 6100 ffffffff 0a 6200 00');
    expect(() => read(smuggled)).toThrow(coded('length'));
    expect(() => findBinaries(smuggled, 6)).toThrow(coded('length'));
  });

  it('are refused: a lone UTF-8 continuation byte as a name', () => {
    expect(() => read(hex('08000000 0a 8000 00'))).toThrow(coded('utf8'));
  });
});

describe('findBinaries', () => {
  it('takes no value of another type for a binary, whatever its fifth byte says', () => {
    const long = hex('10000000 12 6100 00000000 06000000 00');
    expect(findBinaries(long, 6)).toEqual([]);
    expect(findBinaries(serialize({ text: '\x06 text', date: new Date(6 * 2 ** 32) }), 6)).toEqual(
      [],
    );
  });
});

describe('readers', () => {
  it('refuse a bool of 2', () => {
    expect(() => readBool(Uint8Array.of(2))).toThrow(coded('value'));
  });

  it.each([
    ['no terminator', '02000000 61 62', 'terminator'],
    ['a length that is too large', '03000000 61 00', 'length'],
    ['a length that is too small', '01000000 61 00', 'length'],
    ['no bytes', '', 'terminator'],
    ['four bytes that end with NUL', '00000000', 'terminator'],
  ])('refuse a string with %s', (_, value, code) => {
    expect(() => readString(hex(value))).toThrow(coded(code));
  });

  it.each([
    ['no terminator', '05000000 01'],
    ['a length that is too large', '06000000 00'],
    ['a length that is too small', '05000000 00 00'],
    ['four bytes', '04000000'],
  ])('refuse a document with %s', (_, value) => {
    expect(() => readDocument(hex(value))).toThrow(coded('length'));
  });

  it('refuse a binary with a length that is too small or no subtype', () => {
    expect(() => readBinary(hex('00000000 00 07'))).toThrow(coded('length'));
    expect(() => readBinary(hex('ffffffff'))).toThrow(coded('length'));
  });
});

describe('encodeBinary', () => {
  it('takes a subtype of one byte, and nothing else', () => {
    expect(readBinary(encodeBinary(255, hex('07'))).subtype).toBe(255);
    expect(readBinary(encodeBinary(0, hex('07'))).subtype).toBe(0);
    for (const subtype of [-1, 256, 2, 1.5, NaN]) {
      expect(() => encodeBinary(subtype, hex('07'))).toThrow(coded('value'));
    }
  });
});

describe('typeName', () => {
  it('has a word for a byte that is no type', () => {
    expect(typeName(0x20)).toBe('unknown');
    expect(typeName(BsonType.minKey)).toBe('minKey');
  });
});
