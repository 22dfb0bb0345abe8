// Query layer: the field operators of a filter (`$eq`, `$in`, `$elemMatch`, ...) on typed BSON values.
// They replace mingo's own, which compare JavaScript values and would lose BSON types.
// It must not know of logical operators: mingo's Query combines these.
import { BSONRegExp, BSONSymbol, MaxKey, MinKey } from 'bson';

import { CommandError } from '../errors.ts';
import { bitTest } from './bits.ts';
import { compareValues, equalValues, typeRank } from './compare.ts';
import { isNotANumber } from './numbers.ts';
import { MISSING, someValue } from './paths.ts';
import { toRegExp } from './regex.ts';
import { type Document, isNumeric, toInteger, toNumber, typeNameOf, typeOf } from './values.ts';

/** Tests one document. */
export type Predicate = (document: Document) => boolean;
/** Where an operator looks; `expand`: an array at the end of the path also stands for its elements. */
export interface Path {
  parts: readonly string[];
  expand: boolean;
}
/** Builds the predicate of one operator on one path. Throws CommandError on a bad operand. */
export type FieldOperator = (path: Path, operand: unknown) => Predicate;

type Test = (value: unknown) => boolean;

function onValues(test: Test, expand = true): (path: Path) => Predicate {
  return (path) => (document) => someValue(document, path.parts, expand && path.expand, test);
}

/** Equality as `$eq` has it: null also means missing. */
export function equalityTest(operand: unknown): Test {
  if (operand === null || operand === undefined) {
    return (value) => value === null || value === MISSING || value === undefined;
  }
  return (value) => value !== MISSING && equalValues(value, operand);
}

type Order = (order: number) => boolean;

/** Manual, "Comparison/Sort Order": a comparison only matches values of the operand's own type bracket. */
function orderTest(accept: Order, operand: unknown): Test {
  if (operand === null || operand === undefined) {
    return accept(0) ? equalityTest(null) : () => false;
  }
  const rank = typeRank(operand);
  const anyType = operand instanceof MinKey || operand instanceof MaxKey;
  const nan = isNumeric(operand) && isNotANumber(operand);
  return (value) => {
    if (value === MISSING) return false;
    if (!anyType && typeRank(value) !== rank) return false;
    if (nan || (isNumeric(value) && isNotANumber(value))) {
      return accept(0) && equalValues(value, operand);
    }
    return accept(compareValues(value, operand));
  };
}

function comparison(accept: Order): FieldOperator {
  return (path, operand) => {
    if (operand instanceof BSONRegExp) {
      throw new CommandError('BadValue', 'Can not have RegEx as arg to a comparison operator');
    }
    return onValues(orderTest(accept, operand))(path);
  };
}

const equals: FieldOperator = (path, operand) => onValues(equalityTest(operand))(path);

const isIn: FieldOperator = (path, operand) => {
  const tests = array(operand, '$in').map((item) =>
    item instanceof BSONRegExp ? regexTest(item) : equalityTest(item),
  );
  return onValues((value) => tests.some((test) => test(value)))(path);
};

function regexTest(pattern: BSONRegExp): Test {
  const regExp = toRegExp(pattern);
  return (value) => {
    if (typeof value === 'string') return regExp.test(value);
    if (value instanceof BSONSymbol) return regExp.test(value.value);
    return value instanceof BSONRegExp && equalValues(value, pattern);
  };
}

const exists: FieldOperator = (path, operand) => {
  const expected = operand !== false && operand !== null && toNumber(operand) !== 0;
  const present = onValues((value) => value !== MISSING, false)(path);
  return (document) => present(document) === expected;
};

const type: FieldOperator = (path, operand) => {
  const names = (Array.isArray(operand) ? operand : [operand]).map(typeAlias);
  if (names.length === 0)
    throw new CommandError('FailedToParse', '`$type` must match at least one type');
  const accepted = new Set<string>(names);
  if (accepted.has('number')) {
    for (const name of ['int', 'long', 'double', 'decimal']) accepted.add(name);
  }
  return onValues((value) => value !== MISSING && accepted.has(typeOf(value)))(path);
};

function typeAlias(operand: unknown): string {
  const code = toInteger(operand);
  const name = code === undefined ? operand : typeNameOf(code);
  if (typeof name === 'string' && (name === 'number' || KNOWN_TYPES.has(name))) return name;
  throw new CommandError(
    'BadValue',
    'Expected a type name or number in `$type`, got an unknown one',
  );
}

const KNOWN_TYPES = new Set<string | undefined>([-1, ...Array(20).keys(), 127].map(typeNameOf));

const size: FieldOperator = (path, operand) => {
  const length = toInteger(operand);
  if (length === undefined || length < 0) {
    throw new CommandError('BadValue', 'Expected a whole number of at least 0 in `$size`');
  }
  return onValues((value) => Array.isArray(value) && value.length === length, false)(path);
};

const mod: FieldOperator = (path, operand) => {
  const [divisor, remainder, ...rest] = array(operand, '$mod').map(toNumber);
  if (divisor === undefined || remainder === undefined || rest.length > 0) {
    throw new CommandError('BadValue', 'malformed mod, expected two numbers');
  }
  const [d, r] = [Math.trunc(divisor), Math.trunc(remainder)];
  if (d === 0) throw new CommandError('BadValue', 'divisor cannot be 0');
  return onValues((value) => {
    const number = toNumber(value);
    return number !== undefined && Number.isFinite(number) && Math.trunc(number) % d === r;
  })(path);
};

function bits(operator: keyof typeof bitTest): FieldOperator {
  return (path, operand) => onValues(bitTest[operator](operand))(path);
}

/** An array of the operand's items. Throws BadValue for anything else. */
export function array(operand: unknown, operator: string): unknown[] {
  if (Array.isArray(operand)) return operand as unknown[];
  throw new CommandError('BadValue', `${operator} needs an array`);
}

/** The operators that need no other operator to be compiled. */
export const FIELD_OPERATORS = {
  $eq: equals,
  $ne: (path: Path, operand: unknown) => negate(equals(path, operand)),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $in: isIn,
  $nin: (path: Path, operand: unknown) => negate(isIn(path, array(operand, '$nin'))),
  $exists: exists,
  $type: type,
  $size: size,
  $mod: mod,
  $bitsAllSet: bits('allSet'),
  $bitsAllClear: bits('allClear'),
  $bitsAnySet: bits('anySet'),
  $bitsAnyClear: bits('anyClear'),
} satisfies Record<string, FieldOperator>;

export function negate(predicate: Predicate): Predicate {
  return (document) => !predicate(document);
}

/** `$elemMatch` on arrays at the path: true if one element passes. */
export function elementMatch(path: Path, test: Test): Predicate {
  return onValues((value) => Array.isArray(value) && value.some(test), false)(path);
}
