// Pipeline layer: stages that change one document into another: $project, $addFields, $unset, $replaceRoot, $unwind.
import { Long } from 'bson';

import { CommandError } from '../../errors.ts';
import { compileValue, type Evaluator } from '../expression.ts';
import { isOperatorDocument } from '../filter.ts';
import { compileDocumentProjection } from '../projection.ts';
import { define, promote } from '../promote.ts';
import { type Document, isDocument } from '../values.ts';
import { documentOperand, type StageCompiler } from './stage.ts';

function* map(documents: Iterable<Document>, change: (document: Document) => Document) {
  for (const document of documents) yield change(document);
}

const project: StageCompiler = (operand, context) => {
  const projection = documentOperand(operand, '$project');
  if (Object.keys(projection).length === 0) {
    throw new CommandError('Location51272', '$project must have at least one field');
  }
  const change = compileDocumentProjection(projection, {}, context.variables);
  return (documents) => map(documents, change);
};

const addFields: StageCompiler = (operand, context) => {
  const specification = documentOperand(operand, '$addFields');
  const fields = [...paths(specification)].map(([path, value]): [string[], Evaluator] => {
    return [path.split('.'), compileValue(value, context.variables)];
  });
  return (documents) =>
    map(documents, (document) => {
      const view = promote(document);
      return fields.reduce(
        (result, [path, evaluate]) => withField(result, path, evaluate(document, view)),
        document,
      );
    });
};

/** `{ a: { b: 1 } }` adds the path `a.b`, as `{ 'a.b': 1 }` does. */
function* paths(specification: Document, prefix = ''): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(specification)) {
    if (name === '' || name.startsWith('$')) {
      throw new CommandError(
        'Location16410',
        'FieldPath field names may not be empty or start with `$`',
      );
    }
    const nested = isDocument(value) && !isOperatorDocument(value) && Object.keys(value).length > 0;
    if (nested) yield* paths(value, `${prefix}${name}.`);
    else yield [prefix + name, value];
  }
}

/** A copy with the field set, in every element of an array on the way; `undefined` removes it. */
export function withField(document: Document, path: readonly string[], value: unknown): Document {
  const [name = '', ...rest] = path;
  const result = { ...document };
  const current = Object.hasOwn(document, name) ? document[name] : undefined;
  if (rest.length > 0) define(result, name, within(current, rest, value));
  else if (value === undefined) Reflect.deleteProperty(result, name);
  else define(result, name, value);
  return result;
}

function within(current: unknown, path: readonly string[], value: unknown): unknown {
  if (Array.isArray(current)) return current.map((item: unknown) => within(item, path, value));
  return withField(isDocument(current) ? current : {}, path, value);
}

const unset: StageCompiler = (operand) => {
  const names = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== '')) {
    throw new CommandError(
      'Location31002',
      '$unset specification must be a string or an array of strings',
    );
  }
  const projection = Object.fromEntries(names.map((name) => [String(name), false]));
  const change = compileDocumentProjection(projection);
  return (documents) => map(documents, change);
};

const replaceWith: StageCompiler = (operand, context) => {
  const evaluate = compileValue(operand, context.variables);
  return (documents) =>
    map(documents, (document) => {
      const root = evaluate(document);
      if (isDocument(root)) return root;
      throw new CommandError(
        'Location40228',
        "'newRoot' expression must evaluate to an object, but it does not",
      );
    });
};

const replaceRoot: StageCompiler = (operand, context) => {
  const specification = documentOperand(operand, '$replaceRoot');
  if (!('newRoot' in specification) || Object.keys(specification).length !== 1) {
    throw new CommandError('Location40231', '$replaceRoot needs exactly the field `newRoot`');
  }
  return replaceWith(specification['newRoot'], context);
};

export const unwind: StageCompiler = (operand) => {
  const specification = isDocument(operand) ? operand : { path: operand };
  const { path, includeArrayIndex: index, preserveNullAndEmptyArrays: preserve } = specification;
  if (typeof path !== 'string' || !path.startsWith('$') || path.length < 2) {
    throw new CommandError(
      'Location28818',
      'path option to $unwind stage should be prefixed with a `$`',
    );
  }
  const parts = path.slice(1).split('.');
  const indexField = typeof index === 'string' ? index.split('.') : undefined;
  return function* run(documents): Generator<Document> {
    for (const document of documents) {
      yield* unwound(document, parts, indexField, preserve === true);
    }
  };
};

function* unwound(
  document: Document,
  parts: readonly string[],
  index: readonly string[] | undefined,
  preserve: boolean,
): Generator<Document> {
  let value: unknown = document;
  for (const part of parts) {
    value = isDocument(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  const withIndex = (result: Document, at: Long | null) =>
    index ? withField(result, index, at) : result;
  if (Array.isArray(value) && value.length > 0) {
    for (const [i, item] of value.entries()) {
      yield withIndex(withField(document, parts, item), Long.fromNumber(i));
    }
  } else if (value === undefined || value === null || Array.isArray(value)) {
    if (!preserve) return;
    const result = Array.isArray(value) ? withField(document, parts, undefined) : document;
    yield withIndex(result, null);
  } else {
    yield withIndex(document, null);
  }
}

export const FIELD_STAGES = {
  $project: project,
  $addFields: addFields,
  $set: addFields,
  $unset: unset,
  $replaceRoot: replaceRoot,
  $replaceWith: replaceWith,
} satisfies Record<string, StageCompiler>;
