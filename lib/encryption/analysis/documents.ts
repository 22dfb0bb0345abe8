// Layer analysis: rewriting BSON documents without touching what is not rewritten.
// Knows nothing about schemas or commands.
import { BsonType, DocumentWriter, type Element, elements, typeName } from '../bytes/index.ts';
import { type AnalysisErrorCode, refusal } from './errors.ts';

/** Whether two elements are the same bytes of the same document. */
function isSame(a: Element, b: Element): boolean {
  if (a === b) return true;
  const { value } = a;
  return (
    a.type === b.type &&
    a.key === b.key &&
    value.buffer === b.value.buffer &&
    value.byteOffset === b.value.byteOffset &&
    value.byteLength === b.value.byteLength
  );
}

/**
 * Replaces elements of a document or array. Returns the same bytes when `rewrite` returned every
 * element unchanged (not a copy of it), so that an untouched document keeps its bytes.
 */
export function rewriteDocument(
  document: Uint8Array,
  rewrite: (element: Element) => Element,
): Uint8Array {
  const rewritten: Element[] = [];
  let changed = false;
  let size = 5;
  for (const element of elements(document)) {
    const next = rewrite(element);
    if (!isSame(next, element)) changed = true;
    size += next.value.byteLength + next.key.length * 3 + 2;
    rewritten.push(next);
  }
  if (!changed) return document;
  const writer = new DocumentWriter(size);
  for (const { type, key, value } of rewritten) writer.append(type, key, value);
  return writer.finish();
}

/** The element with another value, or the element itself when the value is the same bytes. */
export function withValue(element: Element, value: Uint8Array): Element {
  return value === element.value ? element : { type: element.type, key: element.key, value };
}

/** Rewrites the object or array inside an element. */
export function rewriteInside(element: Element, rewrite: (inner: Element) => Element): Element {
  return withValue(element, rewriteDocument(element.value, rewrite));
}

/** Whether an object's first name starts with `$`: an operator document, not a literal. */
export function isOperatorDocument({ type, value }: Element): boolean {
  if (type !== BsonType.object) return false;
  for (const { key } of elements(value)) return key.startsWith('$');
  return false;
}

function requireType(
  element: Element,
  type: number,
  code: AnalysisErrorCode,
  path: string,
): Uint8Array {
  if (element.type === type) return element.value;
  throw refusal(code, `Expected ${typeName(type)}, found ${typeName(element.type)}`, { path });
}

/** The document of an object element. Throws `AnalysisError` for any other type. */
export function requireObject(element: Element, code: AnalysisErrorCode, path: string): Uint8Array {
  return requireType(element, BsonType.object, code, path);
}

/** The document of an array element. Throws `AnalysisError` for any other type. */
export function requireArray(element: Element, code: AnalysisErrorCode, path: string): Uint8Array {
  return requireType(element, BsonType.array, code, path);
}
