// Layer analysis: `$group`, `$sortByCount`, `$bucket` and `$bucketAuto`. Equal plaintexts have equal
// Deterministic ciphertexts, so they group alike; nothing else is computed from them.
import type { Element } from '../../bytes/index.ts';
import { requireObject, rewriteInside } from '../documents.ts';
import { refusal } from '../errors.ts';
import { describe } from '../placeholders.ts';
import { arrayOf, memberPosition, objectOf } from '../schema/positions.ts';
import { plain, type Position, type Prefix } from '../schema/tree.ts';
import { isComparable, noteCompared } from './comparisons.ts';
import { evaluate, evaluatePlain } from './expression.ts';
import { pathOf, refuseUse, type Scope } from './value.ts';

interface Rewritten {
  readonly element: Element;
  readonly position: Position;
}

/** Every member that an object may have and that may be encrypted. */
function members(object: Prefix): Position[] {
  const nodes = object.bases.flat();
  const names = nodes.flatMap(({ properties }) => [...properties.keys()]);
  const open = nodes.flatMap(({ patterns, additional }) => [
    ...patterns.map(({ node }) => node),
    ...(additional ? [additional] : []),
  ]);
  return [
    ...[...object.own.keys(), ...names].map((name) => memberPosition(object, name, name)),
    ...open.map((node): Position =>
      node.kind === 'object' ? objectOf(new Map(), [[node]]) : node,
    ),
  ];
}

/** Values that are told apart by their bytes: what is plain, Deterministic, or an object of such. */
function requireDistinguishable(scope: Scope, position: Position, path: string): void {
  switch (position.kind) {
    case 'plain':
      return;
    case 'array':
      requireDistinguishable(scope, position.item, path);
      return;
    case 'prefix':
      for (const member of members(position)) requireDistinguishable(scope, member, path);
      return;
    case 'encrypted':
      if (isComparable(position.encryption)) {
        noteCompared(position.encryption, scope.findings);
        return;
      }
      throw refuseUse(
        scope,
        path,
        'equal values have different ciphertexts in fields encrypted with the randomized encryption',
      );
    default:
      throw refuseUse(scope, path, describe(position));
  }
}

function groupKey(scope: Scope, key: Element): Rewritten {
  const { element, position } = evaluate(scope, key);
  requireDistinguishable(scope, position, pathOf(key, scope.where));
  return { element, position };
}

type Accumulate = (scope: Scope, operator: Element) => Rewritten;

const carried: Accumulate = (scope, operator) => evaluate(scope, operator);

const gathered: Accumulate = (scope, operator) => {
  const { element, position } = evaluate(scope, operator);
  return { element, position: arrayOf(position) };
};

const distinct: Accumulate = (scope, operator) => {
  const { element, position } = groupKey(scope, operator);
  return { element, position: arrayOf(position) };
};

const computed: Accumulate = (scope, operator) => ({
  element: evaluatePlain({ ...scope, where: `${scope.where} (${operator.key})` }, operator),
  position: plain,
});

const accumulators: ReadonlyMap<string, Accumulate> = new Map([
  ['$push', gathered],
  ['$addToSet', distinct],
  ['$first', carried],
  ['$last', carried],
  ...['$avg', '$count', '$max', '$mergeObjects', '$min', '$stdDevPop', '$stdDevSamp', '$sum'].map(
    (name): [string, Accumulate] => [name, computed],
  ),
]);

function rewriteAccumulators(scope: Scope, field: Element): Rewritten {
  let position: Position = plain;
  requireObject(field, 'pipeline', scope.where);
  const element = rewriteInside(field, (operator) => {
    const accumulate = accumulators.get(operator.key);
    if (!accumulate) {
      const statement = `Accumulator not supported with encrypted fields: ${operator.key}`;
      throw refusal('pipeline', statement, { path: `${scope.where}.${field.key}` });
    }
    const result = accumulate(scope, operator);
    position = result.position;
    return result.element;
  });
  return { element, position };
}

export function rewriteGroup(scope: Scope, stage: Element): Rewritten {
  requireObject(stage, 'pipeline', stage.key);
  const own = new Map<string, Position>();
  const element = rewriteInside(stage, (field) => {
    const result = field.key === '_id' ? groupKey(scope, field) : rewriteAccumulators(scope, field);
    own.set(field.key, result.position);
    return result.element;
  });
  return { element, position: objectOf(own) };
}

export function rewriteSortByCount(scope: Scope, stage: Element): Rewritten {
  const { element, position } = groupKey(scope, stage);
  return { element, position: objectOf(new Map([['_id', position]])) };
}

/** Boundaries compare, so what is grouped by must be plain. */
export function rewriteBucket(scope: Scope, stage: Element): Rewritten {
  const own = new Map<string, Position>();
  requireObject(stage, 'pipeline', stage.key);
  const element = rewriteInside(stage, (member) => {
    if (member.key !== 'output') return evaluatePlain(scope, member);
    requireObject(member, 'pipeline', stage.key);
    return rewriteInside(member, (field) => {
      const result = rewriteAccumulators(scope, field);
      own.set(field.key, result.position);
      return result.element;
    });
  });
  return { element, position: objectOf(own) };
}
