// Query layer: a filter document compiled to a predicate over typed documents.
// mingo's Query combines the clauses; the field operators are ours (predicates.ts), because mingo's compare
// JavaScript values. Anything that is not known is refused; code is never evaluated.
import { BSONRegExp } from 'bson';
import { Context } from 'mingo/core';
import { $and, $nor, $or } from 'mingo/operators/query/logical';
import { Query } from 'mingo/query';

import { CommandError } from '../errors.ts';
import { compileExpression } from './expression.ts';
import { jsonSchemaPredicate } from './json-schema.ts';
import {
  array,
  elementMatch,
  FIELD_OPERATORS,
  type FieldOperator,
  negate,
  type Path,
  type Predicate,
} from './predicates.ts';
import { fromOperator } from './regex.ts';
import { type Document, isDocument } from './values.ts';

type ContextOperators = NonNullable<Parameters<typeof Context.init>[0]>;
type Operator = (selector: string, operand: never) => Predicate;

const LOGICAL = new Set(['$and', '$or', '$nor']);
const TOP_LEVEL = new Set(['$expr', '$jsonSchema', '$comment']);
/** `$regex` and `$options` in one; a name of our own, since mingo reads `$regex` itself. */
const PATTERN = '$pattern';
const ELEMENT: Path = { parts: ['element'], expand: false };

/**
 * Compiles a filter. The predicate takes documents as `decode` gives them; `variables` are those of
 * `let`, for `$expr`.
 * Throws CommandError (BadValue, FailedToParse, ...) on an unknown operator or a bad operand.
 */
export function compileFilter(
  filter: Document,
  variables?: Document,
): (document: Document) => boolean {
  const prepared = prepare(filter, variables);
  if (Object.keys(prepared).length === 0) return () => true;
  const query = new Query(prepared, { context: CONTEXT, scriptEnabled: false });
  return (document) => query.test(document);
}

/** True if an operand is written with operators, as `{ $gt: 5 }`. */
export function isOperatorDocument(value: unknown): value is Document {
  if (!isDocument(value)) return false;
  const first = Object.keys(value)[0];
  return first?.startsWith('$') === true && first !== '$ref' && first !== '$id' && first !== '$db';
}

/** Validates a filter and writes it in the one form that {@link CONTEXT} knows. */
function prepare(filter: Document, variables: Document | undefined): Document {
  const result: Document = {};
  const clauses: Document[] = [];
  for (const [key, operand] of Object.entries(filter)) {
    if (key === '__proto__')
      throw new CommandError('BadValue', 'Field name `__proto__` is not allowed');
    if (LOGICAL.has(key)) {
      clauses.push({ [key]: clauseList(key, operand).map((clause) => prepare(clause, variables)) });
    } else if (TOP_LEVEL.has(key)) {
      if (key !== '$comment') result[key] = checkTopLevel(key, operand, variables);
    } else if (key.startsWith('$')) {
      throw new CommandError('BadValue', `unknown top level operator: ${key}`);
    } else {
      result[key] = prepareField(operand);
    }
  }
  return clauses.length === 0 ? result : { ...result, $and: clauses };
}

function clauseList(key: string, operand: unknown): Document[] {
  if (!Array.isArray(operand))
    throw new CommandError('BadValue', `${key} argument must be an array`);
  if (operand.length === 0) {
    throw new CommandError('BadValue', '$and/$or/$nor must be a nonempty array');
  }
  return operand.map((item: unknown) => {
    if (isDocument(item)) return item;
    throw new CommandError('BadValue', '$or/$and/$nor entries need to be full objects');
  });
}

function checkTopLevel(key: string, operand: unknown, variables: Document | undefined): unknown {
  if (key === '$expr') return { compiled: compileExpression(operand, variables) };
  if (key === '$jsonSchema') return { compiled: jsonSchemaPredicate(operand) };
  return operand;
}

function prepareField(operand: unknown): Document {
  if (operand instanceof BSONRegExp) return { $in: [operand] };
  if (!isOperatorDocument(operand)) return { $eq: operand };
  const { $regex, $options, ...rest } = operand;
  const result: Document = {};
  for (const [name, value] of Object.entries(rest)) result[name] = checkOperator(name, value);
  if ($options !== undefined && $regex === undefined) {
    throw new CommandError('BadValue', '$options needs a $regex');
  }
  if ($regex === undefined) return result;
  return { ...result, [PATTERN]: fromOperator($regex, $options) };
}

function checkOperator(name: string, value: unknown): unknown {
  if (!FIELD_CONTEXT.has(name) || name === PATTERN)
    throw new CommandError('BadValue', `unknown operator: ${name}`);
  if (name === '$not') {
    if (value instanceof BSONRegExp || isOperatorDocument(value)) return value;
    throw new CommandError('BadValue', '$not needs a regex or a document');
  }
  if (name === '$ne' && value instanceof BSONRegExp) {
    throw new CommandError('BadValue', "Can't have regex as arg to $ne.");
  }
  return value;
}

/** All operators of one field must hold. */
function fieldPredicate(path: Path, operand: unknown): Predicate {
  const predicates = Object.entries(prepareField(operand)).map(([name, value]) => {
    const operator = FIELD_CONTEXT.get(name);
    if (!operator) throw new CommandError('BadValue', `unknown operator: ${name}`);
    return operator(path, value);
  });
  return (document) => predicates.every((predicate) => predicate(document));
}

/** `$elemMatch` and `$pull`: a test of one array element, by operators on it or by a filter on its fields. */
export function compileElement(operand: unknown): (element: unknown) => boolean {
  const first = isDocument(operand) ? (Object.keys(operand)[0] ?? '') : '';
  const onFields = isDocument(operand) && !isOperatorDocument(operand);
  if (onFields || LOGICAL.has(first) || TOP_LEVEL.has(first)) {
    const filter = compileFilter(operand as Document);
    return (element) => {
      if (isDocument(element)) return filter(element);
      return Array.isArray(element) && filter(Object.fromEntries(element.entries()));
    };
  }
  const predicate = fieldPredicate(ELEMENT, operand);
  return (element) => predicate({ element });
}

function all(path: Path, operand: unknown): Predicate {
  const predicates = array(operand, '$all').map((item) => {
    if (isDocument(item) && '$elemMatch' in item) return elemMatch(path, item['$elemMatch']);
    if (isOperatorDocument(item)) throw new CommandError('BadValue', 'no $ expressions in $all');
    return fieldPredicate(path, item instanceof BSONRegExp ? item : { $eq: item });
  });
  return (document) =>
    predicates.length > 0 && predicates.every((predicate) => predicate(document));
}

function elemMatch(path: Path, operand: unknown): Predicate {
  if (!isDocument(operand)) throw new CommandError('BadValue', '$elemMatch needs an Object');
  return elementMatch(path, compileElement(operand));
}

const FIELD_CONTEXT: ReadonlyMap<string, FieldOperator> = new Map([
  ...Object.entries(FIELD_OPERATORS),
  [PATTERN, (path: Path, value: unknown) => FIELD_OPERATORS.$in(path, [value])],
  ['$not', (path: Path, value: unknown) => negate(fieldPredicate(path, value))],
  ['$all', all],
  ['$elemMatch', elemMatch],
]);

function compiled(operand: unknown): Predicate {
  return (operand as { compiled: Predicate }).compiled;
}

const FIELD_QUERY_OPERATORS = Object.fromEntries(
  [...FIELD_CONTEXT].map(([name, operator]): [string, Operator] => [
    name,
    (selector, operand) => operator({ parts: selector.split('.'), expand: true }, operand),
  ]),
);

/** mingo types its operators by its own ones; these take the same arguments. */
const QUERY_OPERATORS = {
  ...FIELD_QUERY_OPERATORS,
  $and,
  $or,
  $nor,
  $expr: (_: string, operand: unknown) => compiled(operand),
  $jsonSchema: (_: string, operand: unknown) => compiled(operand),
} as unknown as ContextOperators['query'];

const CONTEXT = Context.init({ query: QUERY_OPERATORS });
