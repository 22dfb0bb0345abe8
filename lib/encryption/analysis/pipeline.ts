// Layer analysis: an aggregation pipeline, stage by stage.
// Keeps track of where encrypted fields can still be; the stages themselves are in stages.ts.
import { BsonType, encodeArray, type Element, elements } from '../bytes/index.ts';
import { collectionsOf } from './collections.ts';
import { requireObject, rewriteInside } from './documents.ts';
import { refusal } from './errors.ts';
import type { Findings } from './placeholders.ts';
import type { EncryptionSchema } from './schema/compile.ts';
import type { Position } from './schema/tree.ts';
import { rewriteStage } from './stages.ts';

export interface Catalog {
  readonly database: string;
  readonly schemas: ReadonlyMap<string, EncryptionSchema>;
}

/** A stage cannot read or write a collection with encryption beside the pipeline's own. */
function requirePlainCollections(
  { database, schemas }: Catalog,
  stage: Element,
  name: string,
): void {
  const single = encodeArray([stage]);
  for (const collection of collectionsOf(database, single)) {
    if (!schemas.get(`${database}.${collection}`)?.encrypts) continue;
    throw refusal('pipeline', `Aggregation stage not supported for auto encryption: ${name}`, {
      path: collection,
      rule: 'the collection has encrypted fields',
    });
  }
}

function requireOneOperator(stage: Element): void {
  const operators = [...elements(requireObject(stage, 'pipeline', 'pipeline'))];
  if (operators.length === 1) return;
  throw refusal('pipeline', `Expected one operator in a stage, found ${operators.length}`);
}

/**
 * Rewrites a pipeline. Where neither its own nor another collection has encryption every stage
 * passes. Throws `AnalysisError` (`pipeline`), naming the stage.
 */
export function rewritePipeline(
  start: Position,
  pipeline: Element,
  catalog: Catalog,
  findings: Findings,
): Element {
  if (pipeline.type !== BsonType.array) {
    if (start.kind === 'plain') return pipeline;
    throw refusal('pipeline', 'Expected `pipeline` to be an array');
  }
  let position = start;
  return rewriteInside(pipeline, (stage) => {
    if (stage.type === BsonType.object) {
      for (const { key } of elements(stage.value)) requirePlainCollections(catalog, stage, key);
    }
    if (position.kind === 'plain') return stage;
    requireOneOperator(stage);
    return rewriteInside(stage, (operator) => {
      const result = rewriteStage(position, operator, findings);
      position = result.position;
      return result.stage;
    });
  });
}
