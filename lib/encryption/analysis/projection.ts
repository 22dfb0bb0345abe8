// Layer analysis: projections (`projection`, `fields`, `$project`) and computed fields (`$addFields`).
// Including or excluding an encrypted field is harmless; computing with one is refused.
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { isOperatorDocument, requireObject } from './documents.ts';
import { refusal } from './errors.ts';
import { requirePlainExpression } from './expression.ts';
import { isFlag } from './match-operators.ts';
import { describe, isScalarOnly } from './placeholders.ts';
import { resolveComponents } from './schema/resolve.ts';
import { plain, type Position } from './schema/tree.ts';

/** Projection operators of `find`; their operands are numbers, names or conditions below the path. */
const findOperators: ReadonlySet<string> = new Set(['$slice', '$elemMatch', '$meta']);

/** Positional components select array elements, and encrypted fields are never below an array. */
function target(position: Position, components: readonly string[], path: string): Position {
  const positional = components.findIndex((name) => name.startsWith('$'));
  if (positional === -1) return resolveComponents(position, components, path);
  const above = resolveComponents(position, components.slice(0, positional), path);
  if (above.kind === 'plain') return plain;
  throw refusal('query', 'A positional projection cannot select from encrypted fields', { path });
}

function requirePlainTarget(
  position: Position,
  components: readonly string[],
  path: string,
  where: string,
): void {
  const found = target(position, components, path);
  if (found.kind === 'plain') return;
  throw refusal('pipeline', `${where} cannot compute an encrypted field`, {
    path,
    rule: describe(found),
  });
}

/** A part of a ciphertext cannot be selected: the reply would have too little or too much. */
function requireSelectable(found: Position, path: string): void {
  if (found.kind !== 'below' || isScalarOnly(found.encryption)) return;
  throw refusal('query', 'A projection cannot select a part of an encrypted field', { path });
}

interface Rules {
  readonly where: string;
  /** Whether a flag selects a field (`$project`) or is the constant 0, 1, true (`$addFields`). */
  readonly selects: boolean;
}

function requireSpecification(
  position: Position,
  document: Uint8Array,
  rules: Rules,
  above: readonly string[],
): void {
  for (const element of elements(document)) {
    const components = [...above, ...element.key.split('.')];
    const path = components.join('.');
    if (rules.selects && isFlag(element)) {
      requireSelectable(target(position, components, path), path);
    } else if (element.type === BsonType.object && !isOperatorDocument(element)) {
      requireSpecification(position, element.value, rules, components);
    } else {
      requirePlainTarget(position, components, path, rules.where);
      requireComputed(position, element, rules.where);
    }
  }
}

function requireComputed(position: Position, element: Element, where: string): void {
  if (isOperatorDocument(element) && where === 'projection') {
    const operators = [...elements(element.value)];
    if (operators.every(({ key }) => findOperators.has(key))) return;
  }
  requirePlainExpression(position, element, where);
}

/**
 * Throws `AnalysisError` when a projection computes with or into an encrypted field. `where` is
 * `projection` for `find` and `findAndModify`, or the name of the stage.
 */
export function requirePlainProjection(
  position: Position,
  projection: Element,
  where: string,
): void {
  if (position.kind === 'plain') return;
  const document = requireObject(projection, 'query', where);
  requireSpecification(position, document, { where, selects: true }, []);
}

/** The same for `$addFields`, where every member is computed. Throws `AnalysisError`. */
export function requirePlainFields(position: Position, fields: Element, where: string): void {
  if (position.kind === 'plain') return;
  const document = requireObject(fields, 'pipeline', where);
  requireSpecification(position, document, { where, selects: false }, []);
}
