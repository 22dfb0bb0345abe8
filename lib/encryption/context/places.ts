// Layer context: where in a command or reply a value stands, in words, for errors only. Paths are
// looked up when something has failed, never before; no value is ever part of them.
import {
  type BinarySlot,
  BsonType,
  elements,
  getElement,
  readDocument,
  readString,
} from '../bytes/index.ts';
import { CryptoError, FormatError } from '../errors.ts';
import { type Ciphertext, formatUuid, type KeyReference } from '../format/index.ts';

/** The dotted path of a binary that `findBinaries` found in `document`. */
export function pathOf(document: Uint8Array, slot: BinarySlot): string {
  const names: string[] = [];
  let current = document;
  descend: for (;;) {
    for (const { key, type, value } of elements(current)) {
      const start = value.byteOffset - document.byteOffset;
      if (slot.start < start || slot.start >= start + value.byteLength) continue;
      names.push(key);
      if (type !== BsonType.object && type !== BsonType.array) break descend;
      current = value;
      continue descend;
    }
    break;
  }
  return names.join('.');
}

/** `a reply`, with its collection if it is that of a cursor. */
export function nameReply(reply: Uint8Array): string {
  const cursor = getElement(reply, 'cursor');
  if (cursor?.type !== BsonType.object) return 'a reply';
  const namespace = getElement(readDocument(cursor.value), 'ns');
  if (namespace?.type !== BsonType.string) return 'a reply';
  return `a reply from \`${readString(namespace.value)}\``;
}

/**
 * Runs `action` on a ciphertext. What it throws about the ciphertext leaves with the place and the
 * id of the data key, so that a damaged field is not taken for a wrong master key.
 */
export function atPlace<Result>(place: () => string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const message = (statement: string) => `${statement} ${place()}`;
    if (error instanceof CryptoError) {
      const options = { cause: error };
      throw new CryptoError(error.code, message(`${error.message} while decrypting`), options);
    }
    if (error instanceof FormatError) {
      throw new FormatError(error.code, message(`${error.message}, at`), { cause: error });
    }
    throw error;
  }
}

/** The place of a ciphertext whose key is known. */
export function withKeyId(place: string, { keyId }: Ciphertext): string {
  return `${place} with data key ${formatUuid(keyId)}`;
}

export function sameReference(a: KeyReference, b: KeyReference): boolean {
  if ('keyId' in a) return 'keyId' in b && Buffer.from(a.keyId).equals(b.keyId);
  return 'keyAltName' in b && a.keyAltName === b.keyAltName;
}
