// Query layer: BSON documents as bytes. Cuts them into elements and puts elements together again, so that
// what is not changed keeps its exact bytes. It must not know what a field means.
import { ObjectId, onDemand } from 'bson';

import { decode, type Document, encode, isDocument } from './values.ts';

/** One element of a document: its name, its BSON type byte, and all of its bytes (type, name, value). */
export interface RawElement {
  name: string;
  type: number;
  bytes: Uint8Array;
  value: Uint8Array;
}

/** A whole document or array as bytes, to be put into another document as it is. */
export class RawValue {
  readonly type: 3 | 4;
  readonly bytes: Uint8Array;

  constructor(type: 3 | 4, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** The elements of a document, in order. Throws BSONError on malformed bytes. */
export function splitDocument(bytes: Uint8Array): RawElement[] {
  return Array.from(onDemand.parseToElements(bytes), (element) => {
    const [type, nameOffset, nameLength, offset, length] = element;
    return {
      name: onDemand.ByteUtils.toUTF8(bytes, nameOffset, nameOffset + nameLength, false),
      type,
      bytes: bytes.subarray(nameOffset - 1, offset + length),
      value: bytes.subarray(offset, offset + length),
    };
  });
}

/** A document out of the bytes of its elements. */
export function joinElements(elements: readonly Uint8Array[]): Uint8Array {
  const length = elements.reduce((sum, element) => sum + element.length, 5);
  const result = Buffer.allocUnsafe(length);
  result.writeInt32LE(length, 0);
  let offset = 4;
  for (const element of elements) {
    result.set(element, offset);
    offset += element.length;
  }
  result[offset] = 0;
  return result;
}

/** One element, from a value that may be a {@link RawValue} or hold some in its documents. */
export function encodeElement(name: string, value: unknown): Uint8Array {
  if (isDocument(value) && containsRaw(value)) {
    return encodeElement(name, new RawValue(3, encodeWithRaw(value)));
  }
  if (value instanceof RawValue) {
    return Buffer.concat([Buffer.from([value.type]), Buffer.from(`${name}\0`), value.bytes]);
  }
  const wrapped = encode({ [name]: value });
  return wrapped.subarray(4, wrapped.length - 1);
}

/** Like `encode`, for documents that hold {@link RawValue}s at the top or in embedded documents. */
export function encodeWithRaw(document: Document): Uint8Array {
  if (!containsRaw(document)) return encode(document);
  return joinElements(Object.entries(document).map(([name, value]) => encodeElement(name, value)));
}

function containsRaw(value: unknown): boolean {
  if (value instanceof RawValue) return true;
  return isDocument(value) && Object.values(value).some(containsRaw);
}

/** Documents as one BSON array, without decoding them. */
export function rawArray(documents: readonly Uint8Array[]): RawValue {
  const elements = documents.map((bytes, i) => encodeElement(String(i), new RawValue(3, bytes)));
  return new RawValue(4, joinElements(elements));
}

/** The bytes of a document with `_id` as its first field; a missing one becomes a new ObjectId. */
export function withLeadingId(bytes: Uint8Array): Uint8Array {
  const elements = splitDocument(bytes);
  const at = elements.findIndex((element) => element.name === '_id');
  if (at === 0) return bytes;
  const id = elements[at]?.bytes ?? encodeElement('_id', new ObjectId());
  const rest = elements.filter((_, i) => i !== at).map((element) => element.bytes);
  return joinElements([id, ...rest]);
}

/** Some top-level fields, decoded; the others are not looked at. */
export function pickFields(bytes: Uint8Array, names: ReadonlySet<string>): Document {
  const wanted = splitDocument(bytes).filter((element) => names.has(element.name));
  return decode(joinElements(wanted.map((element) => element.bytes)));
}
