// Layer bytes: a strict forward reader over one BSON document.
// Yields views, never copies; knows nothing of keys, ciphertext or commands.
import { BsonError } from '../errors.ts';
import { BsonType } from './bson-type.ts';

/** One element. `value` is a view of the raw value bytes, without type byte and name. */
export interface Element {
  readonly type: number;
  readonly key: string;
  readonly value: Uint8Array;
}

/** MongoDB servers allow 100 nested levels, 200 with internal slack; deeper is refused, not recursed. */
export const maxDepth = 200;

// `ignoreBOM` keeps a leading U+FEFF: without it the decoder drops it and the key changes.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes strict UTF-8, a leading U+FEFF included. Throws `BsonError` (`utf8`). */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new BsonError('utf8', 'Expected valid UTF-8');
  }
}

/** Throws `BsonError` (`depth`) when `depth` exceeds `maxDepth`; the root document has depth 1. */
export function requireDepth(depth: number): void {
  if (depth > maxDepth) {
    throw new BsonError(
      'depth',
      `Expected at most ${maxDepth} nested levels in a BSON document, found more`,
    );
  }
}

const fixedSizes: ReadonlyMap<number, number> = new Map<number, number>([
  [BsonType.double, 8],
  [BsonType.undefined, 0],
  [BsonType.objectId, 12],
  [BsonType.bool, 1],
  [BsonType.date, 8],
  [BsonType.null, 0],
  [BsonType.int, 4],
  [BsonType.timestamp, 8],
  [BsonType.long, 8],
  [BsonType.decimal, 16],
  [BsonType.maxKey, 0],
  [BsonType.minKey, 0],
]);

/** A Buffer over the same memory. */
export function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function truncated(): BsonError {
  return new BsonError('truncated', 'A BSON value reaches beyond the end of its document');
}

/** Size of a length-prefixed value at `start`, the prefix included; `end` bounds it. */
function prefixedSize(bytes: Buffer, start: number, end: number, prefix: number): number {
  if (start + 4 > end) throw truncated();
  const length = bytes.readInt32LE(start);
  if (length < 0) throw new BsonError('length', 'A BSON value has a negative length');
  if (length > end - start - prefix) throw truncated();
  return prefix + length;
}

function stringSize(bytes: Buffer, start: number, end: number): number {
  const size = prefixedSize(bytes, start, end, 4);
  if (size < 5) throw new BsonError('length', 'A BSON string has no room for its terminator');
  if (bytes[start + size - 1] !== 0) {
    throw new BsonError('terminator', 'A BSON string does not end with a NUL byte');
  }
  return size;
}

/** Size of the document at `start`, its frame checked; it must end at or before `end`. */
export function documentSize(bytes: Buffer, start: number, end: number): number {
  const size = prefixedSize(bytes, start, end, 0);
  if (size < 5) throw new BsonError('length', 'A BSON document is shorter than five bytes');
  if (bytes[start + size - 1] !== 0) {
    throw new BsonError('terminator', 'A BSON document does not end with a NUL byte');
  }
  return size;
}

/** Index of the NUL that ends the C string at `start`; it must lie before `end`. */
export function cstringEnd(bytes: Buffer, start: number, end: number): number {
  const nul = bytes.indexOf(0, start);
  if (nul === -1 || nul >= end) {
    throw new BsonError('terminator', 'A BSON name or regular expression has no NUL byte');
  }
  return nul;
}

function codeWithScopeSize(bytes: Buffer, start: number, end: number): number {
  const size = prefixedSize(bytes, start, end, 0);
  if (size < 14) throw new BsonError('length', 'A BSON javascriptWithScope is too short');
  const stop = start + size;
  const code = stringSize(bytes, start + 4, stop);
  if (start + 4 + code + documentSize(bytes, start + 4 + code, stop) !== stop) {
    throw new BsonError('length', 'A BSON javascriptWithScope does not have its stated length');
  }
  return size;
}

/** Size of the value of `type` at `start`; the value must end at or before `end`. */
export function valueSize(bytes: Buffer, type: number, start: number, end: number): number {
  const fixed = fixedSizes.get(type);
  if (fixed !== undefined) {
    if (start + fixed > end) throw truncated();
    if (type === BsonType.bool && (bytes[start] ?? 2) > 1) {
      throw new BsonError('value', 'A BSON bool is neither 0 nor 1');
    }
    return fixed;
  }
  switch (type) {
    case BsonType.string:
    case BsonType.javascript:
    case BsonType.symbol:
      return stringSize(bytes, start, end);
    case BsonType.object:
    case BsonType.array:
      return documentSize(bytes, start, end);
    case BsonType.binData:
      return prefixedSize(bytes, start, end, 5);
    case BsonType.regex:
      return cstringEnd(bytes, cstringEnd(bytes, start, end) + 1, end) + 1 - start;
    case BsonType.dbPointer: {
      const size = stringSize(bytes, start, end) + 12;
      if (start + size > end) throw truncated();
      return size;
    }
    case BsonType.javascriptWithScope:
      return codeWithScopeSize(bytes, start, end);
    default:
      throw new BsonError('type', `Unknown BSON type 0x${type.toString(16).padStart(2, '0')}`);
  }
}

/**
 * Throws `BsonError` unless `value` is exactly one value of `type`: its own size, nothing behind it.
 * Does not look inside nested documents; `elements` does when they are read.
 */
export function requireValue(type: number, value: Uint8Array): void {
  const size = valueSize(view(value), type, 0, value.byteLength);
  if (size !== value.byteLength) {
    throw new BsonError('length', 'A BSON value does not have the length that its type states');
  }
}

function readKey(bytes: Buffer, start: number, nul: number): string {
  for (let i = start; i < nul; i++) {
    if ((bytes[i] ?? 0) > 0x7f) return decodeUtf8(bytes.subarray(start, nul));
  }
  return bytes.toString('latin1', start, nul);
}

/**
 * Reads the elements of one document in order. Strict: `document` is exactly one BSON document
 * whose length, terminator, names (UTF-8) and value bounds hold. Duplicate names are yielded as
 * they come. Nested documents are checked for length and terminator only, until they are read.
 * Throws `BsonError`, possibly after some elements were yielded.
 */
export function* elements(document: Uint8Array): Generator<Element, void, undefined> {
  const bytes = view(document);
  if (bytes.length < 5) {
    throw new BsonError('length', 'A BSON document is shorter than five bytes');
  }
  if (documentSize(bytes, 0, bytes.length) !== bytes.length) {
    throw new BsonError('length', 'A BSON document does not have its stated length');
  }
  const end = bytes.length - 1;
  let position = 4;
  while (position < end) {
    const type = bytes[position] ?? 0;
    const nul = cstringEnd(bytes, position + 1, end);
    const key = readKey(bytes, position + 1, nul);
    const start = nul + 1;
    position = start + valueSize(bytes, type, start, end);
    yield { type, key, value: document.subarray(start, position) };
  }
}

/** The first element named `key`, or undefined. Throws `BsonError` as `elements` does. */
export function getElement(document: Uint8Array, key: string): Element | undefined {
  for (const element of elements(document)) {
    if (element.key === key) return element;
  }
  return undefined;
}
