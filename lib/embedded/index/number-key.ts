// Index layer: order-preserving keys for BSON's four numeric types, where equal numbers have equal keys.
// A key is the largest double that is not above the number (8 bytes, ordered) and then 0x00 if that is the
// number itself, else 0x01 and the exact decimal digits. Only longs above 2^53 and decimals ever need digits.
import type { KeyWriter } from './key-writer.ts';

const EXACT = 0x00;
const DIGITS_FOLLOW = 0x01;

/** NaN is below every other number, as in MongoDB's comparison order. */
export function writeDouble(writer: KeyWriter, value: number): void {
  writeOrdered(writer, value);
  writer.byte(EXACT);
}

export function writeLong(writer: KeyWriter, value: bigint): void {
  const nearest = Number(value);
  const exact = BigInt(nearest);
  if (exact === value) writeDouble(writer, nearest);
  else writeInexact(writer, exact > value ? nextDown(nearest) : nearest, value, 0);
}

/** `text` is what Decimal128's `toString` prints. */
export function writeDecimal(writer: KeyWriter, text: string): void {
  const nearest = Number(text.replace(/^(-?)Inf.*$/i, '$1Infinity'));
  if (Number.isNaN(nearest) || /inf/i.test(text)) {
    writeDouble(writer, nearest);
    return;
  }
  const [mantissa = '0', power = '0'] = text.toUpperCase().split('E');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const coefficient = BigInt(whole + fraction);
  const exponent = Number(power) - fraction.length;
  const order = compareToDouble(coefficient, exponent, nearest);
  if (order === 0) writeDouble(writer, nearest);
  else writeInexact(writer, order < 0 ? nextDown(nearest) : nearest, coefficient, exponent);
}

function writeOrdered(writer: KeyWriter, value: number): void {
  if (Number.isNaN(value)) {
    writer.uint32(0);
    writer.uint32(0);
    return;
  }
  const start = writer.length;
  writer.double(value === 0 ? 0 : value);
  if (writer.at(start) & 0x80) writer.invert(start);
  else writer.flipSign(start);
}

/** coefficient × 10^exponent, which lies above `floor` and below the next double. */
function writeInexact(
  writer: KeyWriter,
  floor: number,
  coefficient: bigint,
  exponent: number,
): void {
  writeOrdered(writer, floor);
  writer.byte(DIGITS_FOLLOW);
  const negative = coefficient < 0n;
  const digits = String(negative ? -coefficient : coefficient);
  const significant = digits.replace(/0+$/, '');
  writer.byte(negative ? 0 : 1);
  const start = writer.length;
  writer.uint16(0x8000 + exponent + digits.length);
  for (const digit of significant) writer.byte(digit.charCodeAt(0));
  writer.byte(0);
  if (negative) writer.invert(start);
}

function compareToDouble(coefficient: bigint, exponent: number, double: number): number {
  if (!Number.isFinite(double)) return double > 0 ? -1 : 1;
  let [numerator, shift] = [double, 0n];
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    shift++;
  }
  const power = 10n ** BigInt(Math.abs(exponent));
  const left = (exponent < 0 ? coefficient : coefficient * power) << shift;
  const right = exponent < 0 ? BigInt(numerator) * power : BigInt(numerator);
  return left < right ? -1 : left > right ? 1 : 0;
}

const SCRATCH = new DataView(new ArrayBuffer(8));

/** The largest double below `value`. */
function nextDown(value: number): number {
  if (value === Infinity) return Number.MAX_VALUE;
  if (value === -Infinity) return -Infinity;
  if (value === 0) return -Number.MIN_VALUE;
  SCRATCH.setFloat64(0, value);
  const bits = SCRATCH.getBigInt64(0);
  SCRATCH.setBigInt64(0, value > 0 ? bits - 1n : bits + 1n);
  return SCRATCH.getFloat64(0);
}
