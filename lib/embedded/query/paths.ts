// Query layer: which values of a document a dotted path means, with MongoDB's implicit array traversal:
// arrays of documents are entered, array indexes are honoured, and arrays within arrays only by index.
// It must not know of operators.
import { type Document, isDocument } from './values.ts';

/** Stands for a path that leads nowhere; distinct from null and from BSON's own undefined. */
export const MISSING = Symbol('missing');

type Visit = (value: unknown) => boolean;

/**
 * True if `visit` is true for any value at the path. With `expand`, an array at the end of the path gives its
 * elements first and then itself; a path that leads nowhere gives {@link MISSING}.
 */
export function someValue(
  document: Document,
  path: readonly string[],
  expand: boolean,
  visit: Visit,
): boolean {
  return visitDocument(document, path, 0, expand, visit);
}

/** The value of one own field, or {@link MISSING}; never a property of JavaScript's prototypes. */
export function ownField(document: Document, name: string): unknown {
  return Object.hasOwn(document, name) ? document[name] : MISSING;
}

function visitDocument(
  document: Document,
  path: readonly string[],
  depth: number,
  expand: boolean,
  visit: Visit,
): boolean {
  const name = path[depth];
  if (name === undefined) return visit(document);
  const value = ownField(document, name);
  if (value === MISSING) return visit(MISSING);
  if (depth === path.length - 1) return visitLeaf(value, expand, visit);
  if (Array.isArray(value)) return visitArray(value, path, depth + 1, expand, visit);
  if (isDocument(value)) return visitDocument(value, path, depth + 1, expand, visit);
  return visit(MISSING);
}

function visitArray(
  array: readonly unknown[],
  path: readonly string[],
  depth: number,
  expand: boolean,
  visit: Visit,
): boolean {
  const index = path[depth] ?? '';
  for (const [i, element] of array.entries()) {
    if (isDocument(element) && visitDocument(element, path, depth, expand, visit)) return true;
    if (String(i) !== index) continue;
    if (depth === path.length - 1) {
      if (visitLeaf(element, expand, visit)) return true;
    } else if (isDocument(element)) {
      if (visitDocument(element, path, depth + 1, expand, visit)) return true;
    } else if (Array.isArray(element)) {
      if (visitArray(element, path, depth + 1, expand, visit)) return true;
    }
  }
  return false;
}

function visitLeaf(value: unknown, expand: boolean, visit: Visit): boolean {
  if (expand && Array.isArray(value) && value.some(visit)) return true;
  return visit(value);
}
