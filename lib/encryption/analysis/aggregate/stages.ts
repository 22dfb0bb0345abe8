// Layer analysis: aggregation stages on documents with encrypted fields, in one table (rules D.6).
// A stage says what documents come out of it; a stage without an entry is refused.
import type { Element } from '../../bytes/index.ts';
import { requireObject, withValue } from '../documents.ts';
import { refusal } from '../errors.ts';
import { rewriteMatch } from '../match.ts';
import { requirePlainKeys } from '../ordering.ts';
import { encryptedPath } from '../schema/positions.ts';
import { plain } from '../schema/tree.ts';
import { rewriteBucket, rewriteGroup, rewriteSortByCount } from './group.ts';
import { joinStages, type Rewritten, type Stage, type StageContext } from './joins.ts';
import { requireDroppable, rewriteAddFields, rewriteProject } from './project.ts';
import { rewriteGeoNear, rewriteRedact, rewriteReplaceRoot, rewriteUnwind } from './reshape.ts';
import type { Scope } from './value.ts';

const same: Stage = ({ position }, element) => ({ element, position });

/** What comes out has none of the collection's fields. */
const fresh: Stage = (_context, element) => ({ element, position: plain });

const match: Stage = ({ position, findings }, stage) => {
  const filter = requireObject(stage, 'pipeline', stage.key);
  return { element: withValue(stage, rewriteMatch(position, filter, findings)), position };
};

const sort: Stage = ({ position }, stage) => {
  requirePlainKeys(position, stage, stage.key);
  return { element: stage, position };
};

const unset: Stage = ({ position, findings }, stage) => {
  requireDroppable({ position, findings, where: stage.key }, stage);
  return { element: stage, position };
};

const inScope =
  (rewrite: (scope: Scope, stage: Element) => Rewritten): Stage =>
  ({ position, findings }, stage) =>
    rewrite({ position, findings, where: stage.key }, stage);

const stages: ReadonlyMap<string, Stage> = new Map<string, Stage>([
  ['$match', match],
  ['$limit', same],
  ['$skip', same],
  ['$sample', same],
  ['$sort', sort],
  ['$unset', unset],
  ['$project', inScope(rewriteProject)],
  ['$addFields', inScope(rewriteAddFields)],
  ['$set', inScope(rewriteAddFields)],
  ['$group', inScope(rewriteGroup)],
  ['$sortByCount', inScope(rewriteSortByCount)],
  ['$bucket', inScope(rewriteBucket)],
  ['$bucketAuto', inScope(rewriteBucket)],
  ['$unwind', inScope(rewriteUnwind)],
  ['$replaceRoot', inScope(rewriteReplaceRoot)],
  ['$replaceWith', inScope(rewriteReplaceRoot)],
  ['$redact', inScope(rewriteRedact)],
  ['$geoNear', inScope(rewriteGeoNear)],
  ['$count', fresh],
  ['$collStats', fresh],
  ['$indexStats', fresh],
  ...joinStages,
]);

/**
 * Rewrites one stage, given by its operator, on documents with encrypted fields or towards a
 * collection with such. Throws `AnalysisError` (`pipeline`).
 */
export function rewriteStage(context: StageContext, stage: Element): Rewritten {
  const rewrite = stages.get(stage.key);
  if (rewrite) return rewrite(context, stage);
  const path = encryptedPath(context.position);
  throw refusal('pipeline', `Aggregation stage not supported for auto encryption: ${stage.key}`, {
    ...(path === undefined ? {} : { path }),
    rule: 'the documents that reach it have encrypted fields',
  });
}
