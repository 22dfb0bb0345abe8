// Pipeline layer: a whole aggregation pipeline. Its leading $match and $sort are given apart, so that storage can
// answer them from an index. A stage that is not known is refused with MongoDB's code, a known one that this
// server does not have with a clear error.
import { CommandError } from '../../errors.ts';
import { compileValue } from '../expression.ts';
import { type Document, isDocument } from '../values.ts';
import { bucket, bucketAuto } from './bucket.ts';
import { FIELD_STAGES, unwind } from './fields.ts';
import { graphLookup } from './graph-lookup.ts';
import { joinStages } from './join.ts';
import { redact } from './redact.ts';
import {
  documentOperand,
  type PipelineContext,
  type Stage,
  type StageCompiler,
  stageOf,
} from './stage.ts';
import { SELECTION_STAGES } from './stages.ts';

/** Stages that MongoDB has and this server refuses by name. */
const REFUSED = new Set([
  '$out',
  '$merge',
  '$changeStream',
  '$changeStreamSplitLargeEvent',
  '$collStats',
  '$currentOp',
  '$densify',
  '$fill',
  '$geoNear',
  '$indexStats',
  '$listLocalSessions',
  '$listSampledQueries',
  '$listSearchIndexes',
  '$listSessions',
  '$planCacheStats',
  '$rankFusion',
  '$search',
  '$searchMeta',
  '$setWindowFields',
  '$shardedDataDistribution',
  '$vectorSearch',
]);

const STAGES: ReadonlyMap<string, StageCompiler> = new Map([
  ...Object.entries(FIELD_STAGES),
  ...Object.entries(SELECTION_STAGES),
  ...Object.entries(joinStages(compileStages)),
  ['$unwind', unwind],
  ['$bucket', bucket],
  ['$bucketAuto', bucketAuto],
  ['$graphLookup', graphLookup],
  ['$redact', redact],
  ['$facet', facet],
]);

export interface CompiledPipeline {
  /** What storage may answer first; empty where the pipeline does not begin with it. */
  filter: Document;
  sort: Document | undefined;
  /** The documents of a leading $documents, instead of a collection's. */
  documents: Document[] | undefined;
  rest: Stage;
}

/** Throws CommandError: Location40323, Location40324, or what the stage itself refuses. */
export function compilePipeline(
  pipeline: readonly unknown[],
  context: PipelineContext,
): CompiledPipeline {
  const stages = pipeline.map(stageOf);
  for (const [name] of stages) checkName(name);
  let [filter, sort]: [Document, Document | undefined] = [{}, undefined];
  let documents: Document[] | undefined;
  if (stages[0]?.[0] === '$documents') documents = literalDocuments(stages.shift()?.[1], context);
  else {
    if (stages[0]?.[0] === '$match') filter = documentOperand(stages.shift()?.[1], '$match');
    if (stages[0]?.[0] === '$sort') {
      // Compiled here too, so that a bad specification is refused as a stage's.
      SELECTION_STAGES.$sort(stages[0][1], context);
      sort = documentOperand(stages.shift()?.[1], '$sort');
    }
  }
  return { filter, sort, documents, rest: compileNamed(stages, context) };
}

function compileStages(pipeline: readonly unknown[], context: PipelineContext): Stage {
  return compileNamed(pipeline.map(stageOf), context);
}

function compileNamed(stages: readonly [string, unknown][], context: PipelineContext): Stage {
  const compiled = stages.map(([name, operand]) => {
    checkName(name);
    const compile = STAGES.get(name);
    if (compile) return compile(operand, context);
    throw new CommandError(
      'Location40602',
      `${name} is only valid as the first stage in a pipeline`,
    );
  });
  return (documents) => compiled.reduce((input, stage) => stage(input), documents);
}

function checkName(name: string): void {
  if (STAGES.has(name) || name === '$documents') return;
  if (REFUSED.has(name)) {
    throw new CommandError('CommandNotSupported', `Pipeline stage ${name} is not supported`);
  }
  throw new CommandError('Location40324', `Unrecognized pipeline stage name: '${name}'`);
}

function literalDocuments(operand: unknown, context: PipelineContext): Document[] {
  const documents = compileValue(operand, context.variables)({});
  if (Array.isArray(documents) && documents.every(isDocument)) return documents;
  throw new CommandError('Location5858203', '$documents must evaluate to an array of objects');
}

function facet(operand: unknown, context: PipelineContext): Stage {
  const facets = Object.entries(documentOperand(operand, '$facet')).map(
    ([name, pipeline]): [string, Stage] => {
      if (!Array.isArray(pipeline)) {
        throw new CommandError(
          'Location40170',
          `arguments to $facet must be arrays, ${name} is not`,
        );
      }
      return [name, compileStages(pipeline, context)];
    },
  );
  return function* run(documents): Generator<Document> {
    const input = [...documents];
    yield Object.fromEntries(facets.map(([name, stage]) => [name, [...stage(input)]]));
  };
}
