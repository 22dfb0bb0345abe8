// Layer analysis: stages that read other collections or run pipelines of their own: `$lookup`,
// `$graphLookup`, `$unionWith`, `$facet`. Each collection has its own schema.
import { BsonType, type Element, readString } from '../../bytes/index.ts';
import { collectionName } from '../collections.ts';
import { requireObject, rewriteInside, withValue } from '../documents.ts';
import { refusal } from '../errors.ts';
import { readFields } from '../fields.ts';
import { rewriteMatch } from '../match.ts';
import { describe, type Findings } from '../placeholders.ts';
import { arrayOf, combine, objectOf, withPosition } from '../schema/positions.ts';
import { resolvePath } from '../schema/resolve.ts';
import { plain, type Position, rootPosition } from '../schema/tree.ts';
import { bindVariables } from './branches.ts';
import type { Catalog } from './catalog.ts';
import { canCompare } from './comparisons.ts';
import { evaluate } from './expression.ts';

/** A rewritten stage or pipeline, and the position of the documents that leave it. */
export interface Rewritten {
  readonly element: Element;
  readonly position: Position;
}

export interface StageContext {
  readonly position: Position;
  readonly catalog: Catalog;
  readonly findings: Findings;
  /** Rewrites a pipeline inside a stage, from the documents that enter it. */
  readonly run: (start: Position, pipeline: Element) => Rewritten;
}

export type Stage = (context: StageContext, stage: Element) => Rewritten;

/** The documents of the collection that a member names; without a name they come from constants. */
function documentsOf({ catalog }: StageContext, target: Element | undefined, stage: string) {
  if (!target) return plain;
  const name = collectionName(catalog.database, target, stage);
  const schema = catalog.schemas.get(`${catalog.database}.${name}`);
  return schema ? rootPosition(schema.root) : plain;
}

function requireText(fields: ReadonlyMap<string, Element>, name: string, stage: string): string {
  const element = fields.get(name);
  if (element?.type === BsonType.string) return readString(element.value);
  throw refusal('pipeline', `Expected \`${name}\` of ${stage} to be a string`);
}

/** Two sides of a join: both plain, or both Deterministic with the same metadata. */
function requireJoin(
  stage: string,
  [left, leftPath]: readonly [Position, string],
  [right, rightPath]: readonly [Position, string],
  findings: Findings,
): void {
  if (left.kind === 'plain' && right.kind === 'plain') return;
  const joins =
    left.kind === 'encrypted' &&
    right.kind === 'encrypted' &&
    canCompare(left.encryption, right.encryption, findings);
  if (joins) return;
  const sides = [left, right].map((side) =>
    side.kind === 'encrypted' ? `encrypted with ${side.encryption.algorithm}` : describe(side),
  );
  throw refusal('pipeline', `${stage} cannot join by these fields`, {
    path: `${leftPath} = ${rightPath}`,
    rule: `expected both unencrypted, or both Deterministic with the same metadata; ${sides.join(' and ')}`,
  });
}

function requireMembers(
  fields: ReadonlyMap<string, Element>,
  known: readonly string[],
  stage: string,
): void {
  for (const name of fields.keys()) {
    if (known.includes(name)) continue;
    throw refusal('pipeline', `Unknown field in ${stage} on a collection with encryption`, {
      path: name,
    });
  }
}

const lookup: Stage = (context, stage) => {
  const { position, findings } = context;
  const fields = readFields(requireObject(stage, 'pipeline', stage.key));
  const known = ['from', 'localField', 'foreignField', 'let', 'pipeline', 'as'];
  requireMembers(fields, known, stage.key);
  const foreign = documentsOf(context, fields.get('from'), stage.key);
  let joined = foreign;
  const element = rewriteInside(stage, (member) => {
    if (member.key === 'let') {
      return bindVariables({ position, where: stage.key, findings }, member, 'let', evaluate);
    }
    if (member.key !== 'pipeline') return member;
    const result = context.run(foreign, member);
    joined = result.position;
    return result.element;
  });
  if (fields.has('localField') || fields.has('foreignField')) {
    const local = requireText(fields, 'localField', stage.key);
    const other = requireText(fields, 'foreignField', stage.key);
    requireJoin(
      stage.key,
      [resolvePath(position, local), local],
      [resolvePath(foreign, other), other],
      findings,
    );
  }
  const as = requireText(fields, 'as', stage.key);
  return { element, position: withPosition(position, as.split('.'), arrayOf(joined)) };
};

const graphLookup: Stage = (context, stage) => {
  const { position, findings } = context;
  const fields = readFields(requireObject(stage, 'pipeline', stage.key));
  const names = ['connectFromField', 'connectToField', 'as', 'maxDepth', 'depthField'];
  const known = ['from', 'startWith', 'restrictSearchWithMatch', ...names];
  requireMembers(fields, known, stage.key);
  const foreign = documentsOf(context, fields.get('from'), stage.key);
  const [from, to] = ['connectFromField', 'connectToField'].map((name) =>
    requireText(fields, name, stage.key),
  ) as [string, string];
  const target = [resolvePath(foreign, to), to] as const;
  requireJoin(stage.key, [resolvePath(foreign, from), from], target, findings);
  const element = rewriteInside(stage, (member) => {
    if (member.key === 'startWith') {
      const value = evaluate({ position, where: stage.key, findings }, member);
      requireJoin(stage.key, [value.position, 'startWith'], target, findings);
      return value.element;
    }
    if (member.key !== 'restrictSearchWithMatch') return member;
    const filter = requireObject(member, 'pipeline', stage.key);
    return withValue(member, rewriteMatch(foreign, filter, findings));
  });
  const depth = fields.has('depthField') ? requireText(fields, 'depthField', stage.key) : undefined;
  const found = depth === undefined ? foreign : withPosition(foreign, depth.split('.'), plain);
  const as = requireText(fields, 'as', stage.key);
  return { element, position: withPosition(position, as.split('.'), arrayOf(found)) };
};

/** Documents of both follow each other: where the two disagree nothing can be compared any more. */
const unionWith: Stage = (context, stage) => {
  const why = 'the united collections do not agree on its encryption';
  if (stage.type === BsonType.string) {
    const other = documentsOf(context, stage, stage.key);
    return { element: stage, position: combine(context.position, other, why) };
  }
  const fields = readFields(requireObject(stage, 'pipeline', stage.key));
  requireMembers(fields, ['coll', 'pipeline'], stage.key);
  const start = documentsOf(context, fields.get('coll'), stage.key);
  let other: Position = start;
  const element = rewriteInside(stage, (member) => {
    if (member.key !== 'pipeline') return member;
    const result = context.run(start, member);
    other = result.position;
    return result.element;
  });
  return { element, position: combine(context.position, other, why) };
};

const facet: Stage = ({ position, run }, stage) => {
  const own = new Map<string, Position>();
  requireObject(stage, 'pipeline', stage.key);
  const element = rewriteInside(stage, (member) => {
    const result = run(position, member);
    own.set(member.key, arrayOf(result.position));
    return result.element;
  });
  return { element, position: objectOf(own) };
};

/** Stages that must be read even where the documents that enter them have nothing encrypted. */
export const joinStages: ReadonlyMap<string, Stage> = new Map([
  ['$lookup', lookup],
  ['$graphLookup', graphLookup],
  ['$unionWith', unionWith],
  ['$facet', facet],
]);
