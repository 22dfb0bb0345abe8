// Update layer: the operators on arrays. They give a new array and never touch the one they get.
import { BSONRegExp } from 'bson';

import { CommandError } from '../../errors.ts';
import { compareValues, equalValues } from '../compare.ts';
import { compileElement } from '../filter.ts';
import { MISSING } from '../paths.ts';
import { compileSort } from '../sort.ts';
import { type Document, isDocument, toInteger, toNumber, typeOf } from '../values.ts';
import { type Change, UNCHANGED, type UpdateOperator } from './change.ts';

function requireArray(value: unknown, operator: string, path: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new CommandError(
    'BadValue',
    `The field '${path}' must be an array for ${operator} but is of type ${typeOf(value)}`,
  );
}

interface PushPlan {
  each: unknown[];
  position: number | undefined;
  slice: number | undefined;
  sort: ((left: unknown, right: unknown) => number) | undefined;
}

const MODIFIERS = new Set(['$each', '$position', '$slice', '$sort']);

const push: UpdateOperator = (operand, path) => {
  const plan = pushPlan(operand, path);
  return (value) => {
    const result = value === MISSING ? [] : [...requireArray(value, '$push', path)];
    result.splice(plan.position ?? result.length, 0, ...plan.each);
    if (plan.sort) result.sort(plan.sort);
    if (plan.slice === undefined) return result;
    return plan.slice < 0 ? result.slice(plan.slice) : result.slice(0, plan.slice);
  };
};

function pushPlan(operand: unknown, path: string): PushPlan {
  if (!isDocument(operand) || !('$each' in operand)) {
    return { each: [operand], position: undefined, slice: undefined, sort: undefined };
  }
  const unknown = Object.keys(operand).find((name) => !MODIFIERS.has(name));
  if (unknown !== undefined) {
    throw new CommandError('BadValue', `Unrecognized clause in $push: ${unknown}`);
  }
  const sort = operand['$sort'];
  return {
    each: requireEach(operand, '$push', path),
    position: modifier(operand, '$position'),
    slice: modifier(operand, '$slice'),
    sort: sort === undefined ? undefined : elementOrder(sort),
  };
}

function requireEach(operand: Document, operator: string, path: string): unknown[] {
  const each = operand['$each'];
  if (Array.isArray(each)) return each as unknown[];
  throw new CommandError(
    'BadValue',
    `The argument to $each in ${operator} of '${path}' must be an array`,
  );
}

function modifier(operand: Document, name: string): number | undefined {
  if (operand[name] === undefined) return undefined;
  const number = toInteger(operand[name]);
  if (number !== undefined) return number;
  throw new CommandError('BadValue', `The value for ${name} in $push must be an integer`);
}

function elementOrder(sort: unknown): (left: unknown, right: unknown) => number {
  if (isDocument(sort)) {
    const sorter = compileSort(sort);
    const key = (value: unknown) => sorter.keyOf(isDocument(value) ? value : {});
    return (left, right) => sorter.compare(key(left), key(right));
  }
  const direction = toNumber(sort);
  if (direction === 1 || direction === -1) {
    return (left, right) => compareValues(left, right) * direction;
  }
  throw new CommandError('BadValue', 'The $sort in $push must be 1, -1 or an object');
}

const addToSet: UpdateOperator = (operand, path) => {
  const each = isDocument(operand) && '$each' in operand;
  const items = each ? requireEach(operand, '$addToSet', path) : [operand];
  return (value) => {
    const array = value === MISSING ? [] : requireArray(value, '$addToSet', path);
    const result = [...array];
    for (const item of items) {
      if (!result.some((present) => equalValues(present, item))) result.push(item);
    }
    return result.length === array.length && value !== MISSING ? UNCHANGED : result;
  };
};

function removing(operator: string, path: string, matches: (element: unknown) => boolean): Change {
  return (value) => {
    if (value === MISSING) return UNCHANGED;
    const array = requireArray(value, operator, path);
    const kept = array.filter((element) => !matches(element));
    return kept.length === array.length ? UNCHANGED : kept;
  };
}

const pull: UpdateOperator = (operand, path) => {
  const byCondition = isDocument(operand) || operand instanceof BSONRegExp;
  const matches = byCondition
    ? compileElement(operand)
    : (element: unknown) => equalValues(element, operand);
  return removing('$pull', path, matches);
};

const pullAll: UpdateOperator = (operand, path) => {
  const items = requireArray(operand, '$pullAll', path);
  return removing('$pullAll', path, (element) => items.some((item) => equalValues(item, element)));
};

const pop: UpdateOperator = (operand, path) => {
  const direction = toNumber(operand);
  if (direction !== 1 && direction !== -1) {
    throw new CommandError('FailedToParse', `$pop expects 1 or -1 for '${path}'`);
  }
  return (value) => {
    if (value === MISSING) return UNCHANGED;
    if (!Array.isArray(value)) {
      throw new CommandError(
        'TypeMismatch',
        `Path '${path}' contains an element of non-array type`,
      );
    }
    const array = value as unknown[];
    if (array.length === 0) return UNCHANGED;
    return direction === 1 ? array.slice(0, -1) : array.slice(1);
  };
};

export const ARRAY_OPERATORS = {
  $push: push,
  $addToSet: addToSet,
  $pull: pull,
  $pullAll: pullAll,
  $pop: pop,
};
