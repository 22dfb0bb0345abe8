// Layer analysis: what a match operator may do to an encrypted field, to an object with encrypted
// fields, and below an encrypted value. One function per kind of position (rules D.2).
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { isOperatorDocument, requireArray, rewriteInside } from './documents.ts';
import { refusal } from './errors.ts';
import {
  describe,
  type Findings,
  isScalarOnly,
  noKeyAltNames,
  placeholder,
} from './placeholders.ts';
import { collated } from './collation.ts';
import type { Encryption, Position, Prefix } from './schema/tree.ts';
import { rewriteObject } from './write.ts';

function invalidOperator(operator: string, path: string, rule: string): Error {
  const statement = `Invalid match expression operator on encrypted field: ${operator}`;
  return refusal('query', statement, { path, rule });
}

const onlyEquality = 'only equality, $in and $exists work on ciphertext';

/** A constant that is compared with an encrypted field. */
function rewriteConstant(
  encryption: Encryption,
  constant: Element,
  path: string,
  findings: Findings,
): Element {
  if (encryption.algorithm === 'Random') {
    throw refusal('query', 'Cannot query on fields encrypted with the randomized encryption', {
      path,
      rule: 'equal values have different ciphertexts',
    });
  }
  if (constant.type === BsonType.regex) throw invalidOperator('$regex', path, onlyEquality);
  if (collated.has(constant.type)) findings.comparedText = true;
  return placeholder(encryption, constant, path, noKeyAltNames, findings);
}

/** The constant of an equality with an encrypted field. Throws `AnalysisError` (`query`). */
export function rewriteEquality(
  encryption: Encryption,
  constant: Element,
  path: string,
  findings: Findings,
): Element {
  if (constant.type === BsonType.null && encryption.algorithm === 'Deterministic') {
    throw refusal('query', 'Illegal equality to null predicate for encrypted field', {
      path,
      rule: 'use $exists',
    });
  }
  return rewriteConstant(encryption, constant, path, findings);
}

/** One constant of an `$in` on an encrypted field. Throws `AnalysisError` (`query`). */
export function rewriteMember(
  encryption: Encryption,
  constant: Element,
  path: string,
  findings: Findings,
): Element {
  if (constant.type === BsonType.null && encryption.algorithm === 'Deterministic') {
    const statement = 'Illegal equality to null inside $in against an encrypted field';
    throw refusal('query', statement, { path, rule: 'use $exists' });
  }
  return rewriteConstant(encryption, constant, path, findings);
}

/** The operand of an encrypted field: a constant, or an object of operators. */
export function rewriteEncryptedOperand(
  encryption: Encryption,
  operand: Element,
  path: string,
  findings: Findings,
): Element {
  if (!isOperatorDocument(operand)) return rewriteEquality(encryption, operand, path, findings);
  return rewriteInside(operand, (operator) => {
    switch (operator.key) {
      case '$eq':
      case '$ne':
        return rewriteEquality(encryption, operator, path, findings);
      case '$in':
      case '$nin':
        requireArray(operator, 'query', path);
        return rewriteInside(operator, (member) =>
          rewriteMember(encryption, member, path, findings),
        );
      case '$exists':
        requireFlag(operator, path);
        return operator;
      case '$not':
        requireOperators(operator, path);
        return rewriteEncryptedOperand(encryption, operator, path, findings);
      default:
        throw invalidOperator(operator.key, path, onlyEquality);
    }
  });
}

/** `$not` takes operators or a regular expression; the latter cannot match ciphertext. */
function requireOperators(operand: Element, path: string): void {
  if (!isOperatorDocument(operand)) throw invalidOperator('$not', path, onlyEquality);
}

/** `$exists` takes any value as a truth value: only true flags pass, not a constant in clear. */
function requireFlag(operand: Element, path: string): void {
  if (isFlag(operand)) return;
  throw invalidOperator(operand.key, path, 'expected true or false');
}

const numbers: ReadonlySet<number> = new Set<number>([
  BsonType.int,
  BsonType.long,
  BsonType.double,
]);

/** A bool, or the number 0, 1 or -1: what MongoDB's flags, directions and projections are. */
export function isFlag({ type, value }: Element): boolean {
  if (type === BsonType.bool) return true;
  if (!numbers.has(type)) return false;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (type === BsonType.int) return Math.abs(view.getInt32(0, true)) <= 1;
  if (type === BsonType.double) return [0, 1, -1].includes(view.getFloat64(0, true));
  return [0n, 1n, -1n].includes(view.getBigInt64(0, true));
}

/** Operators whose operand is no document: a scalar cannot hold an encrypted field. */
const scalarOperators: ReadonlySet<string> = new Set([
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$type',
  '$size',
  '$mod',
  '$regex',
  '$options',
  '$bitsAllSet',
  '$bitsAllClear',
  '$bitsAnySet',
  '$bitsAnyClear',
]);

/** Operators whose array operand lists numbers or type names, not candidates for equality. */
const listOperators: ReadonlySet<string> = new Set([
  '$type',
  '$mod',
  '$bitsAllSet',
  '$bitsAllClear',
  '$bitsAnySet',
  '$bitsAnyClear',
]);

function isScalar({ type }: Element): boolean {
  return type !== BsonType.object && type !== BsonType.array;
}

function requireScalars(operator: Element, path: string): void {
  if (isScalar(operator)) return;
  const listed = operator.type === BsonType.array && listOperators.has(operator.key);
  if (listed && [...elements(operator.value)].every(isScalar)) return;
  throw invalidOperator(operator.key, path, 'the object has encrypted fields, expected a scalar');
}

/** The operand of an object with encrypted fields: its encrypted members become markings. */
export function rewritePrefixOperand(
  object: Prefix,
  operand: Element,
  path: string,
  findings: Findings,
): Element {
  const rewrite = (literal: Element) =>
    rewriteObject(
      object,
      literal,
      (encryption, member, place) => rewriteEquality(encryption, member, place, findings),
      path,
    );
  if (!isOperatorDocument(operand)) return rewrite(operand);
  return rewriteInside(operand, (operator) => {
    switch (operator.key) {
      case '$eq':
      case '$ne':
        return rewrite(operator);
      case '$in':
      case '$nin':
        requireArray(operator, 'query', path);
        return rewriteInside(operator, rewrite);
      case '$exists':
        requireFlag(operator, path);
        return operator;
      case '$not':
        if (operator.type === BsonType.regex) return operator;
        requireOperators(operator, path);
        return rewritePrefixOperand(object, operator, path, findings);
      default: {
        if (!scalarOperators.has(operator.key)) {
          throw invalidOperator(operator.key, path, describe(object));
        }
        requireScalars(operator, path);
        return operator;
      }
    }
  });
}

/**
 * Below an encrypted value the server sees nothing. Only `$exists` passes, and only where a
 * plaintext could not have had such a field either; elsewhere the answer would silently change.
 */
export function rewriteBelowOperand(
  encryption: Encryption,
  operand: Element,
  path: string,
): Element {
  const rule = describe({ kind: 'below', encryption });
  if (!isOperatorDocument(operand)) throw invalidOperator('equality', path, rule);
  const scalar = isScalarOnly(encryption);
  for (const operator of elements(operand.value)) {
    if (operator.key !== '$exists' || !scalar) throw invalidOperator(operator.key, path, rule);
    requireFlag(operator, path);
  }
  return operand;
}

function isEmpty({ type, value }: Element): boolean {
  if (type === BsonType.null) return true;
  return type === BsonType.array && [...elements(value)].length === 0;
}

/** What a pipeline put together, and what cannot be known: its elements are compared with nothing. */
export function rewriteGatheredOperand(
  target: Extract<Position, { kind: 'array' | 'unknown' }>,
  operand: Element,
  path: string,
): Element {
  const rule = describe(target);
  // A plaintext that is itself an array, or unknown, could be empty or of a size; a ciphertext is not.
  const counted =
    target.kind === 'array' &&
    (target.item.kind === 'prefix' ||
      (target.item.kind === 'encrypted' && isScalarOnly(target.item.encryption)));
  if (!isOperatorDocument(operand)) {
    if (counted && isEmpty(operand)) return operand;
    throw invalidOperator('equality', path, rule);
  }
  for (const operator of elements(operand.value)) {
    const exists = operator.key === '$exists' && !(target.kind === 'unknown' && target.inside);
    if (exists) requireFlag(operator, path);
    if (exists) continue;
    const empty = (operator.key === '$eq' || operator.key === '$ne') && isEmpty(operator);
    if (counted && (empty || (operator.key === '$size' && isScalar(operator)))) continue;
    throw invalidOperator(operator.key, path, rule);
  }
  return operand;
}
