// Test inputs of layer analysis: random match expressions on documents of a known shape.
import type { Document } from 'bson';
import { Int32 } from 'bson';
import { constantFor } from './constants.ts';
import { condition, type Scope, somePathExpression } from './random-expressions.ts';
import { holdsSecret, isDeterministic, paths, type Shape, somePath } from './shapes.ts';

const isPlainLeaf = (shape: Shape): boolean => shape.kind === 'leaf' && !shape.secret;

function equality(scope: Scope, shape: Shape): unknown {
  const { choices } = scope;
  const one = () => constantFor(choices, shape);
  return choices.weighted<() => unknown>([
    [5, one],
    [2, () => ({ $eq: one() })],
    [2, () => ({ $ne: one() })],
    [3, () => ({ $in: choices.many(0, 3, one) })],
    [1, () => ({ $nin: choices.many(1, 2, one) })],
    [1, () => ({ $not: { $eq: one() } })],
    [1, () => ({ $exists: choices.chance(50), $ne: one() })],
  ])();
}

function wildPredicate(scope: Scope, shape: Shape): unknown {
  const { choices } = scope;
  const secret = constantFor(choices, shape);
  return choices.pick<unknown>([
    { $exists: true },
    { $exists: false },
    null,
    { $ne: null },
    { $in: [null, secret] },
    { $gt: secret },
    { $lte: secret },
    { $not: { $gt: secret } },
    { $all: [secret] },
    { $elemMatch: { $eq: secret } },
    { $type: 'string' },
    { $size: new Int32(1) },
    [secret],
    shape.kind === 'object' ? { $nin: [secret] } : { $eq: { x: secret } },
  ]);
}

function plainPredicate(scope: Scope, shape: Shape): unknown {
  const { choices } = scope;
  const one = constantFor(choices, shape);
  return choices.weighted<unknown>([
    [3, one],
    [2, { $gte: one }],
    [1, { $lt: one }],
    [2, { $ne: one }],
    [1, { $exists: true }],
    [1, null],
    [1, { $type: 'int' }],
    [1, { $elemMatch: { $ne: one } }],
    [1, { $size: new Int32(2) }],
    [1, { $in: [one, null] }],
  ]);
}

function objectPredicate(scope: Scope, shape: Shape): unknown {
  const { choices } = scope;
  const one = () => constantFor(choices, shape);
  return choices.weighted<() => unknown>([
    [3, one],
    [1, () => ({ $ne: one() })],
    [1, () => ({ $in: choices.many(1, 2, one) })],
    [1, () => ({ $exists: true })],
    [1, () => ({ $type: 'object' })],
    [1, () => null],
    [1, () => ({ $gt: one() })],
    [1, () => ({ $elemMatch: one() })],
  ])();
}

const isOneOf = (known: readonly string[]) => (_: Shape, path: string) =>
  known.some((each) => path === each || path.startsWith(`${each}.`));

function field(scope: Scope): Document {
  const { choices, root, touched } = scope;
  const written = choices.chance(55) ? somePath(choices, root, isOneOf(touched)) : undefined;
  const takes = choices.weighted<(shape: Shape) => boolean>([
    [7, isDeterministic],
    [3, isPlainLeaf],
    [1, (shape) => shape.kind === 'object'],
    [1, (shape) => shape.kind === 'array'],
    [1, holdsSecret],
  ]);
  const found = written ?? somePath(choices, root, takes) ?? somePath(choices, root, () => true);
  if (!found) return {};
  const [path, shape] = found;
  const spelled = shape.kind !== 'object' && choices.chance(4) ? oddPath(scope, path) : path;
  if (choices.chance(10)) return { [spelled]: wildPredicate(scope, shape) };
  if (shape.kind === 'object') return { [spelled]: objectPredicate(scope, shape) };
  if (holdsSecret(shape)) return { [spelled]: equality(scope, shape) };
  return { [spelled]: plainPredicate(scope, shape) };
}

/** Positions in arrays, and paths below something that has no members. */
function oddPath({ choices }: Scope, path: string): string {
  const [first = '', ...rest] = path.split('.');
  return choices.pick([[first, '0', ...rest].join('.'), `${path}.0`, `${path}.x`, `${path}.deep`]);
}

/** A filter for `find` or `$match`. */
export function filter(scope: Scope, depth: number): Document {
  const { choices } = scope;
  return choices.weighted<() => Document>([
    [8, () => field(scope)],
    [2, () => ({ ...field(scope), ...field(scope) })],
    [
      depth > 0 ? 3 : 0,
      () => ({
        [choices.pick(['$and', '$or', '$nor'])]: choices.many(1, 2, () => filter(scope, depth - 1)),
      }),
    ],
    [4, () => ({ $expr: condition(scope, 2).value })],
    [1, () => ({ $expr: somePathExpression(scope).value })],
    [paths(scope.root).length > 0 ? 1 : 0, () => ({})],
  ])();
}
