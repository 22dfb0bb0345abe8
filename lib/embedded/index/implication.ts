// Index layer: does a query only match documents that a partial or sparse index holds? "No" is always safe.
// It must not know of storage.
import { Binary, BSONRegExp, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';

import { compareValues, typeRank } from '../query/compare.ts';
import { isNotANumber } from '../query/numbers.ts';
import {
  type Document,
  isNumeric,
  toInteger,
  toNumber,
  typeNameOf,
  typeOf,
} from '../query/values.ts';
import { both, type Conjunction, conjunctionOf, type FieldPredicate } from './conjunction.ts';

/** True if every document that matches `query` also matches `filter`, the filter of a partial index. */
export function impliesFilter(query: Conjunction, filter: Document): boolean {
  return impliesAll(query, conjunctionOf(filter));
}

/** True if every document that matches `query` has a value at `path`. */
export function impliesExists(query: Conjunction, path: string): boolean {
  return impliesPredicate(query, path, { operator: '$exists', operand: true });
}

function impliesAll(query: Conjunction, wanted: Conjunction): boolean {
  for (const [path, predicates] of wanted.fields) {
    if (!predicates.every((predicate) => impliesPredicate(query, path, predicate))) return false;
  }
  return wanted.alternatives.every(
    (branches) =>
      branches.some((branch) => impliesAll(query, branch)) ||
      query.alternatives.some((given) =>
        given.every((one) => branches.some((branch) => impliesAll(both(query, one), branch))),
      ),
  );
}

function impliesPredicate(query: Conjunction, path: string, wanted: FieldPredicate): boolean {
  const given = query.fields.get(path) ?? [];
  if (given.some((predicate) => implies(predicate, wanted))) return true;
  return query.alternatives.some((branches) =>
    branches.every((branch) => impliesPredicate(branch, path, wanted)),
  );
}

function implies(given: FieldPredicate, wanted: FieldPredicate): boolean {
  if (given.operator === '$in' && Array.isArray(given.operand)) {
    return given.operand.every((operand: unknown) =>
      implies({ operator: operand instanceof BSONRegExp ? '$regex' : '$eq', operand }, wanted),
    );
  }
  switch (wanted.operator) {
    case '$exists':
      return needsValue(given);
    case '$eq':
      return given.operator === '$eq' && equalOperands(given.operand, wanted.operand);
    case '$in':
      return (
        Array.isArray(wanted.operand) &&
        given.operator === '$eq' &&
        wanted.operand.some(
          (operand: unknown) =>
            !(operand instanceof BSONRegExp) && equalOperands(given.operand, operand),
        )
      );
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return isWithin(given, wanted);
    case '$type':
      return hasType(given, wanted.operand);
    default:
      return false;
  }
}

/** No document without the field passes: true for everything that null and missing do not match. */
function needsValue({ operator, operand }: FieldPredicate): boolean {
  switch (operator) {
    case '$eq':
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return !isNullish(operand) && !(operand instanceof MinKey) && !(operand instanceof MaxKey);
    case '$exists':
      return operand === true || (toNumber(operand) ?? 0) !== 0;
    case '$regex':
      return operand instanceof BSONRegExp;
    case '$type':
    case '$size':
      return true;
    default:
      return false;
  }
}

const LOWER = new Set(['$gt', '$gte']);

/** `given` is an equality or an ordering at least as strict as `wanted`, over values of one type. */
function isWithin(given: FieldPredicate, wanted: FieldPredicate): boolean {
  const [value, limit] = [given.operand, wanted.operand];
  if (!isOrderable(value) || !isOrderable(limit)) return false;
  if (typeRank(value) !== typeRank(limit)) return false;
  const order = compareValues(value, limit);
  const inside = LOWER.has(wanted.operator) ? order > 0 : order < 0;
  if (given.operator === '$eq') {
    return inside || (order === 0 && wanted.operator.endsWith('e'));
  }
  const sameSide =
    LOWER.has(wanted.operator) === LOWER.has(given.operator) &&
    ['$gt', '$gte', '$lt', '$lte'].includes(given.operator);
  if (!sameSide) return false;
  return (
    inside || (order === 0 && (wanted.operator.endsWith('e') || !given.operator.endsWith('e')))
  );
}

function isOrderable(value: unknown): boolean {
  if (isNullish(value) || Array.isArray(value)) return false;
  if (value instanceof MinKey || value instanceof MaxKey || value instanceof BSONRegExp)
    return false;
  return !(isNumeric(value) && isNotANumber(value));
}

function hasType(given: FieldPredicate, operand: unknown): boolean {
  const accepted = typeNames(operand);
  if (given.operator === '$type') {
    const names = typeNames(given.operand);
    return names.length > 0 && names.every((name) => accepted.includes(name));
  }
  if (given.operator !== '$eq') return false;
  const value = given.operand;
  // Equal numbers may have different types, and so may a string and a symbol.
  if (isNumeric(value)) return accepted.includes('number');
  return hasOneType(value) && accepted.includes(typeOf(value));
}

function hasOneType(value: unknown): boolean {
  return (
    value instanceof ObjectId ||
    value instanceof Binary ||
    value instanceof Date ||
    value instanceof Timestamp ||
    typeof value === 'boolean'
  );
}

function typeNames(operand: unknown): string[] {
  const items: unknown[] = Array.isArray(operand) ? operand : [operand];
  const names = items.flatMap((item) => {
    if (typeof item === 'string') return [item];
    const code = toInteger(item);
    return (code === undefined ? undefined : typeNameOf(code)) ?? [];
  });
  return names.includes('number') ? [...names, 'int', 'long', 'double', 'decimal'] : names;
}

function equalOperands(left: unknown, right: unknown): boolean {
  return (
    !(left instanceof BSONRegExp) &&
    !(right instanceof BSONRegExp) &&
    compareValues(left ?? null, right ?? null) === 0
  );
}

function isNullish(value: unknown): boolean {
  return value === null || value === undefined;
}
