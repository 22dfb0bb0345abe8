// Layer bytes: finds binary values anywhere in a document and splices others into their place.
// Everything between them is copied as it is, so no type, name or order is lost on the way.
import { BsonError } from '../errors.ts';
import { BsonType } from './bson-type.ts';
import { cstringEnd, documentSize, requireDepth, valueSize, view } from './elements.ts';
import { encodeInt32 } from './writer.ts';

/** A document or array around a binary: where its length stands. */
interface Frame {
  readonly start: number;
  readonly size: number;
  readonly parent: Frame | undefined;
}

/** A binary value found by `findBinaries`; `data` is a view. */
export interface BinarySlot {
  readonly subtype: number;
  readonly data: Uint8Array;
  readonly typeAt: number;
  readonly start: number;
  readonly end: number;
  readonly frame: Frame;
}

/**
 * All binaries of `subtype` in a document, its sub-documents and arrays, in order.
 * A javascriptWithScope is not entered: its scope is a constant, never a field of the document.
 * Throws `BsonError` for malformed bytes and beyond `maxDepth` nested levels.
 */
export function findBinaries(document: Uint8Array, subtype: number): BinarySlot[] {
  const bytes = view(document);
  const found: BinarySlot[] = [];
  const visit = (start: number, size: number, parent: Frame | undefined, depth: number): void => {
    requireDepth(depth);
    const frame: Frame = { start, size, parent };
    const end = start + size - 1;
    let position = start + 4;
    while (position < end) {
      const typeAt = position;
      const type = bytes[typeAt] ?? 0;
      const valueStart = cstringEnd(bytes, typeAt + 1, end) + 1;
      const length = valueSize(bytes, type, valueStart, end);
      position = valueStart + length;
      if (type === BsonType.object || type === BsonType.array) {
        visit(valueStart, length, frame, depth + 1);
      } else if (type === BsonType.binData && bytes[valueStart + 4] === subtype) {
        const data = document.subarray(valueStart + 5, position);
        found.push({ subtype, data, typeAt, start: valueStart, end: position, frame });
      }
    }
  };
  if (bytes.length < 5 || documentSize(bytes, 0, bytes.length) !== bytes.length) {
    throw new BsonError('length', 'A BSON document does not have its stated length');
  }
  visit(0, bytes.length, undefined, 1);
  return found;
}

export interface Splice {
  readonly slot: BinarySlot;
  readonly type: number;
  readonly value: Uint8Array;
}

/**
 * A copy of `document` with other values in the given slots, every enclosing length corrected.
 * The slots come from `findBinaries` of the same document. Without splices: the document itself.
 */
export function spliceBinaries(document: Uint8Array, splices: readonly Splice[]): Uint8Array {
  if (splices.length === 0) return document;
  const growth = new Map<Frame, number>();
  for (const { slot, value } of splices) {
    const extra = value.byteLength - (slot.end - slot.start);
    for (let frame: Frame | undefined = slot.frame; frame; frame = frame.parent) {
      growth.set(frame, (growth.get(frame) ?? 0) + extra);
    }
  }
  const edits = splices.flatMap(({ slot, type, value }) => [
    { start: slot.typeAt, end: slot.typeAt + 1, bytes: Uint8Array.of(type) },
    { start: slot.start, end: slot.end, bytes: value },
  ]);
  for (const [frame, extra] of growth) {
    const bytes = encodeInt32(frame.size + extra);
    edits.push({ start: frame.start, end: frame.start + 4, bytes });
  }
  edits.sort((a, b) => a.start - b.start);
  const parts: Uint8Array[] = [];
  let position = 0;
  for (const edit of edits) {
    parts.push(document.subarray(position, edit.start), edit.bytes);
    position = edit.end;
  }
  parts.push(document.subarray(position));
  return Buffer.concat(parts);
}
