// Query layer: aggregation expressions, evaluated by mingo on promoted values (promote.ts).
// Comparisons are replaced by ours, so that BSON classes compare as BSON; operators that run code are absent.
import { Context, evalExpr } from 'mingo/core';
import * as accumulator from 'mingo/operators/accumulator';
import * as expression from 'mingo/operators/expression';
import * as projection from 'mingo/operators/projection';
import * as window from 'mingo/operators/window';

import { CommandError } from '../errors.ts';
import { compareValues, equalValues } from './compare.ts';
import { MISSING, ownField } from './paths.ts';
import { promote, restore } from './promote.ts';
import { type Document, isDocument } from './values.ts';

type Evaluate = (object: unknown, operand: unknown, options: Options) => unknown;
type Options = Parameters<typeof evalExpr>[2];

/** Code evaluation is refused, whatever the client asks. */
const REFUSED = new Set(['$function', '$accumulator', '$where']);

const safeExpressions = withoutCode(expression);
const safeAccumulators = withoutCode(accumulator);

function withoutCode<T extends object>(operators: T): T {
  const safe = Object.entries(operators).filter(([name]) => !REFUSED.has(name));
  return Object.fromEntries(safe) as T;
}

function comparison(accept: (order: number) => boolean): Evaluate {
  return (object, operand, options) => {
    const [left, right] = pair(evalExpr(object, operand, options));
    return accept(compareValues(left, right));
  };
}

function pair(values: unknown): [unknown, unknown] {
  if (Array.isArray(values) && values.length === 2) return [values[0], values[1]];
  throw new CommandError('Location16020', 'Expression takes exactly 2 arguments');
}

const comparisons = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: ((object, operand, options) => {
    const [left, right] = pair(evalExpr(object, operand, options));
    return Math.sign(compareValues(left, right));
  }) satisfies Evaluate,
  $in: ((object, operand, options) => {
    const [value, list] = pair(evalExpr(object, operand, options));
    if (!Array.isArray(list)) {
      throw new CommandError('Location40081', '$in requires an array as a second argument');
    }
    return list.some((item) => equalValues(item, value));
  }) satisfies Evaluate,
};

/** The operators that expressions may use. Pipeline stages add theirs. */
export function expressionContext(): Context {
  return Context.init({
    expression: { ...safeExpressions, ...comparisons },
    accumulator: safeAccumulators,
    projection,
    window,
  });
}

const CONTEXT = expressionContext();

/** An expression's value for one document: typed, `undefined` where it is missing. */
export type Evaluator = (document: Document, view?: unknown) => unknown;

/**
 * Compiles an expression over typed documents. A caller with several expressions promotes each document once
 * and passes that as `view`. A plain field path gives the stored value itself, with its exact type.
 * Throws CommandError for an unknown operator, already while compiling.
 */
export function compileValue(operand: unknown, variables: Document = {}): Evaluator {
  checkOperators(operand);
  const promoted = promote(operand);
  const options = { context: CONTEXT, scriptEnabled: false, variables: promoteDocument(variables) };
  const path =
    typeof operand === 'string' && /^\$[^$]/.test(operand)
      ? operand.slice(1).split('.')
      : undefined;
  return (document, view) => {
    const direct = path ? directValue(document, path) : MISSING;
    if (direct !== MISSING) return direct;
    return translateErrors(() =>
      restore(evalExpr(view ?? promote(document), promoted, options as Options)),
    );
  };
}

/** The value behind a path that meets no array on its way. */
function directValue(document: Document, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const part of path) {
    if (!isDocument(value)) return MISSING;
    value = ownField(value, part);
  }
  return value;
}

/** Compiles `$expr`: true unless the value is false, null, missing or zero. */
export function compileExpression(
  operand: unknown,
  variables?: Document,
): (document: Document) => boolean {
  const value = compileValue(operand, variables);
  return (document) => isTrue(value(document));
}

function isTrue(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return false;
  return compareValues(value, 0) !== 0;
}

function promoteDocument(document: Document): Document {
  const promoted = promote(document);
  return isDocument(promoted) ? promoted : {};
}

/** Refuses unknown and code-running operators anywhere in an expression. */
export function checkOperators(operand: unknown): void {
  if (Array.isArray(operand)) {
    for (const item of operand as unknown[]) checkOperators(item);
    return;
  }
  if (!isDocument(operand)) return;
  for (const [key, value] of Object.entries(operand)) {
    if (REFUSED.has(key)) {
      throw new CommandError('BadValue', `${key} is not supported: this server evaluates no code`);
    }
    if (key === '$literal') continue;
    if (key.startsWith('$') && !Object.hasOwn(KNOWN, key)) {
      throw new CommandError('InvalidPipelineOperator', `Unrecognized expression '${key}'`);
    }
    checkOperators(value);
  }
}

const KNOWN: Readonly<Record<string, unknown>> = {
  ...safeExpressions,
  ...comparisons,
  ...safeAccumulators,
  ...projection,
  ...window,
};

/** mingo's own errors name operators and types, never values; everything else stays as it is. */
export function translateErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && error.constructor.name === 'MingoError') {
      throw new CommandError('BadValue', 'An expression could not be evaluated on these values', {
        cause: error,
      });
    }
    throw error;
  }
}
