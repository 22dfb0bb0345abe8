// Pipeline layer: accumulators of $group. The common ones keep BSON types; the rest are mingo's, on promoted values.
import { evalExpr } from 'mingo/core';

import { CommandError } from '../../errors.ts';
import { compareValues } from '../compare.ts';
import { checkOperators, compileValue, expressionContext, translateErrors } from '../expression.ts';
import { groupKey } from '../group-key.ts';
import { arithmetic } from '../numbers.ts';
import { promote, restore } from '../promote.ts';
import { Decimal128, Double, Int32 } from 'bson';
import { type Document, isDocument, isNumeric, type NumericValue, toNumber } from '../values.ts';

/** From all documents of a group to the accumulated value. */
export type Accumulator = (documents: readonly Document[]) => unknown;
type Combine = (values: readonly unknown[]) => unknown;

function sum(values: readonly unknown[]): NumericValue {
  let total: NumericValue = new Int32(0);
  for (const value of values.filter(isNumeric)) {
    total =
      arithmetic('add', total, value) ??
      new Double((toNumber(total) ?? 0) + (toNumber(value) ?? 0));
  }
  return total;
}

function average(values: readonly unknown[]): unknown {
  const numbers = values.filter(isNumeric);
  if (numbers.length === 0) return null;
  const total = sum(numbers);
  if (total instanceof Decimal128) {
    throw new CommandError('CommandNotSupported', '$avg of decimals is not supported');
  }
  return new Double((toNumber(total) ?? 0) / numbers.length);
}

function extreme(sign: 1 | -1): Combine {
  return (values) => {
    const present = values.filter((value) => value !== null && value !== undefined);
    if (present.length === 0) return null;
    return present.reduce((best, value) => (compareValues(value, best) * sign > 0 ? value : best));
  };
}

function unique(values: readonly unknown[]): unknown[] {
  const present = values.filter((value) => value !== undefined);
  return [...new Map(present.map((value) => [groupKey(value), value])).values()];
}

function mergeObjects(values: readonly unknown[]): Document {
  return Object.assign({}, ...values.filter(isDocument)) as Document;
}

const COMBINES: ReadonlyMap<string, Combine> = new Map(
  Object.entries({
    $sum: sum,
    $avg: average,
    $min: extreme(-1),
    $max: extreme(1),
    $first: (values: readonly unknown[]) => values[0] ?? null,
    $last: (values: readonly unknown[]) => values.at(-1) ?? null,
    $push: (values: readonly unknown[]) => values.filter((value) => value !== undefined),
    $addToSet: unique,
    $mergeObjects: mergeObjects,
    $count: (values: readonly unknown[]) => new Int32(values.length),
  }),
);

/** mingo's accumulators beyond those above. */
const MINGO = new Set([
  '$bottom',
  '$bottomN',
  '$firstN',
  '$lastN',
  '$maxN',
  '$median',
  '$minN',
  '$percentile',
  '$stdDevPop',
  '$stdDevSamp',
  '$top',
  '$topN',
]);

const CONTEXT = expressionContext();

/** Throws Location15952 for an unknown accumulator. */
export function compileAccumulator(
  field: string,
  operand: unknown,
  variables: Document,
): Accumulator {
  const [entry, ...more] = isDocument(operand) ? Object.entries(operand) : [];
  if (!entry || more.length > 0) {
    throw new CommandError('Location40234', `The field '${field}' must be an accumulator object`);
  }
  const [name, expression] = entry;
  const combine = COMBINES.get(name);
  if (combine) {
    const evaluate = compileValue(name === '$count' ? null : expression, variables);
    return (documents) => combine(documents.map((document) => evaluate(document)));
  }
  if (!MINGO.has(name)) throw new CommandError('Location15952', `unknown group operator '${name}'`);
  checkOperators(expression);
  const promoted = promote(operand);
  const options = { context: CONTEXT, scriptEnabled: false, variables: promote(variables) };
  return (documents) =>
    translateErrors(() =>
      restore(
        evalExpr(
          promote(documents),
          promoted,
          options as unknown as Parameters<typeof evalExpr>[2],
        ),
      ),
    );
}
