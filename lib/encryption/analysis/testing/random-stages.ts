// Test inputs of layer analysis: random aggregation stages on documents of a known shape, each with
// the shape of what comes out. Joins with other collections are in random-joins.ts.
import type { Document } from 'bson';
import { Int32 } from 'bson';
import {
  condition,
  expression,
  groupingKey,
  type Scope,
  somePathExpression,
  type Typed,
} from './random-expressions.ts';
import { filter } from './random-filters.ts';
import {
  array,
  at,
  empty,
  holdsSecret,
  isDeterministic,
  leaf,
  mixed,
  object,
  paths,
  selected,
  type Shape,
  somePath,
  withShape,
} from './shapes.ts';

export interface Flow extends Scope {
  /** Whether arrays may hold their elements in an order that ciphertexts decide. */
  readonly looseArrays: boolean;
  readonly depth: number;
  /** Whether it is inside a stage of another pipeline. */
  readonly nested: boolean;
  /** Gathers the names of stages that met encrypted fields. */
  readonly met: Set<string>;
}

export interface Step {
  readonly stage: Document;
  readonly flow: Flow;
}

export type MakeStage = (flow: Flow) => Step;

const fresh = ['x', 'y', 'z'] as const;

const unordered = { scrambled: true, sorted: false };

const step = (flow: Flow, stage: Document, change: Partial<Flow> = {}): Step => ({
  stage,
  flow: { ...flow, ...change },
});

/** Where a computed value goes: mostly a new name, else over or into something that is there. */
export function target(flow: Flow): string {
  const { choices, root } = flow;
  return choices.weighted<() => string>([
    [6, () => choices.pick(fresh)],
    [3, () => somePath(choices, root, (_, path) => path !== '_id')?.[0] ?? 'x'],
    [1, () => `${choices.pick(['box', 'a', 'list', 'items', 'r', 'x'])}.x`],
    [1, () => choices.pick(['box.a', 'box.p'])],
  ])();
}

const match: MakeStage = (flow) => step(flow, { $match: filter(flow, 1) });

const somePaths = (flow: Flow, most: number): string[] => {
  const all = paths(flow.root);
  const chosen = flow.choices.many(1, most, () => {
    const [path, shape] = all.length === 0 ? ['x', empty] : flow.choices.pick(all);
    return shape.kind === 'leaf' && flow.choices.chance(5) ? `${path}.deep` : path;
  });
  // Servers refuse a path beside its parent.
  return chosen.filter((path, i) => !chosen.slice(0, i).some((other) => related(path, other)));
};

const include: MakeStage = (flow) => {
  const chosen = somePaths(flow, 6);
  const withId = chosen.includes('_id') || flow.choices.chance(80);
  const flags = chosen.map((path): [string, unknown] => [
    path,
    flow.choices.pick<unknown>([new Int32(1), true]),
  ]);
  const computed: (readonly [string, Typed])[] = fresh
    .filter(() => flow.choices.chance(40))
    .map((name) => [name, expression(flow, 2)]);
  let root = selected(flow.root, withId ? [...chosen, '_id'] : chosen);
  for (const [name, { shape }] of computed) root = withShape(root, name, shape);
  const values = computed.map(([name, { value }]): [string, unknown] => [name, asComputed(value)]);
  const specification: Document = {
    ...(withId ? {} : { _id: new Int32(0) }),
    ...Object.fromEntries([...flags, ...values]),
  };
  const touched = [...flow.touched, ...computed.map(([name]) => name)];
  return step(flow, { $project: specification }, { root, touched });
};

/** A number or a boolean would select the field, and an object would be read member by member. */
function asComputed(value: unknown): unknown {
  return typeof value === 'boolean' || value instanceof Int32 ? { $literal: value } : value;
}

const exclude: MakeStage = (flow) => {
  const chosen = somePaths(flow, 2);
  const root = chosen.reduce<Shape>((shape, path) => without(shape, path), flow.root);
  return step(
    flow,
    flow.choices.chance(50)
      ? { $unset: chosen }
      : { $project: Object.fromEntries(chosen.map((path) => [path, new Int32(0)])) },
    { root },
  );
};

function without(shape: Shape, path: string): Shape {
  const [name = '', ...rest] = path.split('.');
  if (shape.kind === 'array') return array(without(shape.item, path));
  if (shape.kind !== 'object') return shape;
  const inner = shape.members.get(name);
  if (!inner) return shape;
  return withShape(shape, name, rest.length === 0 ? undefined : without(inner, rest.join('.')));
}

/** What `$addFields` makes of it: an object without operators is merged, member by member. */
function assigned(root: Shape, path: string, { value, shape }: Typed): Shape {
  const merges = shape.kind === 'object' && typeof value === 'object' && !isOperator(value);
  if (!merges || shape.members.size === 0) return withShape(root, path, shape);
  return [...shape.members].reduce(
    (all, [member, each]) => withShape(all, `${path}.${member}`, each),
    root,
  );
}

const isOperator = (value: unknown): boolean =>
  Object.keys(value as object).some((key) => key.startsWith('$'));

const isPlainLeaf = (shape: Shape): boolean => shape.kind === 'leaf' && !shape.secret;

const related = (a: string, b: string): boolean =>
  `${a}.`.startsWith(`${b}.`) || `${b}.`.startsWith(`${a}.`);

const addFields: MakeStage = (flow) => {
  const name = flow.choices.pick(['$addFields', '$set']);
  // All of them read what came in, not what the others write.
  const fields = flow.choices
    .many(1, 2, () => [target(flow), expression(flow, 2)] as const)
    .filter(([path], i, all) => !all.slice(0, i).some(([other]) => related(path, other)));
  const root = fields.reduce((all, [path, typed]) => assigned(all, path, typed), flow.root);
  const values = fields.map(([path, { value }]) => [path, value] as const);
  const touched = [...flow.touched, ...fields.map(([path]) => path)];
  return step(flow, { [name]: Object.fromEntries(values) }, { root, touched });
};

/** Something in clear in the place of something encrypted, by a stage of any kind. */
const overwrite: MakeStage = (flow) => {
  const [path, before] = somePath(flow.choices, flow.root, isDeterministic) ?? ['a', empty];
  const alike = (each: Shape) =>
    isPlainLeaf(each) && 'type' in each && 'type' in before && each.type === before.type;
  const { value, shape } = somePathExpression(flow, flow.choices.chance(70) ? alike : isPlainLeaf);
  const change = { root: withShape(flow.root, path, shape), touched: [...flow.touched, path] };
  const others = paths(flow.root)
    .map(([other]) => other)
    .filter((other) => !other.includes('.') && !related(other, path));
  const kept = Object.fromEntries(others.map((other) => [other, true]));
  const top = path.split('.')[0] ?? path;
  return flow.choices.chance(70) || top !== path
    ? step(flow, { $set: { [path]: value } }, change)
    : step(flow, { $project: { ...kept, [path]: asComputed(value) } }, change);
};

/** A rename, which is the heart of what must be carried along; or two fields that change places. */
const rename: MakeStage = (flow) => {
  const { choices } = flow;
  if (choices.chance(20)) {
    const [a, b] = [choices.pick(['a', 'b', 'box']), choices.pick(['p', 'e', 'q'])];
    const root = withShape(withShape(flow.root, a, at(flow.root, b)), b, at(flow.root, a));
    return step(
      flow,
      { $set: { [a]: `$${b}`, [b]: `$${a}` } },
      { root, touched: [...flow.touched, a, b] },
    );
  }
  const { value, shape } = somePathExpression(flow, holdsSecret);
  const path = target(flow);
  const root = withShape(flow.root, path, shape);
  return step(flow, { $addFields: { [path]: value } }, { root, touched: [...flow.touched, path] });
};

type Accumulator = readonly [name: string, value: unknown, shape: Shape];

function accumulator(flow: Flow): Accumulator {
  const { choices, sorted } = flow;
  const any = expression(flow, 1);
  const plain = somePathExpression(flow, (shape) => !holdsSecret(shape));
  const chosen = choices.chance(80) ? plain : any;
  const result = (shape: Shape) => (holdsSecret(chosen.shape) ? mixed : shape);
  return choices.weighted<Accumulator>([
    [2, ['$sum', new Int32(1), leaf('int')]],
    [1, ['$sum', chosen.value, result(leaf('int'))]],
    [1, ['$count', {}, leaf('int')]],
    [1, ['$max', chosen.value, result(chosen.shape)]],
    [1, ['$min', chosen.value, result(chosen.shape)]],
    [sorted ? 6 : 0, ['$first', any.value, any.shape]],
    [sorted ? 2 : 0, ['$last', any.value, any.shape]],
    [2, ['$push', any.value, array(any.shape)]],
    [2, ['$addToSet', any.value, array(any.shape)]],
    [sorted ? 1 : 0, ['$mergeObjects', '$$ROOT', flow.root]],
  ]);
}

function output(flow: Flow): { value: Document; members: [string, Shape][] } {
  const names = ['a', 'x', 'p'].filter(() => flow.choices.chance(50));
  const fields = names.map((name) => [name, accumulator(flow)] as const);
  return {
    value: Object.fromEntries(
      fields.map(([name, [operator, value]]) => [name, { [operator]: value }]),
    ),
    members: fields.map(([name, [, , shape]]) => [name, shape]),
  };
}

const group: MakeStage = (flow) => {
  const { value, shape } = groupingKey(flow);
  const { value: fields, members } = output(flow);
  return step(
    flow,
    { $group: { _id: value, ...fields } },
    { root: object([['_id', shape], ...members]), ...unordered, looseArrays: true },
  );
};

const sortByCount: MakeStage = (flow) => {
  const { value, shape } = groupingKey(flow);
  const usable = value === null ? '$p' : value;
  const root = object([
    ['_id', value === null ? leaf('string') : shape],
    ['count', leaf('int')],
  ]);
  return step(flow, { $sortByCount: usable }, { root, ...unordered });
};

const bucket: MakeStage = (flow) => {
  const { choices } = flow;
  const groupBy = choices.chance(85)
    ? somePathExpression(
        flow,
        (shape) => shape.kind === 'leaf' && shape.type === 'int' && !shape.secret,
      )
    : somePathExpression(flow, holdsSecret);
  const { value: fields, members } = output(flow);
  const given = members.length > 0 ? { output: fields } : {};
  const counted: [string, Shape][] = members.length > 0 ? members : [['count', leaf('int')]];
  const id = holdsSecret(groupBy.shape) ? mixed : leaf('int');
  const by = { groupBy: groupBy.value };
  if (choices.chance(40)) {
    const root = object([
      [
        '_id',
        object([
          ['min', id],
          ['max', id],
        ]),
      ],
      ...counted,
    ]);
    const stage = { $bucketAuto: { ...by, buckets: new Int32(2), ...given } };
    return step(flow, stage, { root, sorted: false, looseArrays: true });
  }
  const boundaries = [new Int32(0), new Int32(2), new Int32(5)];
  const stage = { $bucket: { ...by, boundaries, default: 'other', ...given } };
  return step(flow, stage, {
    root: object([['_id', id], ...counted]),
    sorted: false,
    looseArrays: true,
  });
};

const sort: MakeStage = (flow) => {
  const found = somePath(flow.choices, flow.root, (shape, path) =>
    flow.choices.chance(90) ? !holdsSecret(shape) && !path.includes('items') : true,
  );
  const direction = flow.choices.pick([new Int32(1), new Int32(-1)]);
  return step(flow, { $sort: { [found?.[0] ?? 'x']: direction } }, { sorted: false });
};

const cut: MakeStage = (flow) =>
  flow.scrambled
    ? step(flow, { $limit: new Int32(100) })
    : step(flow, {
        [flow.choices.pick(['$limit', '$skip'])]: new Int32(1 + flow.choices.below(5)),
      });

const count: MakeStage = (flow) =>
  step(
    flow,
    { $count: 'a' },
    { root: object([['a', leaf('int')]]), scrambled: false, sorted: false },
  );

/** Not inside a join, where its chance would be in the order of an array. */
const sample: MakeStage = (flow) =>
  flow.nested ? cut(flow) : step(flow, { $sample: { size: new Int32(1000) } }, unordered);

const unwind: MakeStage = (flow) => {
  const { choices, root } = flow;
  const found = choices.chance(85)
    ? somePath(choices, root, (shape) => shape.kind === 'array')
    : somePath(choices, root, () => true);
  const [path, shape] = found ?? ['list', empty];
  const item = shape.kind === 'array' ? shape.item : shape;
  const unwound = withShape(root, path, item);
  if (choices.chance(60))
    return step(flow, { $unwind: `$${path}` }, { root: unwound, sorted: false });
  const indexed = choices.chance(40) && !flow.looseArrays ? target(flow) : undefined;
  const stage = {
    path: `$${path}`,
    preserveNullAndEmptyArrays: choices.chance(50),
    ...(indexed === undefined ? {} : { includeArrayIndex: indexed }),
  };
  const withIndex = indexed === undefined ? unwound : withShape(unwound, indexed, leaf('long'));
  return step(flow, { $unwind: stage }, { root: withIndex, sorted: false });
};

const replaceRoot: MakeStage = (flow) => {
  const { choices } = flow;
  const chosen = choices.chance(50)
    ? somePathExpression(flow, (shape) => shape.kind === 'object')
    : expression(flow, 2);
  const isObject = chosen.shape.kind === 'object';
  // Documents where the path is no object would be an error on both sides.
  const safe = choices.chance(70) ? { $mergeObjects: [chosen.value] } : chosen.value;
  const root = isObject ? chosen.shape : mixed;
  return step(
    flow,
    choices.chance(50) ? { $replaceWith: safe } : { $replaceRoot: { newRoot: safe } },
    { root: root.kind === 'mixed' && !holdsSecret(chosen.shape) ? empty : root },
  );
};

const redact: MakeStage = (flow) => {
  const { choices } = flow;
  const test = condition(flow, 1).value;
  const [yes, no] = choices.pick([
    ['$$KEEP', '$$PRUNE'],
    ['$$PRUNE', '$$KEEP'],
    ['$$PRUNE', '$$DESCEND'],
    ['$$DESCEND', '$$PRUNE'],
    ['$$DESCEND', '$$KEEP'],
  ] as const);
  return step(flow, { $redact: { $cond: [test, yes, no] } });
};

/** Stages of one collection, by how often they are wanted. */
export const singleStages: readonly (readonly [weight: number, make: MakeStage])[] = [
  [6, match],
  [4, include],
  [2, exclude],
  [4, addFields],
  [5, rename],
  [3, overwrite],
  [4, group],
  [2, sortByCount],
  [3, bucket],
  [2, sort],
  [2, cut],
  [1, count],
  [1, sample],
  [4, unwind],
  [4, replaceRoot],
  [3, redact],
];

export { match };
