// Query layer: the four `$bits...` operators. Numbers are sign-extended two's complement, BinData little-endian.
import { Binary } from 'bson';

import { CommandError } from '../errors.ts';
import { toNumber } from './values.ts';

type Test = (value: unknown) => boolean;

function positions(operand: unknown): number[] {
  if (Array.isArray(operand)) return operand.map((item) => position(toNumber(item)));
  if (operand instanceof Binary) return setPositions(fromBytes(operand));
  const mask = toNumber(operand);
  if (mask === undefined || !Number.isSafeInteger(mask) || mask < 0) {
    throw new CommandError(
      'BadValue',
      'Expected a bitmask of at least 0, BinData or bit positions',
    );
  }
  return setPositions(BigInt(mask));
}

function position(value: number | undefined): number {
  if (value !== undefined && Number.isSafeInteger(value) && value >= 0) return value;
  throw new CommandError('BadValue', 'bit positions must be whole numbers of at least 0');
}

function fromBytes(binary: Binary): bigint {
  const hex = Buffer.from(binary.value()).reverse().toString('hex');
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}

function setPositions(mask: bigint): number[] {
  const result: number[] = [];
  for (let i = 0; mask >> BigInt(i) > 0n; i++) if ((mask >> BigInt(i)) & 1n) result.push(i);
  return result;
}

function bitsOf(value: unknown): bigint | undefined {
  if (value instanceof Binary) return fromBytes(value);
  const number = toNumber(value);
  return number !== undefined && Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

function tester(accept: (states: boolean[]) => boolean): (operand: unknown) => Test {
  return (operand) => {
    const wanted = positions(operand);
    return (value) => {
      const bits = bitsOf(value);
      return bits !== undefined && accept(wanted.map((at) => ((bits >> BigInt(at)) & 1n) === 1n));
    };
  };
}

export const bitTest = {
  allSet: tester((states) => states.every(Boolean)),
  allClear: tester((states) => !states.some(Boolean)),
  anySet: tester((states) => states.some(Boolean)),
  anyClear: tester((states) => !states.every(Boolean)),
};
