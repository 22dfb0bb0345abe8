import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KmsError } from '../errors.ts';
import { get, requireBytes } from './kmip-messages.ts';
import {
  boolean,
  bytes,
  decode,
  enumeration,
  find,
  integer,
  numberOf,
  structure,
  text,
} from './ttlv.ts';

describe('bytes of an answer', () => {
  it('are taken as they are, but never when empty, missing or of another type', () => {
    const payload = structure(
      1,
      bytes(2, Buffer.from('abc')),
      bytes(3, Buffer.alloc(0)),
      text(4, 'a'),
    );
    const item = decode(payload);
    expect(requireBytes(item, 'kmip', 2)).toEqual(Buffer.from('abc'));
    for (const tag of [3, 4, 5]) expect(() => requireBytes(item, 'kmip', tag)).toThrow(KmsError);
  });
});

function outcomeOf(data: Buffer): string {
  try {
    decode(data);
    return 'item';
  } catch (error) {
    return error instanceof KmsError ? 'KmsError' : String(error);
  }
}

describe('TTLV', () => {
  // KMIP 1.0 §9.1.2, the examples of the encoding.
  it.each([
    ['an integer', integer(0x420020, 8), '42002002000000040000000800000000'],
    ['an enumeration', enumeration(0x420020, 255), '4200200500000004000000ff00000000'],
    ['a boolean', boolean(0x420020, true), '42002006000000080000000000000001'],
    ['a text', text(0x420020, 'Hello World'), '420020070000000b48656c6c6f20576f726c640000000000'],
    ['bytes', bytes(0x420020, Buffer.of(1, 2, 3)), '42002008000000030102030000000000'],
    [
      'a structure',
      structure(0x420020, enumeration(0x420004, 254), integer(0x420005, 255)),
      '42002001000000204200040500000004000000fe000000004200050200000004000000ff00000000',
    ],
  ])('encodes %s as the specification shows', (_, encoded, expected) => {
    expect(encoded.toString('hex')).toBe(expected);
  });

  it('reads back what it wrote', () => {
    const item = decode(structure(1, integer(2, -5), structure(3, bytes(4, Buffer.from('abc')))));
    expect(numberOf(find(item, 2))).toBe(-5);
    expect(find(item, 3, 4)?.value.toString()).toBe('abc');
    expect(find(item, 3, 5)).toBeUndefined();
    expect(numberOf(find(item, 3))).toBeUndefined();
  });

  it('refuses every message that was cut', () => {
    const message = get('an identifier');
    for (let length = 0; length < message.length; length++) {
      expect(() => decode(message.subarray(0, length))).toThrow(KmsError);
    }
  });

  it('refuses deep nesting instead of recursing', () => {
    let deep = integer(1, 1);
    for (let level = 0; level < 1000; level++) deep = structure(1, deep);
    expect(() => decode(deep)).toThrow('nested too deeply');
  });

  it('gives an error or an item for any bytes, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        expect(outcomeOf(Buffer.from(data))).toMatch(/^(item|KmsError)$/);
      }),
    );
  });
});
