import { Binary, deserialize, serialize } from 'bson';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BsonError } from '../errors.ts';
import { anyDocument, nested } from '../testing/documents.ts';
import { BsonType, encodeBinary, encodeString, findBinaries, spliceBinaries } from './index.ts';

const six = (text: string) => new Binary(Buffer.from(text), 6);

describe('findBinaries', () => {
  it('finds a subtype in documents and arrays at any depth, in order', () => {
    const document = serialize({ a: six('1'), b: { c: [{ d: six('2') }, six('3')] }, e: six('4') });
    expect(findBinaries(document, 6).map(({ data }) => Buffer.from(data).toString())).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it('leaves other subtypes and look-alikes in strings alone', () => {
    const document = serialize({ a: new Binary(Buffer.from('x'), 0), s: '\x05a\0\x01\0\0\0\x06x' });
    expect(findBinaries(document, 6)).toEqual([]);
  });

  it('reads 200 levels and refuses 201 without overflowing the stack', () => {
    expect(findBinaries(nested(200), 6)).toEqual([]);
    expect(() => findBinaries(nested(201), 6)).toThrow(BsonError);
    expect(() => findBinaries(nested(20_000), 6)).toThrow('at most 200 nested levels');
  });

  it('refuses every truncation of any document', () => {
    fc.assert(
      fc.property(anyDocument, fc.nat(), (document, cut) => {
        const shorter = document.subarray(0, cut % document.byteLength);
        expect(() => findBinaries(shorter, 6)).toThrow(BsonError);
      }),
    );
  });
});

describe('spliceBinaries', () => {
  it('puts values of other sizes in place and corrects every enclosing length', () => {
    const original = { a: six('1'), b: { c: [{ d: six('22') }, 7, six('3')], z: 'end' } };
    const document = serialize(original);
    const splices = findBinaries(document, 6).map((slot) => ({
      slot,
      type: BsonType.string,
      value: encodeString(`plain ${Buffer.from(slot.data).toString()}`.repeat(slot.data.length)),
    }));
    expect(deserialize(spliceBinaries(document, splices))).toEqual({
      a: 'plain 1',
      b: { c: [{ d: 'plain 22plain 22' }, 7, 'plain 3'], z: 'end' },
    });
  });

  it('returns any document byte for byte when each value is replaced by itself', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const splices = findBinaries(document, 0).map((slot) => ({
          slot,
          type: BsonType.binData,
          value: encodeBinary(0, slot.data),
        }));
        expect(Buffer.from(spliceBinaries(document, splices))).toEqual(Buffer.from(document));
      }),
    );
  });

  it('returns the document itself without splices', () => {
    const document = serialize({ a: 1 });
    expect(spliceBinaries(document, [])).toBe(document);
  });
});
