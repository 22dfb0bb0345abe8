// Update layer: what each operator makes of one value. Every operator is a function of the present value
// (or MISSING) that gives the new value, MISSING to remove it, or UNCHANGED.
import { Double, Int32, Long, Timestamp } from 'bson';

import { CommandError } from '../../errors.ts';
import { compareValues } from '../compare.ts';
import { arithmetic } from '../numbers.ts';
import { MISSING } from '../paths.ts';
import { isDocument, isNumeric, typeOf } from '../values.ts';
import { ARRAY_OPERATORS } from './array-operators.ts';
import { UNCHANGED, type UpdateOperator } from './change.ts';

const set: UpdateOperator = (operand) => () => operand;

const unset: UpdateOperator = () => (value) => (value === MISSING ? UNCHANGED : MISSING);

function numeric(operator: '$inc' | '$mul'): UpdateOperator {
  const verb = operator === '$inc' ? 'increment' : 'multiply';
  const operation = operator === '$inc' ? 'add' : 'multiply';
  return (operand, path) => {
    if (!isNumeric(operand)) {
      throw new CommandError('TypeMismatch', `Cannot ${verb} with non-numeric argument: {${path}}`);
    }
    return (value) => {
      if (value === MISSING) return operator === '$inc' ? operand : zeroLike(operand);
      if (!isNumeric(value)) {
        throw new CommandError(
          'TypeMismatch',
          `Cannot apply ${operator} to a value of non-numeric type: field '${path}' has type ${typeOf(value)}`,
        );
      }
      const result = arithmetic(operation, value, operand);
      if (result !== undefined) return result;
      throw new CommandError(
        'BadValue',
        `Failed to apply ${operator} operations to current value: overflow`,
      );
    };
  };
}

/** `$mul` of a missing field sets zero "of the same numeric type". */
function zeroLike(operand: unknown): unknown {
  if (operand instanceof Double) return new Double(0);
  if (operand instanceof Long) return Long.ZERO;
  return isNumeric(operand) ? arithmetic('multiply', operand, new Int32(0)) : new Int32(0);
}

function extreme(sign: 1 | -1): UpdateOperator {
  return (operand) => (value) =>
    value === MISSING || compareValues(operand, value) * sign > 0 ? operand : UNCHANGED;
}

const currentDate: UpdateOperator = (operand, path) => {
  const type = isDocument(operand) ? operand['$type'] : operand === true ? 'date' : undefined;
  if (type === 'date') return () => new Date();
  if (type === 'timestamp') {
    return () => new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 });
  }
  throw new CommandError(
    'BadValue',
    `Expected $currentDate of '${path}' to be true or {$type: 'date' | 'timestamp'}`,
  );
};

const bit: UpdateOperator = (operand, path) => {
  const operations = isDocument(operand) ? Object.entries(operand) : [];
  if (operations.length === 0) {
    throw new CommandError('BadValue', `The $bit modifier needs an operation for field '${path}'`);
  }
  for (const [name, mask] of operations) {
    if (!['and', 'or', 'xor'].includes(name) || !(mask instanceof Int32 || mask instanceof Long)) {
      throw new CommandError(
        'BadValue',
        `The $bit modifier of '${path}' needs and, or, xor with integers`,
      );
    }
  }
  return (value) => {
    const start = value === MISSING ? new Int32(0) : value;
    if (!(start instanceof Int32 || start instanceof Long)) {
      throw new CommandError(
        'BadValue',
        `Cannot apply $bit to a value of non-integral type: '${path}'`,
      );
    }
    return operations.reduce<Int32 | Long>(
      (current, [name, mask]) => combine(name, current, mask),
      start,
    );
  };
};

function combine(name: string, left: Int32 | Long, right: unknown): Int32 | Long {
  const [a, b] = [integer(left), integer(right)];
  const result = name === 'and' ? a & b : name === 'or' ? a | b : a ^ b;
  const long = left instanceof Long || right instanceof Long;
  return long ? Long.fromBigInt(BigInt.asIntN(64, result)) : new Int32(Number(result));
}

function integer(value: unknown): bigint {
  if (value instanceof Int32) return BigInt(value.value);
  return value instanceof Long ? value.toBigInt() : 0n;
}

/** Operators whose operand is a document of path and argument; `$rename` is not a function of one value. */
export const VALUE_OPERATORS: ReadonlyMap<string, UpdateOperator> = new Map(
  Object.entries({
    $set: set,
    $setOnInsert: set,
    $unset: unset,
    $inc: numeric('$inc'),
    $mul: numeric('$mul'),
    $min: extreme(-1),
    $max: extreme(1),
    $currentDate: currentDate,
    $bit: bit,
    ...ARRAY_OPERATORS,
  }),
);
