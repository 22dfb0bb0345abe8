// Test support: values of every BSON type at the edges of their ranges, as raw value bytes, and
// arbitrary ones. Raw, because a JavaScript value cannot hold all of them.
import * as fc from 'fast-check';
import {
  BsonType,
  type BsonTypeName,
  DocumentWriter,
  encodeArray,
  encodeBinary,
  encodeString,
  noValue,
} from '../../bytes/index.ts';
import type { BsonValue } from '../../format/index.ts';
import { anyDocument, sampleValues, typeNames } from '../../testing/documents.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const cstring = (text: string): Buffer => Buffer.from(`${text}\0`);
const joined = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
const emptyDocument = new DocumentWriter().finish();
const texts = ['', 'a', 'é', '\u{1F600}', 'x'.repeat(15), 'x'.repeat(11), 'y'.repeat(70_000)];

/**
 * Values that libbson rewrites on their way through libmongocrypt: code and a dbPointer's name end at their first NUL, the
 * options of a regex are sorted, unknown ones dropped. This module keeps every byte, so ciphertexts differ.
 */
export const rewrittenByLibbson: readonly BsonValue[] = [
  { type: BsonType.javascript, value: encodeString('a\0b') },
  { type: BsonType.dbPointer, value: joined(encodeString('a\0b'), hex('ff'.repeat(12))) },
  { type: BsonType.regex, value: joined(cstring('a'), cstring('mi')) },
  { type: BsonType.regex, value: joined(cstring('a'), cstring('z')) },
];

const edges: Readonly<Record<BsonTypeName, readonly Uint8Array[]>> = {
  // 0, -0, the smallest, the largest, infinities, quiet and signalling NaN.
  double: [
    '0000000000000000',
    '0000000000000080',
    '0100000000000000',
    'ffffffffffffef7f',
    '000000000000f07f',
    '000000000000f0ff',
    '000000000000f87f',
    '010000000000f4ff',
  ].map(hex),
  string: [...texts, 'a\0b'].map(encodeString),
  object: [emptyDocument, new DocumentWriter().append(BsonType.int, '', hex('00000000')).finish()],
  array: [emptyDocument],
  // Subtype 2 has a length of its own inside; 6 is a ciphertext, which neither side takes.
  binData: [
    ...[0, 1, 3, 4, 5, 7, 8, 9, 128, 255].map((subtype) =>
      encodeBinary(subtype, Buffer.alloc(16, 9)),
    ),
    encodeBinary(0, Buffer.alloc(0)),
    encodeBinary(0, Buffer.alloc(65_536, 1)),
    hex('07000000 02 03000000 010203'),
    encodeBinary(6, Buffer.alloc(64)),
  ],
  undefined: [noValue],
  objectId: [hex('00'.repeat(12)), hex('ff'.repeat(12))],
  bool: [hex('00'), hex('01')],
  date: ['0000000000000000', 'ffffffffffffffff', 'ffffffffffffff7f', '0000000000000080'].map(hex),
  null: [noValue],
  regex: [joined(cstring(''), cstring('')), joined(cstring('^é.*$'), cstring('imsx'))],
  dbPointer: [joined(encodeString(''), hex('ff'.repeat(12)))],
  javascript: texts.map(encodeString),
  symbol: [...texts, 'a\0b'].map(encodeString),
  javascriptWithScope: [hex('0e000000 01000000 00 0500000000')],
  int: ['00000000', 'ffffffff', 'ffffff7f', '00000080'].map(hex),
  timestamp: ['0000000000000000', 'ffffffffffffffff', '0000000001000000'].map(hex),
  long: ['0000000000000000', 'ffffffffffffffff', 'ffffffffffffff7f', '0000000000000080'].map(hex),
  // 0, -0 with the largest exponent, NaN, infinity, 34 nines.
  decimal: [
    '00000000000000000000000000004030',
    '000000000000000000000000000000e0',
    '0000000000000000000000000000007c',
    '00000000000000000000000000000078',
    'ffffffff638e8d37c087adbe09ed4130',
  ].map(hex),
  minKey: [noValue],
  maxKey: [noValue],
};

export interface EdgeValue extends BsonValue {
  readonly name: BsonTypeName;
}

/** The edge values of a type, an ordinary one first. */
export function edgeValuesOf(name: BsonTypeName): readonly EdgeValue[] {
  const values = [sampleValues[name], ...edges[name]];
  return values.map((value) => ({ name, type: BsonType[name], value }));
}

export const edgeValues: readonly EdgeValue[] = typeNames.flatMap(edgeValuesOf);

/** A document `{ v: <value> }`. */
export function messageOf({ type, value }: BsonValue): Uint8Array {
  return new DocumentWriter(value.byteLength + 16).append(type, 'v', value).finish();
}

const text = fc.string({ unit: 'binary', maxLength: 80 });
const withoutNul = text.map((value) => value.replaceAll('\0', ''));
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const ofType = (name: BsonTypeName, value: fc.Arbitrary<Uint8Array>): fc.Arbitrary<BsonValue> =>
  value.map((raw) => ({ type: BsonType[name], value: raw }));

/** Any value of a type that both algorithms take. */
export const anyComparable: fc.Arbitrary<BsonValue> = fc.oneof(
  ofType('string', text.map(encodeString)),
  ofType('javascript', withoutNul.map(encodeString)),
  ofType('symbol', text.map(encodeString)),
  ofType('int', bytes(4)),
  ofType('long', bytes(8)),
  ofType('date', bytes(8)),
  ofType('timestamp', bytes(8)),
  ofType('objectId', bytes(12)),
  ofType(
    'binData',
    fc
      .tuple(fc.constantFrom(0, 1, 3, 4, 5, 7, 128, 255), fc.uint8Array({ maxLength: 200 }))
      .map(([subtype, data]) => encodeBinary(subtype, data)),
  ),
  ofType(
    'regex',
    fc
      .tuple(withoutNul, fc.subarray(['i', 'l', 'm', 's', 'u', 'x']))
      .map(([source, options]) => joined(cstring(source), cstring(options.join('')))),
  ),
  ofType(
    'dbPointer',
    fc.tuple(withoutNul, bytes(12)).map(([name, id]) => joined(encodeString(name), id)),
  ),
);

/** Any value that can be encrypted at random. */
export const anyEncryptable: fc.Arbitrary<BsonValue> = fc.oneof(
  anyComparable,
  ofType('double', bytes(8)),
  ofType('decimal', bytes(16)),
  ofType(
    'bool',
    fc.boolean().map((value) => Uint8Array.of(value ? 1 : 0)),
  ),
  ofType('object', anyDocument),
  ofType('array', fc.array(anyComparable, { maxLength: 5 }).map(encodeArray)),
);
