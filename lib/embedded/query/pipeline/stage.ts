// Pipeline layer, lowest: what a stage is. Documents flow through as typed BSON values, one at a time where the
// stage allows it.
import { CommandError } from '../../errors.ts';
import { type Document, isDocument } from '../values.ts';

export type Stage = (documents: Iterable<Document>) => Iterable<Document>;

/** What stages need from outside. */
export interface PipelineContext {
  /** Values of `let`. */
  variables: Document;
  /** The documents of another collection of the same database that may match the filter. */
  read: (collection: string, filter: Document) => Iterable<Document>;
}

/** Checks a stage's operand and gives the stage. Throws CommandError. */
export type StageCompiler = (operand: unknown, context: PipelineContext) => Stage;

/** The one stage of a pipeline element. Throws Location40323 or TypeMismatch. */
export function stageOf(element: unknown): [name: string, operand: unknown] {
  if (!isDocument(element)) {
    throw new CommandError(
      'TypeMismatch',
      "Each element of the 'pipeline' array must be an object",
    );
  }
  const [stage, ...more] = Object.entries(element);
  if (stage && more.length === 0) return stage;
  throw new CommandError(
    'Location40323',
    'A pipeline stage specification object must contain exactly one field.',
  );
}

/** An operand that must be a document. */
export function documentOperand(operand: unknown, stage: string): Document {
  if (isDocument(operand)) return operand;
  throw new CommandError('FailedToParse', `the ${stage} stage specification must be an object`);
}
