// Layer analysis: expressions that the server keeps and applies itself (validator of create and
// collMod, partialFilterExpression of an index). They compare ciphertext, so constants are refused.
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { requireArray, requireObject } from './documents.ts';
import { refusal } from './errors.ts';
import { evaluatePlain } from './aggregate/expression.ts';
import { requirePlainOperand, unsupportedOperator } from './match.ts';
import { isFlag } from './match-operators.ts';
import { describe, newFindings } from './placeholders.ts';
import { keywords } from './schema/keywords.ts';
import { resolvePath } from './schema/resolve.ts';
import { memberPosition } from './schema/positions.ts';
import type { Position, Prefix } from './schema/tree.ts';

function comparison(path: string, rule: string): Error {
  return refusal('query', 'Comparison to encrypted fields not supported', { path, rule });
}

/** Whether a name occurs anywhere among the field names of a document. */
export function hasName(document: Uint8Array, wanted: (name: string) => boolean): boolean {
  for (const { key, type, value } of elements(document)) {
    if (wanted(key)) return true;
    const inside = type === BsonType.object || type === BsonType.array;
    if (inside && hasName(value, wanted)) return true;
  }
  return false;
}

export function isEncryptKeyword(name: string): boolean {
  return name === 'encrypt' || name === 'encryptMetadata';
}

function isComparing(name: string): boolean {
  return keywords.get(name)?.compares ?? false;
}

/** Keywords that say about an encrypted field what a ciphertext fulfils too. */
const aboutCiphertext: ReadonlySet<string> = new Set([
  'bsonType',
  'type',
  'title',
  'description',
  'encrypt',
]);

function requireFieldSchema(object: Prefix, field: Element, path: string): void {
  const child = memberPosition(object, field.key, path);
  if (child.kind === 'plain' || field.type !== BsonType.object) return;
  if (child.kind === 'prefix') {
    requirePlainSchema(child, field.value, path);
    return;
  }
  for (const { key } of elements(field.value)) {
    if (!aboutCiphertext.has(key)) throw comparison(path, `\`${key}\` in $jsonSchema`);
  }
}

/**
 * Throws `AnalysisError` when a `$jsonSchema` compares an encrypted field with a constant. Types
 * are allowed: `bsonType: 'binData'` is how a collection refuses the field in clear.
 */
function requirePlainSchema(object: Prefix, schema: Uint8Array, path: string): void {
  for (const { key, type, value } of elements(schema)) {
    const inside = type === BsonType.object || type === BsonType.array;
    if (key === 'properties' && type === BsonType.object) {
      for (const field of elements(value)) {
        requireFieldSchema(object, field, path === '' ? field.key : `${path}.${field.key}`);
      }
    } else if (key === 'allOf' || key === 'anyOf' || key === 'oneOf') {
      if (!inside) continue;
      for (const branch of elements(value)) {
        if (branch.type === BsonType.object) requirePlainSchema(object, branch.value, path);
      }
    } else if (key === 'not' && type === BsonType.object) {
      requirePlainSchema(object, value, path);
    } else if (isComparing(key) || (inside && hasName(value, isComparing))) {
      throw comparison(path, `\`${key}\` in $jsonSchema`);
    }
  }
}

/** An expression that is kept cannot have markings in it. */
function requireNothingEncrypted(position: Position, expression: Element): void {
  const findings = newFindings();
  evaluatePlain({ position, where: '$expr', findings }, expression);
  if (findings.placeholders > 0) throw comparison('$expr', 'a kept expression has no constants');
}

function requirePlainField(position: Position, element: Element): void {
  const path = element.key;
  const target = resolvePath(position, path);
  if (target.kind === 'plain') {
    requirePlainOperand(element, path);
    return;
  }
  if (element.type === BsonType.object && target.kind !== 'below') {
    const operators = [...elements(element.value)];
    const exists = operators.every((operator) => operator.key === '$exists' && isFlag(operator));
    if (exists && operators.length > 0) return;
  }
  throw comparison(path, describe(target));
}

/**
 * Throws `AnalysisError` when a kept expression refers to an encrypted field. `$exists` is allowed
 * (a unique partial index needs it), and a `$jsonSchema` that compares no constants.
 */
export function requirePlainCondition(position: Position, condition: Uint8Array): void {
  if (position.kind !== 'prefix') return;
  for (const element of elements(condition)) {
    switch (element.key) {
      case '$and':
      case '$or':
      case '$nor':
        for (const branch of elements(requireArray(element, 'query', element.key))) {
          requirePlainCondition(position, requireObject(branch, 'query', element.key));
        }
        break;
      case '$jsonSchema':
        requirePlainSchema(position, requireObject(element, 'query', element.key), '');
        break;
      case '$expr':
        requireNothingEncrypted(position, element);
        break;
      case '$comment':
        break;
      default:
        if (element.key.startsWith('$')) throw unsupportedOperator(element.key);
        requirePlainField(position, element);
    }
  }
}
