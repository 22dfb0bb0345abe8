import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareStrings, compareValues, equalValues } from './compare.ts';
import { groupKey } from './group-key.ts';
import { arithmetic } from './numbers.ts';

const number = fc.oneof(
  fc.integer().map((n) => new Int32(n)),
  fc.double().map((n) => new Double(n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
  fc.integer().map((n) => Decimal128.fromString(`${String(n)}E-2`)),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    number,
    fc.string({ unit: 'binary' }),
    fc.constantFrom(null, true, false, new MinKey(), new MaxKey()),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => new Binary(bytes, 6)),
    fc.constant(new ObjectId('00000000000000000000000a')),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { noNullPrototype: true }),
  ),
})).any;

describe('the order of BSON values', () => {
  it('is total: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(Math.sign(compareValues(a, b))).toBe(0 - Math.sign(compareValues(b, a)));
        const [x, y, z] = [a, b, c].sort(compareValues);
        expect(compareValues(x, z)).toBeLessThanOrEqual(0);
        expect(compareValues(x, y)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('and the key of a group agree about equality', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(groupKey(a) === groupKey(b)).toBe(compareValues(a, b) === 0);
      }),
    );
  });

  it('is exact for numbers that a double cannot hold', () => {
    const [odd, even] = [Long.fromString('9007199254740993'), new Double(9007199254740992)];
    expect(compareValues(odd, even)).toBeGreaterThan(0);
    expect(equalValues(Decimal128.fromString('0.1'), new Double(0.1))).toBe(false);
    expect(equalValues(Decimal128.fromString('0.5'), new Double(0.5))).toBe(true);
    expect(compareValues(new Double(Number.NaN), new Double(-Infinity))).toBeLessThan(0);
  });

  it('is that of code points for strings', () => {
    expect(compareStrings('\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareStrings(a, b))).toBe(bytes);
      }),
    );
  });

  it('compares BinData by length, then subtype, then bytes', () => {
    const binary = (bytes: number[], subtype: number) =>
      new Binary(Uint8Array.from(bytes), subtype);
    expect(compareValues(binary([9], 6), binary([1, 1], 0))).toBeLessThan(0);
    expect(compareValues(binary([9], 0), binary([1], 6))).toBeLessThan(0);
    expect(compareValues(binary([1], 6), binary([9], 6))).toBeLessThan(0);
  });
});

describe('arithmetic', () => {
  it('of decimals is decimal', () => {
    const sum = arithmetic('add', Decimal128.fromString('0.1'), Decimal128.fromString('0.2'));
    expect(String(sum)).toBe('0.3');
    expect(String(arithmetic('multiply', Decimal128.fromString('1.5'), new Int32(2)))).toBe('3.0');
  });

  it('has no result where a long overflows', () => {
    expect(arithmetic('add', Long.MAX_VALUE, new Int32(1))).toBeUndefined();
  });
});
