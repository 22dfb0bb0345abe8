// Fuzz target: reading and writing BSON itself.
// Promise: what is read to its end is written back byte for byte, and binaries are found where a plain
// walk finds them.
import {
  BsonType,
  DocumentWriter,
  elements,
  findBinaries,
  getElement,
  readBinary,
  requireDepth,
  requireValue,
  spliceBinaries,
} from '../../bytes/index.ts';
import { attempt, promise } from '../breach.ts';
import type { Target } from '../target.ts';

interface Copy {
  readonly bytes: Uint8Array;
  readonly binaries: number;
}

function copy(document: Uint8Array, subtype: number, depth: number): Copy {
  requireDepth(depth);
  const writer = new DocumentWriter(document.byteLength);
  let binaries = 0;
  for (const { type, key, value } of elements(document)) {
    requireValue(type, value);
    if (type === BsonType.object || type === BsonType.array) {
      const inner = copy(value, subtype, depth + 1);
      binaries += inner.binaries;
      writer.append(type, key, inner.bytes);
      continue;
    }
    if (type === BsonType.binData && readBinary(value).subtype === subtype) binaries++;
    writer.append(type, key, value);
  }
  return { bytes: writer.finish(), binaries };
}

export const bson: Target = {
  name: 'bson',
  shape: 'bson',
  words: ['a', 'b', '', '0', 'é', '\ufeff', '\u{1f600}', '\ud800', '$ref', '_id'],
  run(input) {
    const subtype = input.length % 7;
    const read = attempt(() => copy(input, subtype, 1));
    const found = attempt(() => findBinaries(input, subtype));
    attempt(() => getElement(input, 'a'));
    if (!read.accepted) {
      const isTooDeep = read.error.code === 'depth';
      promise(!isTooDeep || !found.accepted, 'Binaries are looked for below the deepest level');
      return 'refused';
    }
    promise(Buffer.compare(read.result.bytes, input) === 0, 'A document is not written as read');
    promise(found.accepted, 'Binaries are not found in a document that can be read');
    promise(found.result.length === read.result.binaries, 'A binary is found twice or not at all');
    const same = found.result.map((slot) => ({
      slot,
      type: BsonType.binData,
      value: input.subarray(slot.start, slot.end),
    }));
    promise(Buffer.compare(spliceBinaries(input, same), input) === 0, 'A splice changes the rest');
    const removed = found.result.map((slot) => ({
      slot,
      type: BsonType.null,
      value: new Uint8Array(0),
    }));
    const shorter = copy(spliceBinaries(input, removed), subtype, 1);
    promise(shorter.binaries === 0, 'A binary is left over after a splice');
    return 'accepted';
  },
};
