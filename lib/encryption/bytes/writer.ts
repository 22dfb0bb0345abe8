// Layer bytes: builds one BSON document, element by element, from raw value bytes.
// Nested documents are built first and appended as values; knows nothing about encryption.
import { BsonError } from '../errors.ts';
import { isBsonType } from './bson-type.ts';

const maxLength = 0x7fff_ffff;
const unpairedSurrogate = /\p{Surrogate}/u;

function requireWellFormed(text: string): void {
  if (unpairedSurrogate.test(text)) {
    throw new BsonError('utf8', 'Expected well-formed Unicode text, found an unpaired surrogate');
  }
}

/** Grows one buffer; `finish` may be called once and hands the bytes over without a copy. */
export class DocumentWriter {
  #bytes: Buffer;
  #length = 4;
  #finished = false;

  constructor(sizeHint = 256) {
    this.#bytes = Buffer.allocUnsafe(Math.max(16, sizeHint));
  }

  /**
   * Appends an element from its raw value bytes (copied). The caller vouches that `value` fits
   * `type`. Throws `BsonError` for an unknown type or a name with a NUL or an unpaired surrogate.
   */
  append(type: number, key: string, value: Uint8Array): this {
    if (this.#finished) throw new BsonError('value', 'A finished BSON document cannot grow');
    if (!isBsonType(type)) throw new BsonError('type', 'Expected a BSON type byte');
    if (key.includes('\0')) {
      throw new BsonError('key', 'A BSON field name cannot contain a NUL character');
    }
    requireWellFormed(key);
    // Three bytes per UTF-16 unit is the most that UTF-8 needs.
    this.#reserve(2 + key.length * 3 + value.byteLength + 1);
    this.#bytes[this.#length++] = type;
    this.#length += this.#bytes.write(key, this.#length, 'utf8');
    this.#bytes[this.#length++] = 0;
    this.#bytes.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }

  /** The finished document. Throws `BsonError` when called twice. */
  finish(): Uint8Array {
    if (this.#finished) throw new BsonError('value', 'A BSON document can be finished once');
    this.#finished = true;
    this.#reserve(1);
    this.#bytes[this.#length++] = 0;
    this.#bytes.writeInt32LE(this.#length, 0);
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed > maxLength) throw new BsonError('length', 'A BSON document cannot exceed 2 GiB');
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.min(maxLength, Math.max(needed, this.#bytes.length * 2)));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** An array document: the values get the names `0`, `1`, ... */
export function encodeArray(
  items: Iterable<{ readonly type: number; readonly value: Uint8Array }>,
): Uint8Array {
  const writer = new DocumentWriter();
  let index = 0;
  for (const item of items) writer.append(item.type, String(index++), item.value);
  return writer.finish();
}

/** Throws `BsonError` unless `value` is an integer of 32 bits. */
export function encodeInt32(value: number): Uint8Array {
  if ((value | 0) !== value) throw new BsonError('value', 'Expected a 32-bit integer');
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** Throws `BsonError` unless `value` fits 64 bits. */
export function encodeInt64(value: bigint): Uint8Array {
  if (BigInt.asIntN(64, value) !== value) {
    throw new BsonError('value', 'Expected a 64-bit integer');
  }
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

export function encodeDouble(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

/** Throws `BsonError` for an unpaired surrogate; NUL characters are kept, as BSON allows. */
export function encodeString(value: string): Uint8Array {
  requireWellFormed(value);
  const length = Buffer.byteLength(value, 'utf8');
  const bytes = Buffer.allocUnsafe(length + 5);
  bytes.writeInt32LE(length + 1);
  bytes.write(value, 4, 'utf8');
  bytes[length + 4] = 0;
  return bytes;
}

export function encodeBool(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 1 : 0);
}

/** Milliseconds since the epoch. Throws `BsonError` for an invalid date. */
export function encodeDate(value: Date): Uint8Array {
  const time = value.getTime();
  if (Number.isNaN(time)) throw new BsonError('value', 'Expected a valid date');
  return encodeInt64(BigInt(time));
}

/** Throws `BsonError` unless `subtype` is a byte; the old subtype 2 (inner length) is refused. */
export function encodeBinary(subtype: number, data: Uint8Array): Uint8Array {
  if (!Number.isInteger(subtype) || subtype < 0 || subtype > 255 || subtype === 2) {
    throw new BsonError('value', 'Expected a binary subtype from 0 to 255, other than 2');
  }
  const bytes = Buffer.allocUnsafe(data.byteLength + 5);
  bytes.writeInt32LE(data.byteLength);
  bytes[4] = subtype;
  bytes.set(data, 5);
  return bytes;
}

/** The value of null, undefined, minKey and maxKey: no bytes. */
export const noValue: Uint8Array = new Uint8Array(0);
