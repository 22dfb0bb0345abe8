import { serialize } from 'bson';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BsonError } from '../errors.ts';
import { anyDocument, sampleMessage, sampleValues, typeNames } from '../testing/documents.ts';
import { BsonType, elements, getElement, requireValue, typeName } from './index.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const read = (bytes: Uint8Array) => [...elements(bytes)];

function outcome(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('elements', () => {
  it.each(typeNames)('reads a %s value as its raw bytes', (name) => {
    const [element] = read(sampleMessage(name));
    expect(element?.type).toBe(BsonType[name]);
    expect(Buffer.from(element?.value ?? [])).toEqual(Buffer.from(sampleValues[name]));
    expect(typeName(element?.type ?? 0)).toBe(name);
  });

  it('reads what js-bson writes, in order', () => {
    const document = serialize({ a: 1, é: 'x', '\u{feff}b': { c: [1, 2] } });
    expect(read(document).map(({ key }) => key)).toEqual(['a', 'é', '\u{feff}b']);
  });

  it('yields views of the document, not copies', () => {
    const document = sampleMessage('string');
    const [element] = read(document);
    expect(element?.value.buffer).toBe(document.buffer);
  });

  it('yields repeated names as they come, and getElement takes the first', () => {
    const document = hex('13000000 10 6100 01000000 10 6100 02000000 00');
    expect(read(document)).toHaveLength(2);
    expect(getElement(document, 'a')?.value[0]).toBe(1);
    expect(getElement(document, 'b')).toBeUndefined();
  });

  it.each([
    ['an empty input', '', 'length'],
    ['a length below five', '04000000', 'length'],
    ['a length beyond the input', '06000000 00', 'truncated'],
    ['bytes behind the document', '05000000 00 00', 'length'],
    ['a missing terminator', '05000000 01', 'terminator'],
    ['a name without NUL', '08000000 0a 6161 00', 'terminator'],
    ['an unknown type', '08000000 20 6100 00', 'type'],
    ['a value beyond the end', '0a000000 10 6100 0100 00', 'truncated'],
    ['a name that is not UTF-8', '08000000 0a ff00 00', 'utf8'],
    ['a string of length 0', '0c000000 02 6100 00000000 00', 'length'],
    ['a string with a negative length', '0c000000 02 6100 ffffffff 00', 'length'],
    ['a string that does not end with NUL', '0e000000 02 6100 02000000 6161 00', 'terminator'],
    ['a string that takes the terminator', '0d000000 02 6100 02000000 61 00', 'truncated'],
    ['a nested length below five', '0c000000 03 6100 04000000 00', 'length'],
    ['a negative nested length', '0d000000 03 6100 ffffff80 00 00', 'length'],
    ['a binary with a length beyond the end', '0d000000 05 6100 09000000 00 00', 'truncated'],
    ['a regex with one string', '0a000000 0b 6100 6100 00', 'terminator'],
    ['a bool of 2', '09000000 08 6100 02 00', 'value'],
    [
      'a code with scope of the wrong length',
      '14000000 0f 6100 0c000000 02000000 6600 00000000',
      'length',
    ],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => read(hex(bytes))).toThrow(BsonError);
    expect(() => read(hex(bytes))).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('refuses every truncation of any document', () => {
    fc.assert(
      fc.property(anyDocument, fc.nat(), (document, cut) => {
        const shorter = document.subarray(0, cut % document.byteLength);
        expect(() => read(shorter)).toThrow(BsonError);
      }),
    );
  });

  it('throws nothing but BsonError on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const framed = Buffer.concat([Buffer.alloc(4), bytes, Buffer.alloc(1)]);
        framed.writeInt32LE(framed.length);
        expect(outcome(() => read(framed))).toSatisfy(
          (error) => error === undefined || error instanceof BsonError,
        );
      }),
    );
  });
});

describe('requireValue', () => {
  it.each(typeNames)('accepts a %s value and refuses it with a byte more', (name) => {
    const value = sampleValues[name];
    expect(() => requireValue(BsonType[name], value)).not.toThrow();
    expect(() => requireValue(BsonType[name], Buffer.concat([value, hex('00')]))).toThrow(
      BsonError,
    );
  });
});
