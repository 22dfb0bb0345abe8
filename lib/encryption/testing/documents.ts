// Test support: one value of every BSON type, and arbitrary documents, as BSON bytes.
import * as fc from 'fast-check';
import { BsonType, type BsonTypeName, DocumentWriter, noValue } from '../bytes/index.ts';
import type { BsonValue } from '../format/index.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Raw value bytes by type, written by hand from bsonspec.org. */
export const sampleValues: Readonly<Record<BsonTypeName, Uint8Array>> = {
  double: hex('182d4454fb210940'),
  string: hex('06000000 6166c3a920 00'),
  object: hex('0c000000 10 6100 01000000 00'),
  array: hex('0c000000 10 3000 01000000 00'),
  binData: hex('03000000 00 010203'),
  undefined: noValue,
  objectId: hex('000102030405060708090a0b'),
  bool: hex('01'),
  date: hex('0068e5cf8b010000'),
  null: noValue,
  regex: hex('5e6100 6900'),
  dbPointer: hex('02000000 6200 000102030405060708090a0b'),
  javascript: hex('02000000 6600'),
  symbol: hex('02000000 7300'),
  javascriptWithScope: hex('16000000 02000000 6600 0c000000 10 6100 01000000 00'),
  int: hex('2a000000'),
  timestamp: hex('0100000002000000'),
  long: hex('ffffffffffffff7f'),
  decimal: hex('01000000000000000000000000004030'),
  minKey: noValue,
  maxKey: noValue,
};

export const typeNames = Object.keys(sampleValues) as BsonTypeName[];

export function sampleValue(name: BsonTypeName): BsonValue {
  return { type: BsonType[name], value: sampleValues[name] };
}

/** A document `{ v: <sample of the type> }`. */
export function sampleMessage(name: BsonTypeName): Uint8Array {
  return new DocumentWriter().append(BsonType[name], 'v', sampleValues[name]).finish();
}

const fieldName = fc
  .string({ unit: 'grapheme', maxLength: 6 })
  .filter((name) => !name.includes('\0'));

const scalar = fc.constantFrom(...typeNames).map(sampleValue);

function documentOf(fields: readonly (readonly [string, BsonValue])[]): Uint8Array {
  const writer = new DocumentWriter();
  for (const [name, { type, value }] of fields) writer.append(type, name, value);
  return writer.finish();
}

/** Documents with nested documents and arrays of all types; names may repeat, as in BSON. */
export const anyDocument: fc.Arbitrary<Uint8Array> = fc.letrec<{
  document: Uint8Array;
  value: BsonValue;
}>((tie) => ({
  document: fc.array(fc.tuple(fieldName, tie('value')), { maxLength: 6 }).map(documentOf),
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    tie('document').map((value) => ({ type: BsonType.object, value })),
    fc
      .array(tie('value'), { maxLength: 4 })
      .map((items) => documentOf(items.map((item, index) => [String(index), item] as const)))
      .map((value) => ({ type: BsonType.array, value })),
  ),
})).document;

/** A document nested `levels` deep in total. */
export function nested(levels: number): Uint8Array {
  let document = new DocumentWriter().finish();
  for (let level = 1; level < levels; level++) {
    document = new DocumentWriter().append(BsonType.object, 'a', document).finish();
  }
  return document;
}
