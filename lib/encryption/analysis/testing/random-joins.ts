// Test inputs of layer analysis: stages that read a second collection or run pipelines of their own.
import type { Document } from 'bson';
import { Int32 } from 'bson';
import { constantFor } from './constants.ts';
import { expression, type Scope, somePathExpression, type Typed } from './random-expressions.ts';
import { filter } from './random-filters.ts';
import {
  type Flow,
  type MakeStage,
  match,
  singleStages,
  type Step,
  target,
} from './random-stages.ts';
import {
  array,
  at,
  doubtful,
  either,
  empty,
  holdsSecret,
  leaf,
  merged,
  object,
  type Shape,
  somePath,
  withShape,
} from './shapes.ts';
import type { Place } from './worlds.ts';

type Places = readonly Place[];

/** Whether the other documents' order matters is unknown once they were grouped. */
function inner(flow: Flow, root: Shape, variables = flow.variables): Flow {
  return {
    ...flow,
    root,
    variables,
    depth: flow.depth - 1,
    nested: true,
    scrambled: false,
    sorted: false,
  };
}

/** Stages from `start` on, one after the other. */
export function stages(
  start: Flow,
  length: number,
  places: Places,
): { list: Document[]; end: Flow } {
  const list: Document[] = [];
  let end = start;
  let written = false;
  for (let i = 0; i < length; i++) {
    // What was just written is matched at once, more often than chance would have it.
    const makes = written && end.choices.chance(45) ? [[1, match] as const] : singleStages;
    const joins = makes === singleStages && end.depth > 0 ? joinStages(places) : [];
    const next: Step = end.choices.weighted<MakeStage>([...makes, ...joins])(end);
    written = next.flow.touched.length > end.touched.length;
    list.push(next.stage);
    const [name = ''] = Object.keys(next.stage);
    if (holdsSecret(end.root) || holdsSecret(next.flow.root)) end.met.add(name);
    end = next.flow;
  }
  return { list, end };
}

const keyed = (shape: Shape) => JSON.stringify(shape);

/** A pair of paths to join by: alike where possible, else any. */
function joinPaths(flow: Flow, other: Shape): [string, string] {
  const { choices, root } = flow;
  const [local, shape] = (choices.chance(60)
    ? somePath(choices, root, (each) => each.kind === 'leaf' && holdsSecret(each))
    : undefined) ??
    somePath(choices, root, (each) => each.kind === 'leaf') ?? ['x', empty];
  const alike = choices.chance(85)
    ? somePath(choices, other, (each) => keyed(each) === keyed(shape))
    : undefined;
  const [foreign] = alike ?? somePath(choices, other, () => true) ?? ['x'];
  return [local, foreign];
}

function bindings(flow: Flow): [name: string, bound: Typed][] {
  const plain = () => somePathExpression(flow, (shape) => !holdsSecret(shape));
  const bound = flow.choices.chance(65) ? plain() : expression(flow, 1);
  return [['v', bound]];
}

const lookup =
  (places: Places): MakeStage =>
  (flow) => {
    const { choices } = flow;
    const { name, shape: foreign } = choices.pick(places);
    const as = target(flow);
    const joins = choices.chance(70);
    const [localField, foreignField] = joinPaths(flow, foreign);
    const byField = joins ? { localField, foreignField } : {};
    const result = (more: Document, item: Shape, loose = flow.looseArrays): Step => ({
      stage: { $lookup: { from: name, ...byField, ...more, as } },
      flow: { ...flow, root: withShape(flow.root, as, array(item)), looseArrays: loose },
    });
    if (joins && choices.chance(60)) return result({}, foreign);
    const bound = choices.chance(60) ? bindings(flow) : [];
    const variables = new Map([
      ...flow.variables,
      ...bound.map(([each, { shape }]) => [each, shape] as const),
    ]);
    const start = inner(flow, foreign, variables);
    const { list, end } = stages(start, choices.below(3), places);
    const values = Object.fromEntries(bound.map(([each, { value }]) => [each, value]));
    const given = bound.length > 0 ? { let: values } : {};
    const loose = end.looseArrays || end.scrambled;
    return result({ ...given, pipeline: list }, end.root, loose);
  };

const unionWith =
  (places: Places): MakeStage =>
  (flow) => {
    const { choices } = flow;
    const { name, shape } = choices.pick(places);
    const plainForm = choices.chance(30);
    const start = inner(flow, shape, new Map());
    const { list, end } = plainForm
      ? { list: [], end: start }
      : stages(start, choices.below(3), places);
    const root = united(flow.root, end.root);
    const unsure = root.kind === 'object' ? [...root.members] : [];
    const touched = unsure.filter(([, each]) => each.kind === 'mixed').map(([each]) => each);
    return {
      stage: { $unionWith: plainForm ? name : { coll: name, pipeline: list } },
      flow: {
        ...flow,
        root,
        touched: [...flow.touched, ...touched],
        scrambled: true,
        sorted: false,
        looseArrays: true,
      },
    };
  };

/** A field that only one side has encrypted, or only one side has, may be anything. */
function united(a: Shape, b: Shape): Shape {
  if (a.kind !== 'object' || b.kind !== 'object') return either(a, b);
  const both = merged(a, b, either);
  if (both.kind !== 'object') return both;
  return object(
    [...both.members].map(([name, shape]) =>
      a.members.has(name) && b.members.has(name) ? [name, shape] : [name, doubtful(shape)],
    ),
  );
}

const facet =
  (places: Places): MakeStage =>
  (flow) => {
    const names = ['a', 'x'].filter((name) => name === 'x' || flow.choices.chance(50));
    const facets = names.map((name) => {
      const start = { ...flow, depth: flow.depth - 1, nested: true };
      return [name, stages(start, 1 + flow.choices.below(2), places)] as const;
    });
    return {
      stage: { $facet: Object.fromEntries(facets.map(([name, { list }]) => [name, list])) },
      flow: {
        ...flow,
        root: object(facets.map(([name, { end }]) => [name, array(end.root)])),
        scrambled: false,
        sorted: false,
        looseArrays: true,
      },
    };
  };

const graphLookup =
  (places: Places): MakeStage =>
  (flow) => {
    const { choices } = flow;
    const { name, shape: foreign } = choices.pick(places);
    const [local, to] = joinPaths(flow, foreign);
    const from =
      somePath(choices, foreign, (_, path) => path === to || choices.chance(20))?.[0] ?? to;
    const as = target(flow);
    const restrict: Scope = { ...flow, root: foreign };
    const depth: { depthField?: string } = choices.chance(30)
      ? { depthField: choices.pick(['x', 'a']) }
      : {};
    const specification = {
      from: name,
      startWith: choices.chance(85) ? `$${local}` : constantFor(choices, at(foreign, to)),
      connectFromField: choices.chance(80) ? from : 'n',
      connectToField: to,
      as,
      ...(choices.chance(50) ? { maxDepth: new Int32(1) } : {}),
      ...depth,
      ...(choices.chance(40) ? { restrictSearchWithMatch: filter(restrict, 0) } : {}),
    };
    const { depthField } = depth;
    const item = depthField === undefined ? foreign : withShape(foreign, depthField, leaf('long'));
    return {
      stage: { $graphLookup: specification },
      flow: { ...flow, root: withShape(flow.root, as, array(item)), looseArrays: true },
    };
  };

function joinStages(places: Places): (readonly [number, MakeStage])[] {
  return [
    [8, lookup(places)],
    [3, unionWith(places)],
    [4, facet(places)],
    [4, graphLookup(places)],
    [2, match],
  ];
}
