// Query layer: the total order of BSON values, as MongoDB's manual gives it ("Comparison and Sort Order").
// Equality is "compares as 0": numeric across int, long, double and decimal; BinData byte by byte.
// It must not know of filters or indexes.
import { Binary, BSONRegExp, BSONSymbol, Code, DBRef, ObjectId, Timestamp } from 'bson';

import { compareNumbers } from './numbers.ts';
import { type Document, isDocument, isNumeric, type TypeName, typeOf } from './values.ts';

const ORDER: Record<TypeName, number> = {
  minKey: -1,
  undefined: 0,
  null: 5,
  int: 10,
  long: 10,
  double: 10,
  decimal: 10,
  string: 15,
  symbol: 15,
  object: 20,
  array: 25,
  binData: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  dbPointer: 55,
  javascript: 60,
  javascriptWithScope: 65,
  maxKey: 127,
};

/** The rank of a value's type in the order of BSON types; values of one rank compare with each other. */
export function typeRank(value: unknown): number {
  return ORDER[typeOf(value)];
}

/** Negative, zero or positive. Missing (`undefined`) is below null; NaN is below every other number. */
export function compareValues(left: unknown, right: unknown): number {
  const rank = typeRank(left);
  const byType = rank - typeRank(right);
  if (byType !== 0) return byType;
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (left instanceof ObjectId && right instanceof ObjectId) {
    return Buffer.compare(left.id, right.id);
  }
  if (rank === ORDER.binData) return compareBinary(left, right);
  if (rank === ORDER.string) return compareStrings(text(left), text(right));
  if (typeof left === 'boolean') return Number(left) - Number(right);
  if (Array.isArray(left) && Array.isArray(right)) return compareArrays(left, right);
  if (left instanceof Timestamp && right instanceof Timestamp)
    return compareTimestamps(left, right);
  if (rank === ORDER.regex) return compareRegExps(left, right);
  if (left instanceof Code && right instanceof Code) return compareStrings(left.code, right.code);
  const [a, b] = [asDocument(left), asDocument(right)];
  return a && b ? compareDocuments(a, b) : 0;
}

/** True where MongoDB's `$eq` holds between two present values. */
export function equalValues(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left instanceof Binary && right instanceof Binary && left.position !== right.position) {
    return false;
  }
  return compareValues(left, right) === 0;
}

/** Order of code points, which is the order of UTF-8 bytes; JavaScript's own order is of UTF-16 units. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [left.charCodeAt(i), right.charCodeAt(i)];
    if (a !== b) return codePointWeight(a) - codePointWeight(b);
  }
  return left.length - right.length;
}

function codePointWeight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

function compareDocuments(left: Document, right: Document): number {
  const [a, b] = [Object.entries(left), Object.entries(right)];
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a[i], b[i]];
    if (!x || !y) break;
    const order =
      typeRank(x[1]) - typeRank(y[1]) || compareStrings(x[0], y[0]) || compareValues(x[1], y[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareArrays(left: readonly unknown[], right: readonly unknown[]): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Manual, "BinData": first the length, then the subtype, then the bytes. */
function compareBinary(left: unknown, right: unknown): number {
  const [a, b] = [binary(left), binary(right)];
  return (
    a.bytes.length - b.bytes.length || a.subtype - b.subtype || Buffer.compare(a.bytes, b.bytes)
  );
}

function binary(value: unknown): { bytes: Uint8Array; subtype: number } {
  if (value instanceof Binary) {
    return { bytes: value.buffer.subarray(0, value.position), subtype: value.sub_type };
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { bytes, subtype: 0 };
  }
  throw new TypeError('Expected BinData');
}

function compareTimestamps(left: Timestamp, right: Timestamp): number {
  return left.t - right.t || left.i - right.i;
}

function compareRegExps(left: unknown, right: unknown): number {
  const [a, b] = [regExp(left), regExp(right)];
  return compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options);
}

function regExp(value: unknown): { pattern: string; options: string } {
  if (value instanceof BSONRegExp) return value;
  if (value instanceof RegExp) return { pattern: value.source, options: value.flags };
  throw new TypeError('Expected a regular expression');
}

function text(value: unknown): string {
  if (value instanceof BSONSymbol) return value.value;
  return typeof value === 'string' ? value : '';
}

function asDocument(value: unknown): Document | undefined {
  if (isDocument(value)) return value;
  if (value instanceof DBRef) return { ...value.toJSON() };
  return undefined;
}
