// Layer analysis: which collections an aggregation pipeline reads or writes beside its own.
// Looks at names only; whether a stage is allowed is decided in aggregate/.
import { BsonType, type Element, elements, readString, requireDepth } from '../bytes/index.ts';
import { refusal } from './errors.ts';

function crossDatabase(stage: string): Error {
  return refusal('pipeline', `Aggregation stage not supported for auto encryption: ${stage}`, {
    rule: 'expected a collection of the same database, named by a string',
  });
}

/**
 * The collection in a string, or in `{ db, coll }` of the same database.
 * Throws `AnalysisError` (`pipeline`) for anything else.
 */
export function collectionName(database: string, target: Element, stage: string): string {
  if (target.type === BsonType.string) return readString(target.value);
  if (target.type !== BsonType.object) throw crossDatabase(stage);
  let name: string | undefined;
  for (const { key, type, value } of elements(target.value)) {
    if (key === 'coll' && type === BsonType.string) name = readString(value);
    if (key !== 'db') continue;
    if (type !== BsonType.string || readString(value) !== database) throw crossDatabase(stage);
  }
  if (name === undefined) throw crossDatabase(stage);
  return name;
}

/** The members of a stage that hold a collection (`names`) or another pipeline (`pipelines`). */
const members: ReadonlyMap<string, { names: readonly string[]; pipelines: readonly string[] }> =
  new Map([
    ['$lookup', { names: ['from'], pipelines: ['pipeline'] }],
    ['$graphLookup', { names: ['from'], pipelines: [] }],
    ['$unionWith', { names: ['coll'], pipelines: ['pipeline'] }],
    ['$merge', { names: ['into'], pipelines: [] }],
  ]);

function* inStage(
  database: string,
  stage: Element,
  depth: number,
): Generator<string, void, undefined> {
  if (stage.key === '$out') {
    yield collectionName(database, stage, stage.key);
    return;
  }
  const known = members.get(stage.key);
  if (!known && stage.key !== '$facet') return;
  if (stage.type === BsonType.string) yield readString(stage.value);
  if (stage.type !== BsonType.object) return;
  for (const member of elements(stage.value)) {
    if (known?.names.includes(member.key)) yield collectionName(database, member, stage.key);
    if ((known?.pipelines.includes(member.key) ?? true) && member.type === BsonType.array) {
      yield* collectionsOf(database, member.value, depth + 2);
    }
  }
}

/**
 * Names of the other collections of a pipeline, nested pipelines included, perhaps repeated.
 * Throws `AnalysisError` (`pipeline`) for another database and for names that are not strings.
 */
export function* collectionsOf(
  database: string,
  pipeline: Uint8Array,
  depth = 1,
): Generator<string, void, undefined> {
  requireDepth(depth);
  for (const stage of elements(pipeline)) {
    if (stage.type !== BsonType.object) continue;
    for (const operator of elements(stage.value)) yield* inStage(database, operator, depth);
  }
}
