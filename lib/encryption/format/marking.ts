// Layer format: the marking (intent to encrypt) that query analysis leaves in a command:
// BinData subtype 6, blob type 0, then BSON { a: algorithm, ki: key id | ka: key alt name, v: value }.
import {
  BsonType,
  DocumentWriter,
  elements,
  encodeBinary,
  encodeInt32,
  encodeString,
  readBinary,
  readInt32,
  readString,
} from '../bytes/index.ts';
import { FormatError } from '../errors.ts';
import { type Algorithm, algorithmNumbers, algorithmOf } from './algorithms.ts';
import type { BsonValue } from './ciphertext.ts';
import { uuidLength } from './uuid.ts';

/** A data key by its id or by one of its alt names. */
export type KeyReference = { readonly keyId: Uint8Array } | { readonly keyAltName: string };

export interface Marking extends BsonValue {
  readonly algorithm: Algorithm;
  readonly key: KeyReference;
}

export const markingBlobType = 0;

function malformed(expected: string): FormatError {
  return new FormatError('marking', `malformed marking, expected ${expected}`);
}

/** The blob of a marking, type byte 0 included. */
export function serializeMarking({ algorithm, key, type, value }: Marking): Uint8Array {
  const writer = new DocumentWriter(value.byteLength + 64);
  writer.append(BsonType.int, 'a', encodeInt32(algorithmNumbers[algorithm]));
  if ('keyId' in key) writer.append(BsonType.binData, 'ki', encodeBinary(4, key.keyId));
  else writer.append(BsonType.string, 'ka', encodeString(key.keyAltName));
  writer.append(type, 'v', value);
  return Buffer.concat([Uint8Array.of(markingBlobType), writer.finish()]);
}

/** Throws `FormatError` (`marking`) unless the blob is one marking with exactly one key. */
export function parseMarking(blob: Uint8Array): Marking {
  if (blob[0] !== markingBlobType) throw malformed('blob type 0');
  let algorithm: Algorithm | undefined;
  let key: KeyReference | undefined;
  let marked: BsonValue | undefined;
  const seen = new Set<string>();
  for (const element of elements(blob.subarray(1))) {
    if (seen.has(element.key)) throw malformed('every field once');
    seen.add(element.key);
    switch (element.key) {
      case 'a':
        if (element.type !== BsonType.int) throw malformed('`a` to be an int');
        algorithm = algorithmOf(readInt32(element.value));
        if (!algorithm) throw malformed('`a` to be 1 or 2');
        break;
      case 'ki': {
        if (key) throw malformed('either `ki` or `ka`');
        if (element.type !== BsonType.binData) throw malformed('`ki` to be a UUID');
        const { subtype, data } = readBinary(element.value);
        if (subtype !== 4 || data.byteLength !== uuidLength) throw malformed('`ki` to be a UUID');
        key = { keyId: data };
        break;
      }
      case 'ka':
        if (key) throw malformed('either `ki` or `ka`');
        if (element.type !== BsonType.string) throw malformed('`ka` to be a string');
        key = { keyAltName: readString(element.value) };
        break;
      case 'v':
        marked = { type: element.type, value: element.value };
        break;
      default:
        throw malformed('only the fields `a`, `ki`, `ka` and `v`');
    }
  }
  if (!algorithm || !key || !marked) throw malformed('`a`, `v` and one of `ki` and `ka`');
  return { algorithm, key, ...marked };
}
