// Index layer: order-preserving keys for every BSON value. The order of the bytes is MongoDB's comparison order
// (manual, "Comparison/Sort Order"), and no key is a prefix of another, so keys can be put one behind the other.
// It works on raw BSON and must not know of filters or storage.
import { Decimal128 } from 'bson';

import { type Document, encode } from '../query/values.ts';
import {
  BSON_BYTE,
  byte,
  ElementReader,
  endOfCString,
  findElement,
  readInt32,
  type ValueRef,
} from './bson-elements.ts';
import { KeyWriter } from './key-writer.ts';
import { writeDecimal, writeDouble, writeLong } from './number-key.ts';

/** First byte of a key: the rank of the type. 0x00 is free for the end of objects and arrays. */
export const RANK = {
  minKey: 0x05,
  /** What an empty array leaves in an index; it is below null. */
  emptyArray: 0x0a,
  null: 0x10,
  number: 0x20,
  string: 0x30,
  object: 0x40,
  array: 0x48,
  binData: 0x50,
  objectId: 0x58,
  bool: 0x60,
  date: 0x68,
  timestamp: 0x70,
  regex: 0x78,
  dbPointer: 0x80,
  javascript: 0x88,
  javascriptWithScope: 0x90,
  maxKey: 0xf0,
} as const;

const RANK_OF_TYPE = new Map<number, number>([
  [BSON_BYTE.minKey, RANK.minKey],
  // A missing field and the deprecated `undefined` are indexed as null.
  [BSON_BYTE.undefined, RANK.null],
  [BSON_BYTE.null, RANK.null],
  [BSON_BYTE.int, RANK.number],
  [BSON_BYTE.long, RANK.number],
  [BSON_BYTE.double, RANK.number],
  [BSON_BYTE.decimal, RANK.number],
  [BSON_BYTE.string, RANK.string],
  [BSON_BYTE.symbol, RANK.string],
  [BSON_BYTE.object, RANK.object],
  [BSON_BYTE.array, RANK.array],
  [BSON_BYTE.binData, RANK.binData],
  [BSON_BYTE.objectId, RANK.objectId],
  [BSON_BYTE.bool, RANK.bool],
  [BSON_BYTE.date, RANK.date],
  [BSON_BYTE.timestamp, RANK.timestamp],
  [BSON_BYTE.regex, RANK.regex],
  [BSON_BYTE.dbPointer, RANK.dbPointer],
  [BSON_BYTE.javascript, RANK.javascript],
  [BSON_BYTE.javascriptWithScope, RANK.javascriptWithScope],
  [BSON_BYTE.maxKey, RANK.maxKey],
]);

const END = 0x00;
const VALUE_NAME = new TextEncoder().encode('v');

/** Appends the key of one value. */
export function writeValue(writer: KeyWriter, { type, bytes, offset }: ValueRef): void {
  const rank = RANK_OF_TYPE.get(type);
  if (rank === undefined) throw new RangeError(`Expected a BSON type, got 0x${type.toString(16)}`);
  writer.byte(rank);
  switch (type) {
    case BSON_BYTE.int:
      writeDouble(writer, readInt32(bytes, offset));
      break;
    case BSON_BYTE.double:
      writeDouble(writer, view(bytes).getFloat64(offset, true));
      break;
    case BSON_BYTE.long:
      writeLong(writer, view(bytes).getBigInt64(offset, true));
      break;
    case BSON_BYTE.decimal:
      writeDecimal(writer, new Decimal128(bytes.slice(offset, offset + 16)).toString());
      break;
    case BSON_BYTE.string:
    case BSON_BYTE.symbol:
    case BSON_BYTE.javascript:
      writeText(writer, bytes, offset + 4, offset + 3 + readInt32(bytes, offset));
      break;
    case BSON_BYTE.object:
      writeDocument(writer, bytes, offset, true);
      break;
    case BSON_BYTE.array:
      writeDocument(writer, bytes, offset, false);
      break;
    case BSON_BYTE.binData:
      // Manual, "BinData": length, then subtype, then the bytes.
      writer.uint32(readInt32(bytes, offset));
      writer.bytes(bytes, offset + 4, offset + 5 + readInt32(bytes, offset));
      break;
    case BSON_BYTE.objectId:
      writer.bytes(bytes, offset, offset + 12);
      break;
    case BSON_BYTE.bool:
      writer.byte(byte(bytes, offset));
      break;
    case BSON_BYTE.date:
      writer.uint32((readInt32(bytes, offset + 4) ^ 0x80000000) >>> 0);
      writer.uint32(readInt32(bytes, offset) >>> 0);
      break;
    case BSON_BYTE.timestamp:
      writer.uint32(readInt32(bytes, offset + 4) >>> 0);
      writer.uint32(readInt32(bytes, offset) >>> 0);
      break;
    case BSON_BYTE.regex:
      writer.bytes(bytes, offset, endOfCString(bytes, endOfCString(bytes, offset)));
      break;
    case BSON_BYTE.dbPointer: {
      const end = offset + 4 + readInt32(bytes, offset);
      writeText(writer, bytes, offset + 4, end - 1);
      writer.bytes(bytes, end, end + 12);
      break;
    }
    case BSON_BYTE.javascriptWithScope: {
      const scope = offset + 8 + readInt32(bytes, offset + 4);
      writeText(writer, bytes, offset + 8, scope - 1);
      writeDocument(writer, bytes, scope, true);
      break;
    }
    default:
      break; // null, undefined, minKey, maxKey: the rank is all
  }
}

/** The key of a JavaScript value with BSON types, as filters hold them. */
export function keyOf(value: unknown): Uint8Array {
  const writer = new KeyWriter();
  writeValue(writer, refOf(value));
  return writer.take();
}

/** The key of every string that starts with `prefix`, without what follows the prefix. */
export function keyOfStringPrefix(prefix: string): Uint8Array {
  const key = keyOf(prefix);
  return key.subarray(0, key.length - 2);
}

function refOf(value: unknown): ValueRef {
  const document: Document = { v: value === undefined ? null : value };
  const bytes = encode(document);
  const found = findElement(bytes, 0, VALUE_NAME);
  if (!found) throw new TypeError('Expected a BSON value');
  return found;
}

/** 0x00 inside a text becomes 0x00 0xFF, so that the end, 0x00 0x00, sorts before any longer text. */
function writeText(writer: KeyWriter, bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const value = byte(bytes, i);
    writer.byte(value);
    if (value === 0) writer.byte(0xff);
  }
  writer.byte(END);
  writer.byte(END);
}

/** Field by field: rank of the type, then the name, then the value; the shorter document comes first. */
function writeDocument(
  writer: KeyWriter,
  bytes: Uint8Array,
  start: number,
  withNames: boolean,
): void {
  const reader = new ElementReader(bytes, start);
  while (reader.advance()) {
    if (withNames) {
      writer.byte(RANK_OF_TYPE.get(reader.type) ?? END);
      writer.bytes(bytes, reader.nameStart, reader.valueStart);
    }
    writeValue(writer, reader.value());
  }
  writer.byte(END);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
