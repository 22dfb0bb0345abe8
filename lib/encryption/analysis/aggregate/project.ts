// Layer analysis: projections of `find`, `$project`, `$addFields` and `$unset`: what they select and compute,
// and what is known about the documents that come out.
import { BsonType, type Element, elements, readString } from '../../bytes/index.ts';
import { isOperatorDocument, requireArray, requireObject, rewriteInside } from '../documents.ts';
import { refusal } from '../errors.ts';
import { requirePlainOperand } from '../match.ts';
import { isFlag } from '../match-operators.ts';
import { requireSelectable, selected } from '../projection.ts';
import { describe, type Findings } from '../placeholders.ts';
import { withPosition } from '../schema/positions.ts';
import { resolveComponents } from '../schema/resolve.ts';
import type { Position } from '../schema/tree.ts';
import { evaluate } from './expression.ts';
import type { Scope, Value } from './value.ts';

/** Projection operators of `find`; their operands are numbers, names or conditions below the path. */
const findOperators: ReadonlySet<string> = new Set(['$slice', '$elemMatch', '$meta']);

const numbers: ReadonlySet<number> = new Set<number>([
  BsonType.int,
  BsonType.long,
  BsonType.double,
  BsonType.decimal,
]);

interface Write {
  readonly components: readonly string[];
  readonly value: Value;
}

interface Specification {
  readonly scope: Scope;
  /** `find` has operators of its own; `$addFields` takes a flag for a constant. */
  readonly kind: 'find' | '$project' | '$addFields';
  readonly writes: Write[];
}

function refuseTarget({ where }: Scope, path: string, rule: string): Error {
  return refusal('pipeline', `${where} cannot compute an encrypted field`, { path, rule });
}

/** What a nested object can stand for: an object, or a scalar that is replaced by one. */
function requireObjectTarget(scope: Scope, components: readonly string[], path: string): void {
  const target = resolveComponents(scope.position, components, path);
  if (target.kind === 'plain' || target.kind === 'prefix' || target.kind === 'array') return;
  throw refuseTarget(scope, path, describe(target));
}

function requirePlainTarget(scope: Scope, components: readonly string[], path: string): void {
  const target = selected(scope.position, components, path);
  if (target.kind !== 'plain') throw refuseTarget(scope, path, describe(target));
}

function isFindOperator({ kind }: Specification, element: Element): boolean {
  if (kind !== 'find' || !isOperatorDocument(element)) return false;
  return [...elements(element.value)].every(({ key }) => findOperators.has(key));
}

function rewriteMember(
  specification: Specification,
  element: Element,
  above: readonly string[],
): Element {
  const { scope, kind, writes } = specification;
  const components = [...above, ...element.key.split('.')];
  const path = components.join('.');
  if (kind !== '$addFields' && isFlag(element)) {
    requireSelectable(selected(scope.position, components, path), path);
    return element;
  }
  const ofFind = isFindOperator(specification, element);
  // `$elemMatch` holds a condition: it cannot bring in code, or an expression on the whole document.
  if (ofFind) requirePlainOperand(element, path);
  // Any other number selects too, yet at an encrypted path it could be its value.
  if (ofFind || (kind !== '$addFields' && numbers.has(element.type))) {
    requirePlainTarget(scope, components, path);
    return element;
  }
  if (element.type === BsonType.object && !isOperatorDocument(element)) {
    requireObjectTarget(scope, components, path);
    return rewriteInside(element, (member) => rewriteMember(specification, member, components));
  }
  const value = evaluate(scope, element);
  writes.push({ components, value });
  return value.element;
}

/** A stage or projection that computes fields, and the position of the documents it makes. */
function rewriteFields(
  specification: Omit<Specification, 'writes'>,
  element: Element,
): { element: Element; position: Position } {
  const writes: Write[] = [];
  const { scope, kind } = specification;
  requireObject(element, kind === 'find' ? 'query' : 'pipeline', scope.where);
  const rewritten = rewriteInside(element, (member) =>
    rewriteMember({ ...specification, writes }, member, []),
  );
  // Fields that are left out keep their schema: a constant compared with them is still encrypted.
  const position = writes.reduce<Position>(
    (before, { components, value }) =>
      value.nothing === 'missing'
        ? before
        : withPosition(before, components, value.position, components.join('.')),
    scope.position,
  );
  return { element: rewritten, position };
}

/** The projection of `find` and the `fields` of findAndModify. Throws `AnalysisError`. */
export function rewriteProjection(
  position: Position,
  projection: Element,
  findings: Findings,
): Element {
  if (position.kind === 'plain') return projection;
  const scope = { position, where: 'projection', findings };
  return rewriteFields({ scope, kind: 'find' }, projection).element;
}

export function rewriteProject(scope: Scope, stage: Element) {
  return rewriteFields({ scope, kind: '$project' }, stage);
}

export function rewriteAddFields(scope: Scope, stage: Element) {
  return rewriteFields({ scope, kind: '$addFields' }, stage);
}

/** Dropping a field is harmless; a part of a ciphertext cannot be dropped. */
export function requireDroppable({ position }: Scope, stage: Element): void {
  const names =
    stage.type === BsonType.string
      ? [stage]
      : [...elements(requireArray(stage, 'pipeline', stage.key))];
  for (const { type, value } of names) {
    if (type !== BsonType.string) continue;
    const path = readString(value);
    requireSelectable(selected(position, path.split('.'), path), path);
  }
}
