import {
  Binary,
  BSONRegExp,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareValues } from '../query/compare.ts';
import { keyOf, keyOfStringPrefix } from './value-key.ts';

const number = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map((n) => new Int32(n)),
  fc.integer().map((n) => new Int32(n)),
  fc.double().map((n) => new Double(n)),
  fc.integer({ min: -5, max: 5 }).map((n) => new Double(n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }).map((n) => Long.fromBigInt(n)),
  fc
    .tuple(
      fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }),
      fc.integer({ min: -6100, max: 6100 }),
    )
    .map(([c, e]) => Decimal128.fromString(`${String(c)}E${String(e)}`)),
  fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -2, max: 2 }))
    .map(([c, e]) => Decimal128.fromString(`${String(c)}E${String(e)}`)),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '0', '-0').map((s) => Decimal128.fromString(s)),
  fc
    .bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n })
    .map((n) => Decimal128.fromString(String(n))),
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', '\u00ff', '\ue000', '😀'), maxLength: 4 }),
);
const scalar = fc.oneof(
  number,
  text,
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((b) => new ObjectId(b)),
  fc
    .tuple(fc.uint8Array({ maxLength: 4 }), fc.constantFrom(0, 4, 6, 128))
    .map(([b, subtype]) => new Binary(b, subtype)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => new Timestamp(n)),
  fc
    .tuple(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 }), fc.constantFrom('', 'i'))
    .map(([p, o]) => new BSONRegExp(p, o)),
  fc.constantFrom(new MinKey(), new MaxKey()),
);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'ab'), tie('any'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).any;

function orderOfKeys(left: unknown, right: unknown): number {
  return Math.sign(Buffer.compare(keyOf(left), keyOf(right)));
}

describe('keys of BSON values', () => {
  it('sort as the values compare, whatever their types', () => {
    fc.assert(
      fc.property(value, value, (left, right) => {
        expect(orderOfKeys(left, right)).toBe(Math.sign(compareValues(left, right)));
      }),
      { numRuns: 5000 },
    );
  });

  it('sort as the numbers compare, over all four numeric types', () => {
    fc.assert(
      fc.property(number, number, (left, right) => {
        expect(orderOfKeys(left, right)).toBe(Math.sign(compareValues(left, right)));
      }),
      { numRuns: 5000 },
    );
  });

  it('are equal for equal numbers of different types', () => {
    const twos = [new Int32(2), new Double(2), Long.fromNumber(2), Decimal128.fromString('2.00')];
    expect(new Set(twos.map((two) => Buffer.from(keyOf(two)).toString('hex'))).size).toBe(1);
  });

  it('tell the double 0.1 from the decimal 0.1, which is a little less', () => {
    expect(orderOfKeys(new Double(0.1), Decimal128.fromString('0.1'))).toBe(1);
  });

  it('are never a prefix of another key', () => {
    fc.assert(
      fc.property(value, value, (left, right) => {
        const [a, b] = [Buffer.from(keyOf(left)), Buffer.from(keyOf(right))];
        expect(a.length < b.length && b.subarray(0, a.length).equals(a)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('start with the key of a string prefix exactly if the string does', () => {
    fc.assert(
      fc.property(text, text, (prefix, string) => {
        const [a, b] = [Buffer.from(keyOfStringPrefix(prefix)), Buffer.from(keyOf(string))];
        const starts = Buffer.from(string).indexOf(Buffer.from(prefix)) === 0;
        expect(b.subarray(0, a.length).equals(a)).toBe(starts || prefix === '');
      }),
    );
  });
});
