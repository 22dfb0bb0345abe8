// Layer analysis: aggregation expressions. In this version an expression may not touch an encrypted
// field at all; what cannot be shown to stay away from them is refused.
import { BsonType, type Element, elements, readString } from '../bytes/index.ts';
import { isOperatorDocument } from './documents.ts';
import { refusal } from './errors.ts';
import { expressionOperators } from './expression-operators.ts';
import { describe } from './placeholders.ts';
import { resolvePath } from './schema/resolve.ts';
import type { Position } from './schema/tree.ts';

/** Variables that are the whole document: their path is a field path. */
const documentVariables: ReadonlySet<string> = new Set(['ROOT', 'CURRENT']);

function refuseField(where: string, path: string, rule: string): Error {
  return refusal('pipeline', `An expression in ${where} cannot use encrypted fields`, {
    path,
    rule,
  });
}

function requirePlainPath(position: Position, path: string, where: string): void {
  const target = resolvePath(position, path);
  if (target.kind !== 'plain') throw refuseField(where, path, describe(target));
}

/** A string that starts with `$` is a field path, with `$$` a variable and perhaps a path in it. */
function requirePlainString(position: Position, text: string, where: string): void {
  if (!text.startsWith('$')) return;
  if (!text.startsWith('$$')) {
    requirePlainPath(position, text.slice(1), where);
    return;
  }
  const dot = text.indexOf('.');
  const variable = text.slice(2, dot === -1 ? undefined : dot);
  // Every other variable was bound to an expression that has passed this check itself.
  if (!documentVariables.has(variable)) return;
  if (dot === -1) {
    throw refuseField(where, text, 'the whole document has encrypted fields');
  }
  requirePlainPath(position, text.slice(dot + 1), where);
}

/**
 * Throws `AnalysisError` (`pipeline`) unless the expression reads only unencrypted fields.
 * `where` names the stage or operator for the message. `$literal` is taken as it is.
 */
export function requirePlainExpression(
  position: Position,
  expression: Element,
  where: string,
): void {
  if (position.kind === 'plain') return;
  const { type, value } = expression;
  if (type === BsonType.string) {
    requirePlainString(position, readString(value), where);
  } else if (type === BsonType.array) {
    for (const item of elements(value)) requirePlainExpression(position, item, where);
  } else if (type === BsonType.object) {
    const operators = isOperatorDocument(expression);
    for (const member of elements(value)) {
      if (operators || member.key.startsWith('$')) {
        requireOperator(position, member, where);
      } else {
        requirePlainExpression(position, member, where);
      }
    }
  }
}

function requireOperator(position: Position, operator: Element, where: string): void {
  if (operator.key === '$literal') return;
  if (!expressionOperators.has(operator.key)) {
    const statement = `Expression operator not supported with encrypted fields: ${operator.key}`;
    throw refusal('pipeline', statement, { path: where });
  }
  // Named arguments (`$map`, `$cond`, ...) are expressions in an object; their names are no fields.
  requirePlainExpression(position, operator, where);
}
