// Test inputs of layer analysis: random aggregation expressions, most of them sensible and some of
// them wild, each with what its value would be. Constants beside an encrypted field are secret.
import { Int32 } from 'bson';
import type { Choices } from './choices.ts';
import { constantFor, someValue } from './constants.ts';
import {
  array,
  at,
  either,
  empty,
  holdsSecret,
  isDeterministic,
  leaf,
  merged,
  mixed,
  object,
  paths,
  type Shape,
  somePath,
} from './shapes.ts';

export interface Scope {
  readonly choices: Choices;
  readonly root: Shape;
  readonly variables: ReadonlyMap<string, Shape>;
  /** Whether the order of documents is a matter of ciphertexts, so that nothing may depend on it. */
  readonly scrambled: boolean;
  /** Whether a stage has sorted by a unique field, so that first and last mean something. */
  readonly sorted: boolean;
  /** Paths that stages before have written: what is known about them must have changed. */
  readonly touched: readonly string[];
}

export interface Typed {
  readonly value: unknown;
  readonly shape: Shape;
}

type Make = (scope: Scope, depth: number) => Typed;

const truth = leaf('bool');
const bool = (value: unknown): Typed => ({ value, shape: truth });

/** What comes of an operator that no rule follows: anything, if something secret went in. */
function outcome(value: unknown, args: readonly Typed[], plain: Shape): Typed {
  return { value, shape: args.some(({ shape }) => holdsSecret(shape)) ? mixed : plain };
}

/** A path in one of its spellings, or a variable. */
function reference(
  scope: Scope,
  takes: (shape: Shape, path: string) => boolean,
): Typed | undefined {
  const { choices, root, variables } = scope;
  const inVariables = [...variables].flatMap(([name, shape]): [string, Shape][] => [
    ...(takes(shape, name) ? [[`$$${name}`, shape] as [string, Shape]] : []),
    ...paths(shape)
      .filter(([path, each]) => takes(each, path))
      .map(([path, each]): [string, Shape] => [`$$${name}.${path}`, each]),
  ]);
  if (inVariables.length > 0 && choices.chance(50)) {
    const [value, shape] = choices.pick(inVariables);
    return { value, shape };
  }
  const found = somePath(choices, root, takes);
  if (!found) return undefined;
  const spelling = choices.weighted([
    [8, '$'],
    [1, '$$ROOT.'],
    [1, '$$CURRENT.'],
  ]);
  return { value: spelling + found[0], shape: at(root, found[0]) };
}

function path(scope: Scope, takes: (shape: Shape, path: string) => boolean = () => true): Typed {
  return reference(scope, takes) ?? constant(scope);
}

/** A constant that is compared with nothing: open, hence never beside an encrypted field. */
function constant({ choices }: Scope): Typed {
  if (choices.chance(5)) return { value: { $literal: '$a' }, shape: leaf('string') };
  const type = choices.pick(['string', 'int', 'bool', 'array', 'object'] as const);
  const value = someValue(choices, type, false);
  const shape =
    type === 'array'
      ? array(leaf('string'))
      : type === 'object'
        ? object([['p', leaf('string')]])
        : leaf(type);
  return { value: choices.chance(40) ? { $literal: value } : value, shape };
}

const operand = ({ choices }: Scope, value: unknown): unknown =>
  choices.chance(30) ? { $literal: value } : value;

/** Equality of an encrypted field with a constant of its type, or with another field. */
const equality: Make = (scope) => {
  const { choices } = scope;
  const field = path(scope, choices.chance(92) ? isDeterministic : holdsSecret);
  const one = () => operand(scope, constantFor(choices, field.shape));
  const operator = choices.pick(['$eq', '$ne']);
  return bool(
    choices.weighted<() => unknown>([
      [5, () => ({ [operator]: [field.value, one()] })],
      [3, () => ({ [operator]: [one(), field.value] })],
      [4, () => ({ $in: [field.value, choices.many(0, 3, one)] })],
      [3, () => ({ [operator]: [field.value, path(scope, isDeterministic).value] })],
      [1, () => ({ [operator]: [{ x: field.value }, { x: one() }] })],
      [1, () => ({ [operator]: [[field.value], [one()]] })],
    ])(),
  );
};

const plainComparison: Make = (scope) => {
  const { choices } = scope;
  const field = path(scope, (shape) => shape.kind === 'leaf' && !holdsSecret(shape));
  const one = () => operand(scope, constantFor(choices, field.shape));
  const operator = choices.pick(['$eq', '$ne', '$gt', '$lte', '$cmp']);
  return bool(
    choices.chance(25)
      ? { $in: [field.value, choices.many(0, 2, one)] }
      : { [operator]: [field.value, one()] },
  );
};

/** What people write to ask whether a field is there, and how a ciphertext would answer otherwise. */
const presence: Make = (scope) => {
  const { choices } = scope;
  const { value } = path(scope);
  return bool(
    choices.pick<unknown>([
      { $eq: [value, null] },
      { $gt: [value, null] },
      { $eq: [{ $type: value }, 'missing'] },
      { $eq: [{ $type: value }, 'string'] },
      { $eq: [{ $ifNull: [value, null] }, null] },
      { $ne: [value, '$$REMOVE'] },
      { $not: [value] },
      { $and: [value, true] },
      { $or: [value, false] },
      { $isArray: [value] },
      { $isNumber: value },
      { $toBool: value },
      { $anyElementTrue: [[value]] },
    ]),
  );
};

const wildComparison: Make = (scope) => {
  const { choices } = scope;
  const field = path(scope, holdsSecret);
  const secret = constantFor(choices, field.shape);
  const other = path(scope);
  return bool(
    choices.pick<unknown>([
      { $gt: [field.value, secret] },
      { $lte: [secret, field.value] },
      { $cmp: [field.value, secret] },
      { $in: [secret, field.value] },
      { $in: [secret, [field.value]] },
      { $in: [field.value, other.value] },
      { $in: [other.value, [field.value]] },
      { $setEquals: [[field.value], [secret]] },
      { $setIsSubset: [[secret], [field.value]] },
      { $eq: [field.value, other.value] },
      { $eq: [{ $toString: field.value }, secret] },
      { $eq: [{ $ifNull: [field.value, secret] }, secret] },
      { $eq: [{ $cond: [true, field.value, other.value] }, secret] },
      { $eq: [{ $concat: [field.value] }, secret] },
      { $eq: [{ $arrayElemAt: [[field.value], 0] }, secret] },
      { $eq: [{ $first: [[field.value]] }, secret] },
      {
        $eq: [
          { $getField: { field: 'a', input: '$$ROOT' } },
          constantFor(choices, at(scope.root, 'a')),
        ],
      },
      { $eq: [{ $let: { vars: { v: field.value }, in: '$$v' } }, secret] },
      { $eq: [{ $mergeObjects: ['$$ROOT'] }, other.value] },
      { $regexMatch: { input: field.value, regex: secret } },
      { $gte: [{ $indexOfArray: [[field.value], secret] }, new Int32(0)] },
      { $strcasecmp: [field.value, secret] },
    ]),
  );
};

const logical: Make = (scope, depth) => {
  const { choices } = scope;
  const inner = () => condition(scope, depth - 1).value;
  return bool(
    choices.pick<() => unknown>([
      () => ({ $and: choices.many(0, 2, inner) }),
      () => ({ $or: choices.many(0, 2, inner) }),
      () => ({ $not: [inner()] }),
      () => ({ $eq: [inner(), true] }),
    ])(),
  );
};

/** Something true or false. */
export function condition(scope: Scope, depth: number): Typed {
  const make = scope.choices.weighted<Make>([
    [3, plainComparison],
    [8, equality],
    [depth > 0 ? 3 : 0, logical],
    [1, presence],
    [1, wildComparison],
    [1, (inner) => bool(path(inner).value)],
  ]);
  return make(scope, depth);
}

const cond: Make = (scope, depth) => {
  const { choices } = scope;
  const test = condition(scope, depth - 1).value;
  const [yes, no] = alike(scope, depth);
  const shape = either(yes.shape, no.shape);
  return choices.chance(50)
    ? { value: { $cond: [test, yes.value, no.value] }, shape }
    : { value: { $cond: { if: test, then: yes.value, else: no.value } }, shape };
};

/** Two values, often of the same kind, so that what comes out can be used. */
function alike(scope: Scope, depth: number): [Typed, Typed] {
  if (scope.choices.chance(50)) {
    const first = path(scope, isDeterministic);
    const same = (shape: Shape) => JSON.stringify(shape) === JSON.stringify(first.shape);
    return [first, path(scope, same)];
  }
  return [expression(scope, depth - 1), expression(scope, depth - 1)];
}

const ifNull: Make = (scope, depth) => {
  const [first, second] = alike(scope, depth);
  const value = { $ifNull: [first.value, second.value] };
  return { value, shape: either(first.shape, second.shape) };
};

const switchCase: Make = (scope, depth) => {
  const [then, fallback] = alike(scope, depth);
  const branches = scope.choices.many(1, 2, () => ({
    case: condition(scope, depth - 1).value,
    then: then.value,
  }));
  const value = { $switch: { branches, default: fallback.value } };
  return { value, shape: either(then.shape, fallback.shape) };
};

const letIn: Make = (scope, depth) => {
  const { choices } = scope;
  const bound = choices.weighted<() => Typed>([
    [5, () => path(scope, (shape) => !holdsSecret(shape))],
    [2, () => path(scope, isDeterministic)],
    [1, () => expression(scope, depth - 1)],
  ])();
  const name = choices.weighted([
    [9, 'v'],
    [1, 'CURRENT'],
  ]);
  const variables = new Map([...scope.variables, [name, bound.shape] as const]);
  const root = name === 'CURRENT' ? bound.shape : scope.root;
  const read = choices.chance(50) ? condition : expression;
  const inner = read({ ...scope, root, variables }, depth - 1);
  return {
    value: { $let: { vars: { [name]: bound.value }, in: inner.value } },
    shape: inner.shape,
  };
};

const computedObject: Make = (scope, depth) => {
  const names = ['a', 'x', 'p', 'box'].filter(() => scope.choices.chance(50));
  const members = names.map((name) => [name, expression(scope, depth - 1)] as const);
  return {
    value: Object.fromEntries(members.map(([name, { value }]) => [name, value])),
    shape: object(members.map(([name, { shape }]) => [name, shape])),
  };
};

const mergeObjects: Make = (scope, depth) => {
  const first = scope.choices.chance(30)
    ? { value: '$$ROOT', shape: scope.root }
    : path(scope, (shape) => shape.kind === 'object');
  const second = computedObject(scope, depth);
  if (first.shape.kind !== 'object') {
    return outcome({ $mergeObjects: [first.value, second.value] }, [first], second.shape);
  }
  const shape = merged(first.shape, second.shape, (_, later) => later);
  return { value: { $mergeObjects: [first.value, second.value] }, shape };
};

const overArray: Make = (scope, depth) => {
  const { choices } = scope;
  const input = path(scope, (shape) => shape.kind === 'array');
  const item = input.shape.kind === 'array' ? input.shape.item : empty;
  const inner = { ...scope, variables: new Map([...scope.variables, ['it', item] as const]) };
  if (choices.chance(50)) {
    const cond = condition(inner, depth - 1).value;
    return { value: { $filter: { input: input.value, as: 'it', cond } }, shape: input.shape };
  }
  const each = expression(inner, depth - 1);
  return {
    value: { $map: { input: input.value, as: 'it', in: each.value } },
    shape: array(each.shape),
  };
};

const arrayLiteral: Make = (scope, depth) => {
  const items = scope.choices.many(1, 2, () => expression(scope, depth - 1));
  const shape = items.map((item) => item.shape).reduce((a, b) => either(a, b));
  return { value: items.map(({ value }) => value), shape: array(shape) };
};

const plainWork: Make = (scope) => {
  const { choices } = scope;
  const text = path(
    scope,
    (shape) => shape.kind === 'leaf' && shape.type === 'string' && !shape.secret,
  );
  const number = path(
    scope,
    (shape) => shape.kind === 'leaf' && shape.type === 'int' && !shape.secret,
  );
  return choices.pick<Typed>([
    { value: { $add: [number.value, new Int32(1)] }, shape: leaf('int') },
    { value: { $toUpper: text.value }, shape: leaf('string') },
    { value: { $type: text.value }, shape: leaf('string') },
    { value: { $max: [number.value, new Int32(1)] }, shape: leaf('int') },
  ]);
};

const unary = [
  '$toString',
  '$toUpper',
  '$strLenBytes',
  '$type',
  '$first',
  '$last',
  '$size',
  '$objectToArray',
  '$arrayToObject',
  '$reverseArray',
  '$bsonSize',
  '$binarySize',
  '$abs',
  '$max',
  '$sum',
] as const;
const binary = ['$concat', '$add', '$setUnion', '$concatArrays', '$max', '$split', '$arrayElemAt'];

/** Any operator on anything. */
const wild: Make = (scope, depth) => {
  const { choices } = scope;
  const first = expression(scope, depth - 1);
  if (choices.chance(60)) {
    const value = { [choices.pick(unary)]: first.value };
    return outcome(value, [first], leaf('string'));
  }
  if (choices.chance(30)) {
    const field = choices.pick<unknown>(['a', 'p', { $literal: 'a' }]);
    if (choices.chance(30)) {
      const read = { value: field, shape: at(scope.root, 'a') };
      return outcome({ $getField: field }, [read], leaf('string'));
    }
    return outcome({ $getField: { field, input: first.value } }, [first], leaf('string'));
  }
  const second = expression(scope, depth - 1);
  const value = { [choices.pick(binary)]: [first.value, second.value] };
  return outcome(value, [first, second], leaf('string'));
};

const whole: Make = ({ choices, root }) =>
  choices.chance(80) ? { value: '$$ROOT', shape: root } : { value: '$$REMOVE', shape: empty };

/** Any expression at all. */
export function expression(scope: Scope, depth: number): Typed {
  const deeper = depth > 0;
  const make = scope.choices.weighted<Make>([
    [8, (inner) => path(inner)],
    [2, constant],
    [deeper ? 4 : 0, condition],
    [deeper ? 3 : 0, cond],
    [deeper ? 2 : 0, ifNull],
    [deeper ? 1 : 0, switchCase],
    [deeper ? 2 : 0, letIn],
    [deeper ? 2 : 0, computedObject],
    [deeper ? 1 : 0, mergeObjects],
    [deeper ? 1 : 0, overArray],
    [deeper ? 1 : 0, arrayLiteral],
    [2, plainWork],
    [deeper ? 1 : 0, wild],
    [1, whole],
  ]);
  return make(scope, depth);
}

/** A field that may be grouped by, or anything. */
export function groupingKey(scope: Scope): Typed {
  return scope.choices.weighted<() => Typed>([
    [4, () => path(scope, isDeterministic)],
    [3, () => path(scope, (shape) => !holdsSecret(shape))],
    [1, () => ({ value: null, shape: empty })],
    [2, () => expression(scope, 1)],
  ])();
}

export { path as somePathExpression };
