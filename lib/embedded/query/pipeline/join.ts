// Pipeline layer: stages that read a second collection of the same database.
import { CommandError } from '../../errors.ts';
import { compileValue, type Evaluator } from '../expression.ts';
import { MISSING, someValue } from '../paths.ts';
import { type Document, isDocument } from '../values.ts';
import { withField } from './fields.ts';
import { documentOperand, type PipelineContext, type Stage, type StageCompiler } from './stage.ts';

type CompileStages = (pipeline: readonly unknown[], context: PipelineContext) => Stage;

const LOOKUP_FIELDS = new Set(['from', 'as', 'localField', 'foreignField', 'let', 'pipeline']);

function lookup(compileStages: CompileStages): StageCompiler {
  return (operand, context) => {
    const specification = documentOperand(operand, '$lookup');
    const unknown = Object.keys(specification).find((name) => !LOOKUP_FIELDS.has(name));
    if (unknown !== undefined) throw invalid(`$lookup does not know the argument '${unknown}'`);
    const { from, as, localField, foreignField, pipeline } = specification;
    if (typeof from !== 'string' || typeof as !== 'string' || as === '') {
      throw invalid('$lookup needs the strings `from` and `as`');
    }
    const joins = typeof localField === 'string' && typeof foreignField === 'string';
    if (
      !joins &&
      (localField !== undefined || foreignField !== undefined || pipeline === undefined)
    ) {
      throw invalid('$lookup needs both `localField` and `foreignField`, or a `pipeline`');
    }
    const bindings = letBindings(specification['let'], context);
    const inner = (document: Document): Stage => {
      const bound = bindings.map(([name, evaluate]) => [name, evaluate(document) ?? null]);
      const variables = { ...context.variables, ...(Object.fromEntries(bound) as Document) };
      return compileStages(pipelineOf(pipeline), { ...context, variables });
    };
    inner({});
    return function* run(documents): Generator<Document> {
      for (const document of documents) {
        const filter = joins ? equalTo(foreignField, localValues(document, localField)) : {};
        const matches = [...inner(document)(context.read(from, filter))];
        yield withField(document, as.split('.'), matches);
      }
    };
  };
}

function letBindings(bindings: unknown, context: PipelineContext): [string, Evaluator][] {
  if (bindings === undefined) return [];
  return Object.entries(documentOperand(bindings, '$lookup')).map(([name, value]) => [
    name,
    compileValue(value, context.variables),
  ]);
}

function pipelineOf(pipeline: unknown): readonly unknown[] {
  if (pipeline === undefined) return [];
  if (Array.isArray(pipeline)) return pipeline;
  throw new CommandError('TypeMismatch', "'pipeline' must be an array");
}

/** All values that a local field stands for; a missing one is null. */
function localValues(document: Document, path: string): unknown[] {
  const values: unknown[] = [];
  someValue(document, path.split('.'), true, (value) => {
    values.push(value === MISSING ? null : value);
    return false;
  });
  return values.length === 0 ? [null] : values;
}

/** `$or` of equalities, since a regular expression within `$in` would be matched as a pattern. */
export function equalTo(path: string, values: readonly unknown[]): Document {
  const [first, ...more] = values;
  if (more.length === 0) return { [path]: { $eq: first } };
  return { $or: values.map((value) => ({ [path]: { $eq: value } })) };
}

function unionWith(compileStages: CompileStages): StageCompiler {
  return (operand, context) => {
    const specification = typeof operand === 'string' ? { coll: operand } : operand;
    if (!isDocument(specification) || typeof specification['coll'] !== 'string') {
      throw invalid('$unionWith needs the string `coll`');
    }
    const collection = specification['coll'];
    const stage = compileStages(pipelineOf(specification['pipeline']), context);
    return function* run(documents): Generator<Document> {
      yield* documents;
      yield* stage(context.read(collection, {}));
    };
  };
}

function invalid(message: string): CommandError {
  return new CommandError('FailedToParse', message);
}

/** The stages, given the compiler of inner pipelines. */
export function joinStages(compileStages: CompileStages): Record<string, StageCompiler> {
  return { $lookup: lookup(compileStages), $unionWith: unionWith(compileStages) };
}
