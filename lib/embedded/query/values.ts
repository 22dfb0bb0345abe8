// Query layer, lowest: BSON values as JavaScript objects that keep their exact BSON type.
// Numbers are always Int32, Long, Double or Decimal128 instances, regular expressions BSONRegExp.
// It must not know of filters, storage or the wire.
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  BSONType,
  Code,
  DBRef,
  Decimal128,
  deserialize,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
} from 'bson';

/** A BSON document; keys keep their order, except integer-like ones, which JavaScript moves to the front. */
export type Document = Record<string, unknown>;

/** Largest document in bytes, as MongoDB's documentation gives it. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** Bytes to a document whose values keep their BSON types. Throws BSONError on malformed bytes. */
export function decode(bytes: Uint8Array): Document {
  return deserialize(bytes, { promoteValues: false, promoteLongs: false, bsonRegExp: true });
}

/** A document to bytes; plain JavaScript numbers become int32 where they fit, else double. */
export function encode(document: Document): Uint8Array {
  return serialize(document, { ignoreUndefined: false });
}

/** True for an embedded document, false for arrays, null and every BSON value class. */
export function isDocument(value: unknown): value is Document {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/** Any of the numeric BSON types, or a JavaScript number that stands for one. */
export type NumericValue = Int32 | Long | Double | Decimal128 | number | bigint;

export function isNumeric(value: unknown): value is NumericValue {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Int32 ||
    value instanceof Double ||
    (value instanceof Long && !(value instanceof Timestamp)) ||
    value instanceof Decimal128
  );
}

/** A numeric value as a JavaScript number; undefined for anything that is not numeric. May round. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Timestamp) return undefined;
  if (value instanceof Long) return value.toNumber();
  if (value instanceof Decimal128) return Number(value.toString());
  return undefined;
}

/** A whole number within JavaScript's safe range, or undefined. */
export function toInteger(value: unknown): number | undefined {
  const number = toNumber(value);
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

/** The names that `$type` uses; `undefined` means that the value is missing. */
export type TypeName = keyof typeof BSONType;

const TYPE_NAMES = new Map<number, TypeName>();
for (const [name, code] of Object.entries(BSONType)) TYPE_NAMES.set(code, name as TypeName);

/** BSON type name by numeric code, as `$type: 16`. */
export function typeNameOf(code: number): TypeName | undefined {
  return TYPE_NAMES.get(code === 255 ? -1 : code);
}

/** The BSON type of a value, under the alias that `$type` and `$jsonSchema.bsonType` use. */
export function typeOf(value: unknown): TypeName {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'undefined':
      return 'undefined';
    case 'bigint':
      return 'long';
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'int' : 'double';
    default:
      break;
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof ObjectId) return 'objectId';
  if (value instanceof Binary || ArrayBuffer.isView(value)) return 'binData';
  if (value instanceof Date) return 'date';
  if (value instanceof Int32) return 'int';
  if (value instanceof Double) return 'double';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Long) return 'long';
  if (value instanceof Decimal128) return 'decimal';
  if (value instanceof BSONRegExp || value instanceof RegExp) return 'regex';
  if (value instanceof MinKey) return 'minKey';
  if (value instanceof MaxKey) return 'maxKey';
  if (value instanceof BSONSymbol) return 'symbol';
  if (value instanceof Code) return value.scope ? 'javascriptWithScope' : 'javascript';
  if (value instanceof DBRef) return 'object';
  return 'object';
}
