// Pipeline layer: the pipelines that an update may be: field stages only, one document in and one out.
import { CommandError } from '../../errors.ts';
import type { Document } from '../values.ts';
import { FIELD_STAGES } from './fields.ts';
import { type StageCompiler, stageOf } from './stage.ts';

const STAGES: ReadonlyMap<string, StageCompiler> = new Map(Object.entries(FIELD_STAGES));

/** Throws InvalidOptions for a stage that an update may not have. */
export function compileDocumentPipeline(
  pipeline: readonly unknown[],
  variables: Document = {},
): (document: Document) => Document {
  const context = { variables, read: () => [] };
  const stages = pipeline.map((element) => {
    const [name, operand] = stageOf(element);
    const compile = STAGES.get(name);
    if (compile) return compile(operand, context);
    throw new CommandError('InvalidOptions', `${name} is not allowed to be used within an update`);
  });
  return (document) => {
    let documents: Iterable<Document> = [document];
    for (const stage of stages) documents = stage(documents);
    const [result] = documents;
    return result ?? document;
  };
}
