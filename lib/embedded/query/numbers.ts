// Query layer: comparison and arithmetic over BSON's four numeric types.
// Comparison is exact (a double is a rational, a decimal is a rational); arithmetic follows MongoDB's rules for
// the type of the result: int with int stays int and grows to long; double and decimal are contagious.
import { Decimal128, Double, Int32, Long } from 'bson';

import type { NumericValue } from './values.ts';

type Exact = number | bigint | Rational;
/** coefficient × 10^exponent */
interface Rational {
  coefficient: bigint;
  exponent: number;
}

/** Exact numeric order over all four types; NaN is equal to NaN and below everything else. */
export function compareNumbers(left: NumericValue, right: NumericValue): number {
  const [a, b] = [exact(left), exact(right)];
  if (typeof a === 'object' || typeof b === 'object') return compareWithDecimal(a, b);
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** True for the NaN of double and of decimal. */
export function isNotANumber(value: NumericValue): boolean {
  return Number.isNaN(exact(value));
}

function exact(value: NumericValue): Exact {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Long) return value.toBigInt();
  return decimal(value.toString());
}

function decimal(text: string): Exact {
  if (text === 'NaN') return Number.NaN;
  if (text.includes('Inf')) return text.startsWith('-') ? -Infinity : Infinity;
  const [mantissa = '0', power = '0'] = text.toUpperCase().split('E');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { coefficient: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function compareWithDecimal(left: Exact, right: Exact): number {
  const special = compareSpecial(left, right);
  if (special !== undefined) return special;
  const [a, b] = [fraction(left), fraction(right)];
  const [x, y] = [a.numerator * b.denominator, b.numerator * a.denominator];
  return x < y ? -1 : x > y ? 1 : 0;
}

function compareSpecial(left: Exact, right: Exact): number | undefined {
  const [a, b] = [specialRank(left), specialRank(right)];
  return a === 0 && b === 0 ? undefined : a - b;
}

/** NaN -2, -Infinity -1, any finite number 0, Infinity 1. */
function specialRank(value: Exact): number {
  if (typeof value !== 'number' || Number.isFinite(value)) return 0;
  if (Number.isNaN(value)) return -2;
  return value < 0 ? -1 : 1;
}

function fraction(value: Exact): { numerator: bigint; denominator: bigint } {
  if (typeof value === 'bigint') return { numerator: value, denominator: 1n };
  if (typeof value === 'object') {
    const power = 10n ** BigInt(Math.abs(value.exponent));
    return value.exponent < 0
      ? { numerator: value.coefficient, denominator: power }
      : { numerator: value.coefficient * power, denominator: 1n };
  }
  let [numerator, shift] = [value, 0n];
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    shift++;
  }
  return { numerator: BigInt(numerator), denominator: 1n << shift };
}

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/**
 * `$inc` and `$mul`: the result has the wider of both types; int grows to long when it must. A long that
 * overflows is refused (undefined), never turned into a double.
 */
export function arithmetic(
  operator: 'add' | 'multiply',
  left: NumericValue,
  right: NumericValue,
): NumericValue | undefined {
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return decimalArithmetic(operator, exact(left), exact(right));
  }
  if (isInteger(left) && isInteger(right)) {
    const [a, b] = [BigInt(exactInteger(left)), BigInt(exactInteger(right))];
    const result = operator === 'add' ? a + b : a * b;
    if (result < LONG_MIN || result > LONG_MAX) return undefined;
    const long = left instanceof Long || right instanceof Long;
    const fits = result >= -(2n ** 31n) && result < 2n ** 31n;
    return !long && fits ? new Int32(Number(result)) : Long.fromBigInt(result);
  }
  const [a, b] = [Number(exactInteger(left)), Number(exactInteger(right))];
  return new Double(operator === 'add' ? a + b : a * b);
}

function isInteger(value: NumericValue): boolean {
  return value instanceof Int32 || value instanceof Long || typeof value === 'bigint';
}

function exactInteger(value: NumericValue): number | bigint {
  const result = exact(value);
  if (typeof result === 'object') throw new TypeError('Expected no decimal');
  return result;
}

function decimalArithmetic(
  operator: 'add' | 'multiply',
  left: Exact,
  right: Exact,
): Decimal128 | undefined {
  if (specialRank(left) !== 0 || specialRank(right) !== 0) {
    const [a, b] = [approximate(left), approximate(right)];
    const result = operator === 'add' ? a + b : a * b;
    return Decimal128.fromString(String(result));
  }
  const [a, b] = [asRational(left), asRational(right)];
  if (operator === 'multiply') {
    return toDecimal(a.coefficient * b.coefficient, a.exponent + b.exponent);
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const scale = (x: Rational) => x.coefficient * 10n ** BigInt(x.exponent - exponent);
  return toDecimal(scale(a) + scale(b), exponent);
}

function approximate(value: Exact): number {
  return typeof value === 'object' ? Number(value.coefficient) : Number(value);
}

/** A double takes part with its shortest decimal representation, as its `toString` prints it. */
function asRational(value: Exact): Rational {
  if (typeof value === 'object') return value;
  const parsed = decimal(String(value));
  if (typeof parsed === 'object') return parsed;
  throw new TypeError('Expected a finite number');
}

function toDecimal(coefficient: bigint, exponent: number): Decimal128 {
  return Decimal128.fromStringWithRounding(`${String(coefficient)}E${String(exponent)}`);
}
