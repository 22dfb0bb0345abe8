// Test inputs of layer analysis: whole commands that read one or two collections of a random world.
import { type Document, Int32 } from 'bson';
import { built, type Choices } from './choices.ts';
import { constantFor } from './constants.ts';
import { expression } from './random-expressions.ts';
import { filter } from './random-filters.ts';
import { stages } from './random-joins.ts';
import type { Flow } from './random-stages.ts';
import { leaf, paths, type Shape, somePath } from './shapes.ts';
import type { World } from './worlds.ts';

/** A command without its cursor options, and what its answer may be compared by. */
export interface Reading {
  readonly world: number;
  readonly command: Document;
  /** Whether the order of the answer, and of arrays in it, is a matter of ciphertexts. */
  readonly scrambled: boolean;
  readonly looseArrays: boolean;
  /** Stages that met encrypted fields. */
  readonly met: ReadonlySet<string>;
}

function flowOf(choices: Choices, root: Shape, variables: ReadonlyMap<string, Shape>): Flow {
  const met = new Set<string>();
  return {
    choices,
    root,
    variables,
    scrambled: false,
    sorted: false,
    touched: [],
    looseArrays: false,
    depth: 2,
    nested: false,
    met,
  };
}

/** Variables of the command: plain ones, and now and then one with a secret constant in it. */
function letOf(choices: Choices, root: Shape): { values: Document; shapes: [string, Shape][] } {
  if (!choices.chance(12)) return { values: {}, shapes: [] };
  const [, shape] = somePath(choices, root, (each) => each.kind === 'leaf') ?? ['', leaf('int')];
  const value = constantFor(choices, shape);
  const secret = shape.kind === 'leaf' && shape.secret !== null;
  return { values: { given: value }, shapes: secret ? [] : [['given', shape]] };
}

function aggregate(choices: Choices, worlds: readonly World[]): Reading {
  const world = choices.below(worlds.length);
  const { left, right } = worlds[world] ?? raise();
  const [own, other] = choices.chance(25) ? [right, left] : [left, right];
  const { values, shapes } = letOf(choices, own.shape);
  // A secret variable is used here and nowhere else: what reads it must be refused or encrypted.
  const secretly = Object.keys(values).length > 0 && shapes.length === 0;
  const sorted = choices.chance(35);
  const start = { ...flowOf(choices, own.shape, new Map(shapes)), sorted };
  const { list, end } = stages(start, 1 + choices.below(4), [own, other]);
  const leading = [
    ...(secretly
      ? [{ $match: { $expr: { $eq: [`$${comparable(choices, own.shape)}`, '$$given'] } } }]
      : []),
    ...(sorted ? [{ $sort: { n: new Int32(1) } }] : []),
  ];
  return {
    world,
    command: {
      aggregate: own.name,
      pipeline: [...leading, ...list],
      ...(Object.keys(values).length > 0 ? { let: values } : {}),
    },
    scrambled: end.scrambled,
    looseArrays: end.looseArrays,
    met: start.met,
  };
}

function comparable(choices: Choices, shape: Shape): string {
  return (
    somePath(choices, shape, (each) => each.kind === 'leaf' && each.secret !== null)?.[0] ?? 'a'
  );
}

/** Stages that only come first, and that the servers of the tests do not have. */
function leading(choices: Choices, worlds: readonly World[]): Reading {
  const given = aggregate(choices, worlds);
  const { left } = worlds[given.world] ?? raise();
  const flow = flowOf(choices, left.shape, new Map());
  const near = { type: 'Point', coordinates: [1, 2] };
  const distance = { near, distanceField: choices.chance(80) ? 'x' : 'box.a', key: 'p' };
  const [name, operand] = choices.pick<readonly [string, Document]>([
    ['$geoNear', { ...distance, query: filter(flow, 1) }],
    ['$collStats', { count: {} }],
    ['$indexStats', {}],
  ]);
  const rest = name === '$geoNear' ? [{ $match: filter(flow, 1) }] : [{ $count: 'a' }];
  const command = { aggregate: left.name, pipeline: [{ [name]: operand }, ...rest] };
  return { ...given, command, met: new Set([name]) };
}

function find(choices: Choices, worlds: readonly World[]): Reading {
  const world = choices.below(worlds.length);
  const { left } = worlds[world] ?? raise();
  const flow = flowOf(choices, left.shape, new Map());
  const projection = choices.chance(50)
    ? { projection: { [choices.pick(['x', 'p', 'box.x', 'a'])]: expression(flow, 2).value } }
    : {};
  const command = { find: left.name, filter: filter(flow, 2), ...projection };
  return { world, command, scrambled: false, looseArrays: false, met: flow.met };
}

function distinct(choices: Choices, worlds: readonly World[]): Reading {
  const world = choices.below(worlds.length);
  const { left } = worlds[world] ?? raise();
  const flow = flowOf(choices, left.shape, new Map());
  const key = choices.pick(paths(left.shape))[0];
  const command = { distinct: left.name, key, query: filter(flow, 1) };
  return { world, command, scrambled: true, looseArrays: true, met: flow.met };
}

function raise(): never {
  throw new RangeError('Expected at least one world');
}

type Make = (choices: Choices, worlds: readonly World[]) => Reading;

const anyReading = (more: readonly (readonly [weight: number, make: Make])[]) => {
  const makes = [[16, aggregate], [3, find], [1, distinct], ...more] as const;
  return (worlds: readonly World[]) =>
    built((choices) => choices.weighted<Make>(makes)(choices, worlds));
};

/** A random reading command on one of the worlds. */
export const reading = anyReading([]);

/** The same, and stages that no server of the tests answers. */
export const readingUnanswered = anyReading([[1, leading]]);
