// Layer analysis: an aggregation pipeline, stage by stage, nested ones included.
// Carries along what is known about the documents; the stages themselves are in stages.ts.
import { BsonType, encodeArray, type Element, elements } from '../../bytes/index.ts';
import { collectionsOf } from '../collections.ts';
import { requireObject, rewriteInside } from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Findings } from '../placeholders.ts';
import type { Position } from '../schema/tree.ts';
import type { Catalog } from './catalog.ts';
import { joinStages, type Rewritten } from './joins.ts';
import { rewriteStage } from './stages.ts';

/** The first collection with encryption that a stage names, nested pipelines included. */
function encryptedCollection({ database, schemas }: Catalog, stage: Element): string | undefined {
  for (const collection of collectionsOf(database, encodeArray([stage]))) {
    if (schemas.get(`${database}.${collection}`)?.encrypts) return collection;
  }
  return undefined;
}

function requireOneOperator(stage: Element): void {
  const operators = [...elements(requireObject(stage, 'pipeline', 'pipeline'))];
  if (operators.length === 1) return;
  throw refusal('pipeline', `Expected one operator in a stage, found ${operators.length}`);
}

/** Only joins may name a collection with encryption: nothing may be written to one. */
function requireJoining(operator: Element, collection: string): void {
  if (joinStages.has(operator.key)) return;
  throw refusal(
    'pipeline',
    `Aggregation stage not supported for auto encryption: ${operator.key}`,
    { path: collection, rule: 'the collection has encrypted fields' },
  );
}

/**
 * Rewrites a pipeline. Where neither its own nor another collection has encryption every stage
 * passes unread. Throws `AnalysisError` (`pipeline`), naming the stage.
 */
export function rewritePipeline(
  start: Position,
  pipeline: Element,
  catalog: Catalog,
  findings: Findings,
): Rewritten {
  if (pipeline.type !== BsonType.array) {
    if (start.kind === 'plain') return { element: pipeline, position: start };
    throw refusal('pipeline', 'Expected `pipeline` to be an array');
  }
  let position = start;
  const run = (from: Position, inner: Element) => rewritePipeline(from, inner, catalog, findings);
  const element = rewriteInside(pipeline, (stage) => {
    const joined = stage.type === BsonType.object ? encryptedCollection(catalog, stage) : undefined;
    if (position.kind === 'plain' && joined === undefined) return stage;
    requireOneOperator(stage);
    return rewriteInside(stage, (operator) => {
      if (joined !== undefined) requireJoining(operator, joined);
      const result = rewriteStage({ position, catalog, findings, run }, operator);
      position = result.position;
      return result.element;
    });
  });
  return { element, position };
}
