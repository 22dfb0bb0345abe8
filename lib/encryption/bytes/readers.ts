// Layer bytes: raw value bytes to JavaScript values, for the few types the engine itself reads.
// Every reader takes the value bytes of an `Element`; the caller has looked at its type.
import { BsonError } from '../errors.ts';
import { decodeUtf8 } from './elements.ts';

function requireLength(value: Uint8Array, length: number, type: string): DataView {
  if (value.byteLength !== length) {
    throw new BsonError('value', `Expected ${length} bytes for BSON ${type}`);
  }
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}

/** An int32. Throws `BsonError` unless `value` has four bytes. */
export function readInt32(value: Uint8Array): number {
  return requireLength(value, 4, 'int').getInt32(0, true);
}

/** An int64. Throws `BsonError` unless `value` has eight bytes. */
export function readInt64(value: Uint8Array): bigint {
  return requireLength(value, 8, 'long').getBigInt64(0, true);
}

/** A double. Throws `BsonError` unless `value` has eight bytes. */
export function readDouble(value: Uint8Array): number {
  return requireLength(value, 8, 'double').getFloat64(0, true);
}

/** A bool. Throws `BsonError` unless `value` is one byte, 0 or 1. */
export function readBool(value: Uint8Array): boolean {
  const byte = requireLength(value, 1, 'bool').getUint8(0);
  if (byte > 1) throw new BsonError('value', 'A BSON bool is neither 0 nor 1');
  return byte === 1;
}

/** A string (also javascript or symbol) in strict UTF-8; embedded NULs are kept, as BSON allows. */
export function readString(value: Uint8Array): string {
  if (value.byteLength < 5 || value[value.byteLength - 1] !== 0) {
    throw new BsonError('terminator', 'A BSON string does not end with a NUL byte');
  }
  if (readInt32(value.subarray(0, 4)) !== value.byteLength - 4) {
    throw new BsonError('length', 'A BSON string does not have its stated length');
  }
  return decodeUtf8(value.subarray(4, -1));
}

export interface BinaryValue {
  readonly subtype: number;
  /** A view. For the old subtype 2 it still starts with the inner length. */
  readonly data: Uint8Array;
}

/** A binary value, as a view. Throws `BsonError` when the stated length is wrong. */
export function readBinary(value: Uint8Array): BinaryValue {
  const subtype = value[4];
  if (subtype === undefined || readInt32(value.subarray(0, 4)) !== value.byteLength - 5) {
    throw new BsonError('length', 'A BSON binary does not have its stated length');
  }
  return { subtype, data: value.subarray(5) };
}

/** The bytes of a nested document or array: the value itself, after a check of its frame. */
export function readDocument(value: Uint8Array): Uint8Array {
  if (
    value.byteLength < 5 ||
    value[value.byteLength - 1] !== 0 ||
    readInt32(value.subarray(0, 4)) !== value.byteLength
  ) {
    throw new BsonError('length', 'A BSON document does not have its stated length');
  }
  return value;
}
