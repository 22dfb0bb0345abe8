// Update layer: an update document or pipeline, compiled once and applied to any number of documents.
// Fields that the update does not touch keep their exact bytes and their place.
import { CommandError } from '../../errors.ts';
import { MISSING } from '../paths.ts';
import { compileDocumentPipeline } from '../pipeline/update-stages.ts';
import { matchedIndex } from '../positional.ts';
import { encodeElement, joinElements, splitDocument, withLeadingId } from '../raw.ts';
import { type Document, encode, isDocument, typeOf } from '../values.ts';
import { compileArrayFilters } from './array-filters.ts';
import { type Change, UNCHANGED } from './change.ts';
import { checkConflicts } from './conflicts.ts';
import { VALUE_OPERATORS } from './operators.ts';
import { type PathContext, readPath, removePath, resolvePath, writePath } from './targets.ts';

/** A document to be updated: its bytes and the same, decoded. `document` may be changed in place. */
export interface UpdateTarget {
  bytes: Uint8Array;
  document: Document;
  /** An upsert's new document: `$setOnInsert` counts. */
  inserting: boolean;
}

export interface CompiledUpdate {
  kind: 'operators' | 'replacement' | 'pipeline';
  /** The new bytes. Throws CommandError; never changes `_id` of a stored document. */
  apply: (target: UpdateTarget) => Uint8Array;
}

export interface UpdateOptions {
  /** For the positional `$`. */
  filter: Document;
  arrayFilters?: readonly Document[] | undefined;
  /** Values of `let`, for pipelines. */
  variables?: Document | undefined;
  /** The update's own bytes where it is a replacement, so that no byte of it changes. */
  raw?: Uint8Array | undefined;
}

/** Throws CommandError on anything that is not a valid update. */
export function compileUpdate(update: unknown, options: UpdateOptions): CompiledUpdate {
  if (Array.isArray(update)) {
    if (options.arrayFilters && options.arrayFilters.length > 0) {
      throw new CommandError(
        'FailedToParse',
        'arrayFilters may not be specified for pipeline-style updates',
      );
    }
    const run = compileDocumentPipeline(update, options.variables);
    return {
      kind: 'pipeline',
      apply: (target) => keepId(target, encode(run(target.document))),
    };
  }
  if (!isDocument(update)) {
    throw new CommandError('FailedToParse', 'Update argument must be either an object or an array');
  }
  const first = Object.keys(update)[0];
  if (first?.startsWith('$') === true) return compileOperators(update, options);
  const dollar = Object.keys(update).find((name) => name.startsWith('$'));
  if (dollar !== undefined) {
    throw new CommandError(
      'DollarPrefixedFieldName',
      `The dollar ($) prefixed field '${dollar}' is not allowed in a replacement document`,
    );
  }
  const replacement = options.raw ?? encode(update);
  return { kind: 'replacement', apply: (target) => keepId(target, replacement) };
}

interface Modification {
  path: string;
  change: Change;
  onInsertOnly: boolean;
}

function compileOperators(update: Document, options: UpdateOptions): CompiledUpdate {
  const modifications: Modification[] = [];
  const renames: { from: string; to: string }[] = [];
  for (const [name, fields] of Object.entries(update)) {
    const operator = VALUE_OPERATORS.get(name);
    if (!operator && name !== '$rename') {
      throw new CommandError(
        'FailedToParse',
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!isDocument(fields)) {
      throw new CommandError(
        'FailedToParse',
        `Modifiers operate on fields but we found type ${typeOf(fields)} instead, for ${name}`,
      );
    }
    for (const [path, operand] of Object.entries(fields)) {
      if (!operator) renames.push({ from: path, to: renameTarget(path, operand) });
      else {
        const change = operator(operand, path);
        modifications.push({ path, change, onInsertOnly: name === '$setOnInsert' });
      }
    }
  }
  checkConflicts([
    ...modifications.map(({ path }) => path),
    ...renames.flatMap(({ from, to }) => [from, to]),
  ]);
  modifications.sort((left, right) => (left.path < right.path ? -1 : 1));
  const context = pathContext(options, [...modifications.map(({ path }) => path)]);
  return { kind: 'operators', apply: (target) => run(target, modifications, renames, context) };
}

function renameTarget(from: string, to: unknown): string {
  if (typeof to !== 'string') {
    throw new CommandError('BadValue', `The 'to' field for $rename must be a string: ${from}`);
  }
  if ([from, to].some((path) => path.split('.').some((part) => part.startsWith('$')))) {
    throw new CommandError('BadValue', 'The fields of $rename must not be dynamic');
  }
  return to;
}

function pathContext(
  options: UpdateOptions,
  paths: readonly string[],
): Omit<PathContext, 'inserting'> {
  const indexes = new Map<string, ReturnType<typeof matchedIndex>>();
  return {
    filters: compileArrayFilters(options.arrayFilters ?? [], paths),
    positional: (arrayPath, document) => {
      const find = indexes.get(arrayPath) ?? matchedIndex(arrayPath, options.filter);
      indexes.set(arrayPath, find);
      return find(document);
    },
  };
}

function run(
  target: UpdateTarget,
  modifications: readonly Modification[],
  renames: readonly { from: string; to: string }[],
  shared: Omit<PathContext, 'inserting'>,
): Uint8Array {
  const { document, inserting } = target;
  const touched = new Set<string>();
  const context: PathContext = { ...shared, inserting };
  // All places are found before the first change: `$` and array filters look at the document as it was.
  const places = modifications
    .filter(({ onInsertOnly }) => inserting || !onInsertOnly)
    .flatMap(({ path, change }) =>
      resolvePath(path, document, context).map((place) => ({ place, change })),
    );
  checkConflicts(places.map(({ place }) => place.join('.')));
  for (const { place, change } of places) {
    const value = change(readPath(document, place));
    if (value === UNCHANGED) continue;
    touched.add(place[0] ?? '');
    if (value === MISSING) removePath(document, place);
    else writePath(document, place, value);
  }
  for (const { from, to } of renames) {
    const value = readPath(document, from.split('.'));
    if (value === MISSING) continue;
    removePath(document, from.split('.'));
    removePath(document, to.split('.'));
    writePath(document, to.split('.'), value);
    touched.add(from.split('.')[0] ?? '').add(to.split('.')[0] ?? '');
  }
  return keepId(target, rebuild(target.bytes, document, touched));
}

function rebuild(bytes: Uint8Array, document: Document, touched: ReadonlySet<string>): Uint8Array {
  const result: Uint8Array[] = [];
  const known = new Set<string>();
  for (const element of splitDocument(bytes)) {
    known.add(element.name);
    if (!touched.has(element.name)) result.push(element.bytes);
    else if (Object.hasOwn(document, element.name)) {
      result.push(encodeElement(element.name, document[element.name]));
    }
  }
  for (const name of touched) {
    if (!known.has(name) && Object.hasOwn(document, name)) {
      result.push(encodeElement(name, document[name]));
    }
  }
  return joinElements(result);
}

/** `_id` of a stored document is immutable; one that the new bytes lack is carried over. */
function keepId(target: UpdateTarget, bytes: Uint8Array): Uint8Array {
  const before = idOf(target.bytes);
  const after = idOf(bytes);
  if (before === undefined) return withLeadingId(bytes);
  if (after === undefined) {
    return joinElements([before, ...splitDocument(bytes).map((element) => element.bytes)]);
  }
  if (Buffer.compare(before, after) === 0) return withLeadingId(bytes);
  throw new CommandError(
    'ImmutableField',
    "Performing an update on the path '_id' would modify the immutable field '_id'",
  );
}

function idOf(bytes: Uint8Array): Uint8Array | undefined {
  return splitDocument(bytes).find((element) => element.name === '_id')?.bytes;
}
