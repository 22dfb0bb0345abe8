// Layer analysis: stages that change which documents or which parts of them go on: `$unwind`,
// `$replaceRoot`, `$redact`, `$geoNear`.
import { BsonType, type Element, elements, readString } from '../../bytes/index.ts';
import { requireObject, rewriteInside, withValue } from '../documents.ts';
import { refusal } from '../errors.ts';
import { rewriteMatch } from '../match.ts';
import { describe, isScalarOnly } from '../placeholders.ts';
import { asObject, memberPosition, objectOf, withPosition } from '../schema/positions.ts';
import { resolveComponents, resolvePath } from '../schema/resolve.ts';
import { plain, type Position, type SchemaNode } from '../schema/tree.ts';
import { evaluate, evaluatePlain } from './expression.ts';
import { pathOf, refuseUse, type Scope } from './value.ts';

interface Rewritten {
  readonly element: Element;
  readonly position: Position;
}

function notAllowed(where: string, path: string, rule: string): Error {
  return refusal('pipeline', `${where} not allowed on encrypted fields`, { path, rule });
}

function text({ type, value }: Element): string | undefined {
  return type === BsonType.string ? readString(value) : undefined;
}

/** The documents after an array was unwound: one of its elements stands in its place. */
function unwound({ position, where }: Scope, path: string): Position {
  const components = path.split('.');
  const above = resolveComponents(position, components.slice(0, -1), path);
  const target = resolveComponents(position, components, path);
  // An object is passed on as if it were an array of one.
  if (target.kind === 'plain' || (target.kind === 'prefix' && above.kind !== 'array')) {
    return position;
  }
  if (target.kind !== 'array' || above.kind === 'array') {
    throw notAllowed(where, path, describe(target));
  }
  return withPosition(position, components, target.item, path);
}

export function rewriteUnwind(scope: Scope, stage: Element): Rewritten {
  const members = stage.type === BsonType.object ? [...elements(stage.value)] : [];
  const path = text(members.find(({ key }) => key === 'path') ?? stage);
  if (path?.startsWith('$') !== true || path.length < 2) {
    throw notAllowed(scope.where, path ?? '', 'expected the path of an array');
  }
  const position = unwound(scope, path.slice(1));
  const index = members.find(({ key }) => key === 'includeArrayIndex');
  const name = index && text(index);
  if (name === undefined) return { element: stage, position };
  return { element: stage, position: withPosition(position, name.split('.'), plain) };
}

/** `$replaceWith` takes the new root itself, `$replaceRoot` as its member `newRoot`. */
export function rewriteReplaceRoot(scope: Scope, stage: Element): Rewritten {
  let position: Position = plain;
  const read = (expression: Element): Element => {
    const value = evaluate(scope, expression);
    const object = asObject(value.position);
    if (!object) {
      const rule = `${describe(value.position)}, and a document cannot be replaced by it`;
      throw refuseUse(scope, pathOf(expression, stage.key), rule);
    }
    position = objectOf(object.own, object.bases);
    return value.element;
  };
  if (stage.key === '$replaceWith') return { element: read(stage), position };
  requireObject(stage, 'pipeline', stage.key);
  const element = rewriteInside(stage, read);
  return { element, position };
}

/** The expressions that may be the result of a `$cond` or `$switch`, or undefined for anything else. */
function alternatives({ type, value }: Element): Element[] | undefined {
  const [operator] = type === BsonType.object ? elements(value) : [];
  if (operator?.type !== BsonType.object && operator?.type !== BsonType.array) return undefined;
  const parts = [...elements(operator.value)];
  if (operator.key === '$cond') return parts.filter(({ key }) => key !== '0' && key !== 'if');
  if (operator.key !== '$switch') return undefined;
  return parts.flatMap((part) => {
    if (part.key !== 'branches' || part.type !== BsonType.array) return [part];
    return [...elements(part.value)].flatMap((branch) =>
      branch.type === BsonType.object
        ? [...elements(branch.value)].filter(({ key }) => key === 'then')
        : [branch],
    );
  });
}

/** Whether a level below may be looked at. Only these two variables surely stop: a text may descend. */
function mayDescend(expression: Element): boolean {
  const name = text(expression);
  if (name === '$$KEEP' || name === '$$PRUNE') return false;
  return alternatives(expression)?.some(mayDescend) ?? true;
}

/** Objects below, at whatever level `$$DESCEND` may lead to, and whether it could enter a plaintext. */
function levels(position: Position): Position[] {
  const children: Position[] = [];
  if (position.kind === 'array') children.push(position.item);
  if (position.kind === 'prefix') {
    children.push(...position.own.values());
    for (const { properties, patterns, additional } of position.bases.flat()) {
      for (const name of properties.keys()) children.push(memberPosition(position, name, name));
      const open = [...patterns.map(({ node }) => node), ...(additional ? [additional] : [])];
      children.push(...open.map((node: SchemaNode) => positionOf(node)));
    }
  }
  return [position, ...children.flatMap(levels)];
}

function positionOf(node: SchemaNode): Position {
  return node.kind === 'object' ? objectOf(new Map(), [[node]]) : node;
}

/** With `$$DESCEND` the same paths are read again inside every object: they must be plain at each level. */
export function rewriteRedact(scope: Scope, stage: Element): Rewritten {
  const { position } = scope;
  if (!mayDescend(stage)) {
    return { element: evaluatePlain(scope, stage), position };
  }
  for (const level of levels(position)) {
    if (
      level.kind === 'unknown' ||
      (level.kind === 'encrypted' && !isScalarOnly(level.encryption))
    ) {
      const rule = '`$$DESCEND` would enter the plaintext of a field, but not its ciphertext';
      throw notAllowed(scope.where, stage.key, rule);
    }
    if (level.kind !== 'prefix') continue;
    if (evaluatePlain({ ...scope, position: level }, stage) === stage) continue;
    const rule = '`$$DESCEND` compares at every level, and not at each with an encrypted field';
    throw notAllowed(scope.where, stage.key, rule);
  }
  return { element: stage, position };
}

export function rewriteGeoNear(scope: Scope, stage: Element): Rewritten {
  let { position } = scope;
  requireObject(stage, 'pipeline', stage.key);
  const element = rewriteInside(stage, (member) => {
    switch (member.key) {
      case 'query': {
        const filter = requireObject(member, 'pipeline', stage.key);
        return withValue(member, rewriteMatch(scope.position, filter, scope.findings));
      }
      case 'key':
      case 'distanceField':
      case 'includeLocs': {
        const path = text(member) ?? '';
        const target = resolvePath(position, path);
        if (target.kind !== 'plain') throw notAllowed(scope.where, path, describe(target));
        position = withPosition(position, path.split('.'), plain);
        return member;
      }
      default:
        return evaluatePlain(scope, member);
    }
  });
  return { element, position };
}
