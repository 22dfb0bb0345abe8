// Layer analysis: looks at every value of a command once, before anything else does.
// Proves that nesting is bounded, that nobody brings a marking of their own, and that nothing of
// Queryable Encryption is in it.
import {
  BsonType,
  type Element,
  elements,
  readBinary,
  readInt32,
  requireDepth,
} from '../bytes/index.ts';
import { encryptedSubtype, isQueryable, markingBlobType } from '../format/index.ts';
import { refusal } from './errors.ts';

function nested({ type, value }: Element): Uint8Array | undefined {
  if (type === BsonType.object || type === BsonType.array) return value;
  if (type !== BsonType.javascriptWithScope) return undefined;
  // javascriptWithScope: total length, code as a string, then the scope document.
  return value.subarray(8 + readInt32(value.subarray(4, 8)));
}

function queryable(path: string): Error {
  return refusal('command', 'Queryable Encryption is not supported', { path });
}

/** What libmongocrypt adds to commands and the server to documents, for Queryable Encryption. */
function isQueryableName(name: string, depth: number): boolean {
  return name === '__safeContent__' || (name === 'encryptionInformation' && depth === 1);
}

/**
 * Throws `AnalysisError` (`value`) when the document has BinData subtype 6 with blob type 0 at any
 * depth: it would be encrypted with a key and an algorithm that the schema did not choose.
 * `command` for blobs, document fields and command fields of Queryable Encryption.
 * Throws `BsonError` (`depth`) for more than `maxDepth` levels, and for malformed nested values.
 */
export function requireNoMarkings(document: Uint8Array, depth = 1): void {
  requireDepth(depth);
  for (const element of elements(document)) {
    if (isQueryableName(element.key, depth)) throw queryable(element.key);
    if (element.type === BsonType.binData) {
      const { subtype, data } = readBinary(element.value);
      if (subtype === encryptedSubtype && isQueryable(data)) throw queryable(element.key);
      if (subtype === encryptedSubtype && data[0] === markingBlobType) {
        throw refusal('value', 'A command cannot bring its own intent-to-encrypt marking', {
          path: element.key,
          rule: 'BinData subtype 6 with blob type 0 is reserved for query analysis',
        });
      }
    }
    const inside = nested(element);
    if (inside) requireNoMarkings(inside, depth + 1);
  }
}
