// Layer analysis: operators that take objects apart or put them together. What comes out is known
// member by member, or refused.
import { BsonType, type Element } from '../../bytes/index.ts';
import { isOperatorDocument, rewriteInside } from '../documents.ts';
import { describe } from '../placeholders.ts';
import {
  arrayOf,
  asObject,
  combine,
  memberPosition,
  objectOf,
  unknown,
  withPosition,
} from '../schema/positions.ts';
import { plain, type Position, type Prefix } from '../schema/tree.ts';
import {
  argumentsOf,
  constantText,
  type Evaluate,
  type Operator,
  pathOf,
  readMembers,
  refuseUse,
  type Scope,
  type Value,
} from './value.ts';

/** The argument as an object; a scalar in its place has no members, encrypted or not. */
function objectArgument(scope: Scope, operator: string, argument: Element, value: Value): Prefix {
  const object = asObject(value.position);
  if (object) return object;
  const rule = `${describe(value.position)}, and \`${operator}\` needs an object`;
  throw refuseUse(scope, pathOf(argument, operator), rule);
}

interface FieldAccess {
  readonly element: Element;
  readonly name: string;
  readonly input: Prefix;
  readonly value: Value | undefined;
}

/** The field must be a constant that no path would read otherwise. */
function requireName(scope: Scope, operator: string, field: Value | undefined): string {
  const name = field && constantText(field);
  if (name !== undefined && name !== '' && !/^\$|\.|^\d+$/.test(name)) return name;
  throw refuseUse(scope, operator, 'expected a constant that names one field');
}

/** `{ field, input, value }`; `$getField` may also have just the name. */
function readAccess(scope: Scope, operator: Element, evaluate: Evaluate): FieldAccess {
  const read = new Map<string, Value>();
  const named = operator.type === BsonType.object && !isOperatorDocument(operator);
  const keep = (argument: Element, name: string): Element => {
    const value = evaluate(scope, argument);
    read.set(name, value);
    return value.element;
  };
  const element = named
    ? rewriteInside(operator, (argument) => keep(argument, argument.key))
    : keep(operator, 'field');
  const name = requireName(scope, operator.key, read.get('field'));
  const input = read.get('input') ?? { element: operator, position: scope.position };
  return {
    element,
    name,
    input: objectArgument(scope, operator.key, operator, input),
    value: read.get('value'),
  };
}

const getField: Operator = (scope, operator, evaluate) => {
  const { element, name, input } = readAccess(scope, operator, evaluate);
  return { element, position: memberPosition(input, name, name) };
};

const setField: Operator = (scope, operator, evaluate) => {
  const { element, name, input, value } = readAccess(scope, operator, evaluate);
  if (!value || value.nothing === 'missing') {
    return { element, position: objectOf(input.own, input.bases) };
  }
  return { element, position: withPosition(input, [name], value.position) };
};

const mergeConflict = 'the merged objects do not agree on its encryption';

/** The members of a literal on top of an object. A path may be missing: then the old value stays. */
function withMembers(before: Position | undefined, members: ReadonlyMap<string, Value>): Position {
  const object = asObject(before ?? plain);
  if (!object) return unknown(mergeConflict);
  const own = new Map(object.own);
  for (const [name, { position, replace, nothing }] of members) {
    if (nothing === 'missing') continue;
    const replaces = replace !== undefined || before === undefined;
    const old = memberPosition(object, name, name);
    own.set(name, replaces ? position : combine(old, position, mergeConflict));
  }
  return objectOf(own, object.bases);
}

const mergeObjects: Operator = (scope, operator, evaluate) => {
  let result: Position | undefined;
  const read = (argument: Element): Element => {
    if (argument.type === BsonType.object && !isOperatorDocument(argument)) {
      const { element, members } = readMembers(scope, argument, evaluate);
      result = withMembers(result, members);
      return element;
    }
    const value = evaluate(scope, argument);
    if (value.nothing) return value.element;
    const { own, bases } = objectArgument(scope, operator.key, argument, value);
    const object = objectOf(own, bases);
    result = result ? combine(result, object, mergeConflict) : object;
    return value.element;
  };
  const element = operator.type === BsonType.array ? rewriteInside(operator, read) : read(operator);
  return { element, position: result ?? plain };
};

/** Names and values of an object: which value is encrypted how cannot be said any more. */
const objectToArray: Operator = (scope, operator, evaluate) => {
  const [argument, ...others] = argumentsOf(operator);
  if (!argument || others.length > 0) throw refuseUse(scope, operator.key, 'expected one object');
  const value = evaluate(scope, argument);
  objectArgument(scope, operator.key, argument, value);
  const element =
    operator.type === BsonType.array ? rewriteInside(operator, () => value.element) : value.element;
  if (value.position.kind === 'plain') return { element, position: plain };
  const member = unknown('the value may be of any field of the object');
  return { element, position: arrayOf(objectOf(new Map([['v', member]]))) };
};

export const objectOperators: readonly (readonly [string, Operator])[] = [
  ['$getField', getField],
  ['$setField', setField],
  ['$unsetField', setField],
  ['$mergeObjects', mergeObjects],
  ['$objectToArray', objectToArray],
];
