// Layer bytes: the BSON type table. Knows the BSON specification and nothing about encryption.

/** Type bytes of the BSON specification (bsonspec.org, "Elements"), by MongoDB's `$type` alias. */
export const BsonType = {
  double: 0x01,
  string: 0x02,
  object: 0x03,
  array: 0x04,
  binData: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  bool: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  javascript: 0x0d,
  symbol: 0x0e,
  javascriptWithScope: 0x0f,
  int: 0x10,
  timestamp: 0x11,
  long: 0x12,
  decimal: 0x13,
  maxKey: 0x7f,
  minKey: 0xff,
} as const;

export type BsonTypeName = keyof typeof BsonType;

/** Names by type byte. A typed view of `BsonType`, for lookups by an untrusted byte. */
const names: ReadonlyMap<number, BsonTypeName> = new Map(
  (Object.keys(BsonType) as BsonTypeName[]).map((name) => [BsonType[name], name]),
);

/** The `$type` alias of a type byte, or `unknown`. */
export function typeName(type: number): BsonTypeName | 'unknown' {
  return names.get(type) ?? 'unknown';
}

/** Whether `type` is a type byte of the BSON specification. */
export function isBsonType(type: number): boolean {
  return names.has(type);
}
