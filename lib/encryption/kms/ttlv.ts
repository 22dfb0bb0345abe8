// Layer kms: KMIP's Tag-Type-Length-Value encoding (KMIP 1.0 §9.1). Knows no operation.
import { KmsError } from '../errors.ts';

/** Item types, KMIP 1.0 §9.1.1.2. */
export const TtlvType = {
  structure: 1,
  integer: 2,
  longInteger: 3,
  enumeration: 5,
  boolean: 6,
  textString: 7,
  byteString: 8,
  dateTime: 9,
} as const;

export const ttlvHeaderLength = 8;
/** An answer holds one key or one ciphertext; more is no answer. */
export const maxTtlvLength = 1024 * 1024;
const maxDepth = 16;

/** One encoded item: tag, type, length, value, padding to eight bytes. */
function item(tag: number, type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(ttlvHeaderLength);
  header.writeUIntBE(tag, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt32BE(value.length, 4);
  return Buffer.concat([header, value, Buffer.alloc((8 - (value.length % 8)) % 8)]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const structure = (tag: number, ...items: Buffer[]): Buffer =>
  item(tag, TtlvType.structure, Buffer.concat(items));
export const integer = (tag: number, value: number): Buffer =>
  item(tag, TtlvType.integer, int32(value));
export const enumeration = (tag: number, value: number): Buffer =>
  item(tag, TtlvType.enumeration, int32(value));
export const text = (tag: number, value: string): Buffer =>
  item(tag, TtlvType.textString, Buffer.from(value));
export const bytes = (tag: number, value: Uint8Array): Buffer =>
  item(tag, TtlvType.byteString, Buffer.from(value));
export const boolean = (tag: number, value: boolean): Buffer =>
  item(tag, TtlvType.boolean, Buffer.of(0, 0, 0, 0, 0, 0, 0, value ? 1 : 0));

/** One decoded item; `value` is a view without the padding. */
export interface TtlvItem {
  readonly tag: number;
  readonly type: number;
  readonly value: Buffer;
  /** Of a structure. */
  readonly items: readonly TtlvItem[];
}

function malformed(problem: string): KmsError {
  return new KmsError('response', `Expected a KMIP response, but ${problem}`);
}

/** Decodes a run of items that fills `data`. Throws `KmsError` (`response`). */
function decodeItems(data: Buffer, depth: number): TtlvItem[] {
  if (depth > maxDepth) throw malformed('it is nested too deeply');
  const items: TtlvItem[] = [];
  let position = 0;
  while (position < data.length) {
    if (data.length - position < ttlvHeaderLength) throw malformed('an item is cut');
    const type = data.readUInt8(position + 3);
    const length = data.readUInt32BE(position + 4);
    const start = position + ttlvHeaderLength;
    const end = start + Math.ceil(length / 8) * 8;
    if (end > data.length) throw malformed('an item reaches beyond its end');
    const value = data.subarray(start, start + length);
    items.push({
      tag: data.readUIntBE(position, 3),
      type,
      value,
      items: type === TtlvType.structure ? decodeItems(value, depth + 1) : [],
    });
    position = end;
  }
  return items;
}

/** Decodes a message of exactly one item. Throws `KmsError` (`response`). */
export function decode(message: Buffer): TtlvItem {
  const [root, ...more] = decodeItems(message, 0);
  if (!root || more.length > 0) throw malformed('it is not one item');
  return root;
}

/** The item at a path of tags below `item`, or undefined. */
export function find(item: TtlvItem, ...path: readonly number[]): TtlvItem | undefined {
  let at: TtlvItem | undefined = item;
  for (const tag of path) at = at?.items.find((each) => each.tag === tag);
  return at;
}

/** The value of an enumeration or integer, or undefined for anything else. */
export function numberOf(item: TtlvItem | undefined): number | undefined {
  const isNumber = item?.type === TtlvType.enumeration || item?.type === TtlvType.integer;
  return isNumber && item.value.length === 4 ? item.value.readInt32BE() : undefined;
}
