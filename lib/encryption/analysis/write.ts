// Layer analysis: encrypts the fields of an object that a command writes or compares as a whole.
// Knows positions in the schema; the callers decide which key a pointer leads to.
import { BsonType, type Element } from '../bytes/index.ts';
import { rewriteDocument, withValue } from './documents.ts';
import { refusal } from './errors.ts';
import { resolvePath } from './schema/resolve.ts';
import { childPosition, type Encryption, type ObjectNode } from './schema/tree.ts';

/** What happens to a value that stands at an encrypted path. */
export type EncryptField = (encryption: Encryption, element: Element, path: string) => Element;

/** An array where the schema has an object would hide encrypted fields from their paths. */
function refuseArray(path: string): Error {
  return refusal('value', 'Cannot encrypt element of type: array', {
    path,
    rule: 'the object has encrypted fields, so it cannot be an array',
  });
}

/**
 * A dotted or `$`-prefixed name is not a path when a document is written, yet looks like one:
 * `{ 'a.b': 1 }` would store the value of an encrypted `a.b` in clear beside it.
 */
function requireOrdinaryName(nodes: readonly ObjectNode[], name: string, path: string): void {
  if (name.startsWith('$')) {
    throw refusal('value', 'A field name cannot start with `$` beside encrypted fields', { path });
  }
  if (!name.includes('.')) return;
  if (resolvePath({ kind: 'prefix', nodes }, name).kind === 'plain') return;
  throw refusal('value', 'A dotted field name cannot spell the path of an encrypted field', {
    path,
    rule: 'write a nested object instead',
  });
}

/**
 * Rewrites the encrypted fields of an object at any depth, in place and in order. `prefix` is the
 * object's own path with a final dot, or empty for a whole document. Throws `AnalysisError`.
 */
export function rewriteFields(
  nodes: readonly ObjectNode[],
  document: Uint8Array,
  encrypt: EncryptField,
  prefix = '',
): Uint8Array {
  return rewriteDocument(document, (element) => {
    const path = prefix + element.key;
    requireOrdinaryName(nodes, element.key, path);
    const child = childPosition(nodes, element.key, path);
    if (child.kind === 'plain') return element;
    if (child.kind === 'encrypted') return encrypt(child.encryption, element, path);
    return rewriteObject(child.nodes, element, encrypt, path);
  });
}

/**
 * Rewrites a value that stands where the schema has an object with encrypted fields. A scalar has
 * nothing to encrypt and passes; the collection's validator decides about it.
 */
export function rewriteObject(
  nodes: readonly ObjectNode[],
  element: Element,
  encrypt: EncryptField,
  path: string,
): Element {
  if (element.type === BsonType.array) throw refuseArray(path);
  if (element.type !== BsonType.object) return element;
  return withValue(element, rewriteFields(nodes, element.value, encrypt, `${path}.`));
}
