// Layer analysis: encrypts the fields of an object that a command writes or compares as a whole.
// Knows positions in the schema; the callers decide which key a pointer leads to.
import { BsonType, type Element } from '../bytes/index.ts';
import { rewriteDocument, withValue } from './documents.ts';
import { refusal } from './errors.ts';
import { describe } from './placeholders.ts';
import { resolvePath } from './schema/resolve.ts';
import { memberPosition } from './schema/positions.ts';
import type { Encryption, Prefix } from './schema/tree.ts';

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
function requireOrdinaryName(object: Prefix, name: string, path: string): void {
  if (name.startsWith('$')) {
    throw refusal('value', 'A field name cannot start with `$` beside encrypted fields', { path });
  }
  if (!name.includes('.')) return;
  if (resolvePath(object, name).kind === 'plain') return;
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
  object: Prefix,
  document: Uint8Array,
  encrypt: EncryptField,
  prefix = '',
): Uint8Array {
  return rewriteDocument(document, (element) => {
    const path = prefix + element.key;
    requireOrdinaryName(object, element.key, path);
    const child = memberPosition(object, element.key, path);
    switch (child.kind) {
      case 'plain':
        return element;
      case 'encrypted':
        return encrypt(child.encryption, element, path);
      case 'prefix':
        return rewriteObject(child, element, encrypt, path);
      default:
        throw refusal('query', 'Cannot compare with an object that has this field', {
          path,
          rule: describe(child),
        });
    }
  });
}

/**
 * Rewrites a value that stands where the schema has an object with encrypted fields. A scalar has
 * nothing to encrypt and passes; the collection's validator decides about it.
 */
export function rewriteObject(
  object: Prefix,
  element: Element,
  encrypt: EncryptField,
  path: string,
): Element {
  if (element.type === BsonType.array) throw refuseArray(path);
  if (element.type !== BsonType.object) return element;
  return withValue(element, rewriteFields(object, element.value, encrypt, `${path}.`));
}
