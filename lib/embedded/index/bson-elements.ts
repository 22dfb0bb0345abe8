// Index layer, lowest: finds elements in raw BSON without decoding the rest of the document.
// BSON 1.1 (bsonspec.org). It must not know of indexes, filters or storage.

/** BSON type bytes that the index layer has to tell apart. */
export const BSON_BYTE = {
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
  minKey: 0xff,
  maxKey: 0x7f,
} as const;

/** Where one value lies: its type byte and the offset of its first byte in `bytes`. */
export interface ValueRef {
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (
    byte(bytes, at) |
    (byte(bytes, at + 1) << 8) |
    (byte(bytes, at + 2) << 16) |
    (byte(bytes, at + 3) << 24)
  );
}

export function byte(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw new RangeError('Expected more bytes of BSON');
  return value;
}

/** Offset just behind the zero byte that ends the C string at `at`. */
export function endOfCString(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(0, at);
  if (end < 0) throw new RangeError('Expected the end of a name in BSON');
  return end + 1;
}

/** Offset just behind the value of type `type` that starts at `at`. */
export function endOfValue(bytes: Uint8Array, type: number, at: number): number {
  switch (type) {
    case BSON_BYTE.undefined:
    case BSON_BYTE.null:
    case BSON_BYTE.minKey:
    case BSON_BYTE.maxKey:
      return at;
    case BSON_BYTE.bool:
      return at + 1;
    case BSON_BYTE.int:
      return at + 4;
    case BSON_BYTE.double:
    case BSON_BYTE.date:
    case BSON_BYTE.timestamp:
    case BSON_BYTE.long:
      return at + 8;
    case BSON_BYTE.objectId:
      return at + 12;
    case BSON_BYTE.decimal:
      return at + 16;
    case BSON_BYTE.string:
    case BSON_BYTE.javascript:
    case BSON_BYTE.symbol:
      return at + 4 + readInt32(bytes, at);
    case BSON_BYTE.binData:
      return at + 5 + readInt32(bytes, at);
    case BSON_BYTE.dbPointer:
      return at + 16 + readInt32(bytes, at);
    case BSON_BYTE.object:
    case BSON_BYTE.array:
    case BSON_BYTE.javascriptWithScope:
      return at + readInt32(bytes, at);
    case BSON_BYTE.regex:
      return endOfCString(bytes, endOfCString(bytes, at));
    default:
      throw new RangeError(`Expected a BSON type, got 0x${type.toString(16)}`);
  }
}

/** Walks the elements of the document or array that starts at `start`, in stored order. */
export class ElementReader {
  type = 0;
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  private next: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes;
    this.next = start + 4;
  }

  /** Moves to the next element; false behind the last one. */
  advance(): boolean {
    this.type = byte(this.bytes, this.next);
    if (this.type === 0) return false;
    this.nameStart = this.next + 1;
    this.valueStart = endOfCString(this.bytes, this.nameStart);
    this.nameEnd = this.valueStart - 1;
    this.next = endOfValue(this.bytes, this.type, this.valueStart);
    return true;
  }

  hasName(name: Uint8Array): boolean {
    if (this.nameEnd - this.nameStart !== name.length) return false;
    for (let i = 0; i < name.length; i++) {
      if (this.bytes[this.nameStart + i] !== name[i]) return false;
    }
    return true;
  }

  value(): ValueRef {
    return { type: this.type, bytes: this.bytes, offset: this.valueStart };
  }
}

/**
 * The element called `name` of the document at `start`. Of several with that name it is the last, because that
 * is the one which decoding to a JavaScript object keeps: index and filter must see the same value.
 */
export function findElement(
  bytes: Uint8Array,
  start: number,
  name: Uint8Array,
): ValueRef | undefined {
  const reader = new ElementReader(bytes, start);
  let found: ValueRef | undefined;
  while (reader.advance()) if (reader.hasName(name)) found = reader.value();
  return found;
}
