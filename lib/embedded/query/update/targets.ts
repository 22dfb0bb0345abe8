// Update layer: concrete places in a typed document. A path is resolved to field names and array indexes
// (`$`, `$[]` and `$[name]` included) and then read, set or removed in place.
// Error messages name fields, never values.
import { CommandError } from '../../errors.ts';
import { MISSING, ownField } from '../paths.ts';
import { define } from '../promote.ts';
import { type Document, isDocument } from '../values.ts';

/** Path components after resolution; an array index is written as its digits. */
export type ConcretePath = readonly string[];

/** What `$` and `$[name]` stand for in one document. */
export interface PathContext {
  /** The index that the filter matched in the array at this path; undefined if it matched none. */
  positional: (arrayPath: string, document: Document) => number | undefined;
  filters: ReadonlyMap<string, (element: unknown) => boolean>;
  /** True for the document of an upsert, which has no matched position. */
  inserting: boolean;
}

/** All places that a path means. Throws BadValue where `$` or `$[...]` does not meet an array. */
export function resolvePath(
  path: string,
  document: Document,
  context: PathContext,
): ConcretePath[] {
  let resolved: string[][] = [[]];
  for (const part of path.split('.')) {
    resolved = resolved.flatMap((prefix) =>
      components(part, path, prefix, document, context).map((name) => [...prefix, name]),
    );
  }
  return resolved;
}

function components(
  part: string,
  path: string,
  prefix: string[],
  document: Document,
  context: PathContext,
): string[] {
  if (!part.startsWith('$') || !(part === '$' || part.startsWith('$['))) return [part];
  if (part === '$') {
    const index = context.inserting ? undefined : context.positional(prefix.join('.'), document);
    if (index !== undefined) return [String(index)];
    throw new CommandError(
      'BadValue',
      'The positional operator did not find the match needed from the query.',
    );
  }
  const array = readPath(document, prefix);
  if (!Array.isArray(array)) {
    throw new CommandError(
      'BadValue',
      array === MISSING
        ? `The path '${prefix.join('.')}' must exist in the document in order to apply array updates.`
        : `Cannot apply array updates to non-array element ${prefix.join('.')}`,
    );
  }
  const test = part === '$[]' ? () => true : context.filters.get(part.slice(2, -1));
  if (!test) {
    throw new CommandError('BadValue', `No array filter found for identifier in path '${path}'`);
  }
  return array.flatMap((element: unknown, i) => (test(element) ? [String(i)] : []));
}

/** The value at a concrete path, or MISSING. */
export function readPath(document: Document, path: ConcretePath): unknown {
  let value: unknown = document;
  for (const part of path) {
    if (Array.isArray(value))
      value = isIndex(part) && Number(part) in value ? value[Number(part)] : MISSING;
    else if (isDocument(value)) value = ownField(value, part);
    else return MISSING;
  }
  return value;
}

/**
 * Sets a value in place, making embedded documents on the way. Throws PathNotViable where a scalar is in the way
 * or an array is entered by a name.
 */
export function writePath(document: Document, path: ConcretePath, value: unknown): void {
  let container: Document | unknown[] = document;
  for (const [i, part] of path.entries()) {
    const last = i === path.length - 1;
    const next: unknown = last ? value : existing(container, part);
    const child: unknown = next === MISSING ? {} : next;
    put(container, part, child, path);
    if (last) return;
    if (!isDocument(child) && !Array.isArray(child)) throw notViable(path[i + 1] ?? '', part);
    container = child;
  }
}

/** Manual: an array may not be backfilled with more than this many nulls. */
const MAX_BACKFILL = 1_500_000;

function existing(container: Document | unknown[], part: string): unknown {
  return readPath(Array.isArray(container) ? { c: container } : container, [
    ...(Array.isArray(container) ? ['c'] : []),
    part,
  ]);
}

function put(
  container: Document | unknown[],
  part: string,
  value: unknown,
  path: ConcretePath,
): void {
  if (!Array.isArray(container)) {
    define(container, part, value);
    return;
  }
  const index = Number(part);
  if (!isIndex(part)) throw notViable(part, path[path.indexOf(part) - 1] ?? '');
  if (index - container.length > MAX_BACKFILL) {
    throw new CommandError('BadValue', 'can only backfill up to 1500000 elements');
  }
  while (container.length < index) container.push(null);
  container[index] = value;
}

/** Removes a field in place; an array element becomes null. False if there was none. */
export function removePath(document: Document, path: ConcretePath): boolean {
  const name = path.at(-1) ?? '';
  const container = readPath(document, path.slice(0, -1));
  if (Array.isArray(container)) {
    if (!isIndex(name) || !(Number(name) in container)) return false;
    container[Number(name)] = null;
    return true;
  }
  if (!isDocument(container) || !Object.hasOwn(container, name)) return false;
  return Reflect.deleteProperty(container, name);
}

function isIndex(part: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(part);
}

function notViable(field: string, parent: string): CommandError {
  return new CommandError('PathNotViable', `Cannot create field '${field}' in element '${parent}'`);
}
