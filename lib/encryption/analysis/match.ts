// Layer analysis: match expressions (filters, `$match`, the `q` of writes).
// Walks the query; what an operator may do to an encrypted field is in match-operators.ts.
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { evaluatePlain } from './aggregate/expression.ts';
import {
  isOperatorDocument,
  requireArray,
  requireObject,
  rewriteDocument,
  rewriteInside,
  withValue,
} from './documents.ts';
import { refusal } from './errors.ts';
import {
  rewriteEncryptedOperand,
  rewriteGatheredOperand,
  rewritePrefixOperand,
  rewriteBelowOperand,
} from './match-operators.ts';
import type { Findings } from './placeholders.ts';
import { resolvePath } from './schema/resolve.ts';
import type { Position } from './schema/tree.ts';

/** Pass as they are: they compare nothing. */
const harmless: ReadonlySet<string> = new Set([
  '$comment',
  '$alwaysTrue',
  '$alwaysFalse',
  '$sampleRate',
]);

/** Evaluate a whole document or run code: undecidable wherever a schema encrypts. */
const undecidable: ReadonlySet<string> = new Set(['$where', '$text', '$jsonSchema', '$expr']);

export function unsupportedOperator(operator: string, path?: string): Error {
  return refusal('query', `Unsupported match expression operator for encryption: ${operator}`, {
    ...(path === undefined ? {} : { path }),
  });
}

/**
 * Conditions on an unencrypted field pass, but cannot bring in code or a schema.
 * Throws `AnalysisError` (`query`).
 */
export function requirePlainOperand(element: Element, path: string): void {
  if (element.type !== BsonType.object && element.type !== BsonType.array) return;
  for (const inner of elements(element.value)) {
    if (undecidable.has(inner.key)) throw unsupportedOperator(inner.key, path);
    requirePlainOperand(inner, path);
  }
}

function rewriteField(position: Position, element: Element, findings: Findings): Element {
  const path = element.key;
  const target = resolvePath(position, path);
  if (target.kind === 'plain') {
    if (isOperatorDocument(element)) requirePlainOperand(element, path);
    return element;
  }
  switch (target.kind) {
    case 'encrypted':
      return rewriteEncryptedOperand(target.encryption, element, path, findings);
    case 'prefix':
      return rewritePrefixOperand(target, element, path, findings);
    case 'below':
      return rewriteBelowOperand(target.encryption, element, path);
    case 'array':
    case 'unknown':
      return rewriteGatheredOperand(target, element, path);
  }
}

function rewriteOperator(position: Position, element: Element, findings: Findings): Element {
  switch (element.key) {
    case '$and':
    case '$or':
    case '$nor':
      requireArray(element, 'query', element.key);
      return rewriteInside(element, (branch) =>
        withValue(
          branch,
          rewriteMatch(position, requireObject(branch, 'query', element.key), findings),
        ),
      );
    case '$expr':
      return evaluatePlain({ position, where: '$expr', findings }, element);
    default:
      if (harmless.has(element.key)) return element;
      throw unsupportedOperator(element.key);
  }
}

/**
 * Rewrites a match expression so that every constant compared with an encrypted field is a
 * marking. `position` is that of the documents which are matched. Nesting is bounded by the scan of
 * the whole command. Throws `AnalysisError` for whatever cannot be decided (rules D.2).
 */
export function rewriteMatch(
  position: Position,
  filter: Uint8Array,
  findings: Findings,
): Uint8Array {
  if (position.kind === 'plain') return filter;
  return rewriteDocument(filter, (element) =>
    element.key.startsWith('$')
      ? rewriteOperator(position, element, findings)
      : rewriteField(position, element, findings),
  );
}
