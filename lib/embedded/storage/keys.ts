// Storage layer: the keys of LMDB's tables. Big-endian numbers, so that byte order is numeric order.
// Numbers are written byte by byte: a DataView would give every small key a memory block of its own to collect.
import { createHash } from 'node:crypto';

import { afterPrefix, type KeyRange } from './environment.ts';

const UINT32 = 2 ** 32;
/** Longest part of an index key that is stored as it is; LMDB allows 1978 bytes for a whole key. */
export const MAX_INDEX_KEY_BYTES = 1900;

export function idKey(id: number): Uint8Array {
  const key = new Uint8Array(4);
  writeUint32(key, 0, id);
  return key;
}

/** 4 bytes collection id, 6 bytes record id. */
export function documentKey(collectionId: number, recordId: number): Uint8Array {
  const key = new Uint8Array(10);
  writeUint32(key, 0, collectionId);
  writeRecordId(key, 4, recordId);
  return key;
}

export function recordIdOfDocumentKey(key: Uint8Array): number {
  return readRecordId(key, 4);
}

export function rangeOf(id: number): KeyRange {
  return { start: idKey(id), end: idKey(id + 1) };
}

/**
 * 4 bytes index id, the index key, and 6 bytes record id unless the index is unique. An index key that is too
 * long for LMDB is cut and ends with a hash of the whole, so equality stays exact but order does not.
 */
export function entryKey(indexId: number, key: Uint8Array, recordId?: number): Uint8Array {
  const stored = storedIndexKey(key);
  const result = new Uint8Array(4 + stored.length + (recordId === undefined ? 0 : 6));
  writeUint32(result, 0, indexId);
  result.set(stored, 4);
  if (recordId !== undefined) writeRecordId(result, 4 + stored.length, recordId);
  return result;
}

export function isLongIndexKey(key: Uint8Array): boolean {
  return key.length > MAX_INDEX_KEY_BYTES;
}

function storedIndexKey(key: Uint8Array): Uint8Array {
  if (!isLongIndexKey(key)) return key;
  const stored = new Uint8Array(MAX_INDEX_KEY_BYTES + 32);
  stored.set(key.subarray(0, MAX_INDEX_KEY_BYTES));
  stored.set(createHash('sha256').update(key).digest(), MAX_INDEX_KEY_BYTES);
  return stored;
}

/** All entries of an index whose key is at least `low`, and below `high` or starting with it. */
export function entryRange(indexId: number, low: Uint8Array, high: Uint8Array): KeyRange {
  const cut = (key: Uint8Array) => key.subarray(0, MAX_INDEX_KEY_BYTES);
  return {
    start: entryPrefix(indexId, cut(low)),
    end: afterPrefix(entryPrefix(indexId, cut(high))),
  };
}

function entryPrefix(indexId: number, key: Uint8Array): Uint8Array {
  const result = new Uint8Array(4 + key.length);
  writeUint32(result, 0, indexId);
  result.set(key, 4);
  return result;
}

export function recordIdValue(recordId: number): Uint8Array {
  const value = new Uint8Array(6);
  writeRecordId(value, 0, recordId);
  return value;
}

export function readRecordId(bytes: Uint8Array, at = 0): number {
  let id = 0;
  for (let i = at; i < at + 6; i++) id = id * 0x100 + (bytes[i] ?? 0);
  return id;
}

function writeRecordId(bytes: Uint8Array, at: number, recordId: number): void {
  const high = Math.floor(recordId / UINT32);
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  writeUint32(bytes, at + 2, recordId % UINT32);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
