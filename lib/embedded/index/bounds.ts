// Index layer: which index keys a document can have that passes one field operator. Always a superset.
// It must not know of whole filters or of indexes.
import { BSONRegExp, MaxKey, MinKey } from 'bson';

import { isNotANumber } from '../query/numbers.ts';
import { isDocument, isNumeric } from '../query/values.ts';
import { isOperatorDocument } from '../query/filter.ts';
import type { FieldPredicate } from './conjunction.ts';
import { type Interval, type Intervals, point, union } from './intervals.ts';
import { keyOf, keyOfStringPrefix, RANK } from './value-key.ts';

const ofRank = (rank: number) => Uint8Array.of(rank);

/** Undefined: this operator says nothing that an index could use. */
export function boundsOf({ operator, operand }: FieldPredicate): Intervals | undefined {
  switch (operator) {
    case '$eq':
      return equal(operand);
    case '$in':
      return Array.isArray(operand) ? anyOf(operand) : undefined;
    case '$regex':
      return operand instanceof BSONRegExp ? matching(operand) : undefined;
    case '$gt':
    case '$gte':
      return bracket(operand, (key, rank) => ({ low: key, high: ofRank(rank), point: false }));
    case '$lt':
    case '$lte':
      return bracket(operand, (key, rank) => ({ low: ofRank(rank), high: key, point: false }));
    case '$exists':
      // A missing field is indexed as null.
      return operand === false ? equal(null) : undefined;
    case '$all':
      return allOf(operand);
    default:
      return undefined;
  }
}

function equal(value: unknown): Intervals | undefined {
  if (!hasStableKey(value)) return undefined;
  if (!Array.isArray(value)) return [point(keyOf(value))];
  // The whole array is only indexed where it is an element; else its elements are, the first among them.
  const first: unknown = value[0];
  const element = value.length === 0 ? ofRank(RANK.emptyArray) : keyOf(first);
  return union([point(keyOf(value)), point(element)]);
}

function anyOf(values: readonly unknown[]): Intervals | undefined {
  const intervals: Interval[] = [];
  for (const value of values) {
    const bounds = value instanceof BSONRegExp ? matching(value) : equal(value);
    if (!bounds) return undefined;
    intervals.push(...bounds);
  }
  return union(intervals);
}

function allOf(operand: unknown): Intervals | undefined {
  if (!Array.isArray(operand) || operand.length === 0) return undefined;
  const first: unknown = operand[0];
  if (first instanceof BSONRegExp || isOperatorDocument(first)) return undefined;
  return equal(first);
}

/** An ordering operator only matches values of its operand's type, except for MinKey and MaxKey. */
function bracket(
  operand: unknown,
  interval: (key: Uint8Array, rank: number) => Interval,
): Intervals | undefined {
  if (operand === null || operand === undefined) return equal(null);
  if (operand instanceof MinKey || operand instanceof MaxKey) return undefined;
  if (Array.isArray(operand) || operand instanceof BSONRegExp || !hasStableKey(operand)) {
    return undefined;
  }
  const key = keyOf(operand);
  if (isNumeric(operand) && isNotANumber(operand)) return [point(key)];
  return [interval(key, key[0] ?? 0)];
}

function matching(regex: BSONRegExp): Intervals {
  const prefix = literalPrefix(regex);
  const strings = prefix === '' ? ofRank(RANK.string) : keyOfStringPrefix(prefix);
  return union([{ low: strings, high: strings, point: false }, point(keyOf(regex))]);
}

/**
 * The text that every match starts with, '' if none is certain. Only `^` followed by plain characters counts,
 * without options (with `m`, `^` is not the start; with `i` or `x` the characters are not literal).
 */
export function literalPrefix({ pattern, options }: BSONRegExp): string {
  if (options !== '' || !pattern.startsWith('^') || pattern.includes('|')) return '';
  let prefix = '';
  for (let i = 1; i < pattern.length; i++) {
    let character = pattern.charAt(i);
    if (character === '\\') {
      character = pattern.charAt(++i);
      // An escaped letter or digit is a class or a control character, not itself.
      if (!/^[^a-zA-Z0-9]$/.test(character)) return prefix;
    } else if (/[.*+?()[\]{}^$]/.test(character)) {
      // `?`, `*` and `{0,...}` make the character before them optional.
      return /[*?{]/.test(character) ? withoutLast(prefix) : prefix;
    }
    prefix += character;
  }
  return prefix;
}

function withoutLast(text: string): string {
  return Array.from(text).slice(0, -1).join('');
}

/**
 * JavaScript moves integer-like names to the front of an object, so the key of such a document would not be the
 * key of the stored bytes.
 */
function hasStableKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(hasStableKey);
  if (!isDocument(value)) return true;
  return Object.entries(value).every(([name, item]) => !/^\d+$/.test(name) && hasStableKey(item));
}
