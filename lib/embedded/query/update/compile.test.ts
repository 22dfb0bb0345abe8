import { Double, Int32, Long } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { splitDocument } from '../raw.ts';
import { decode, type Document, encode } from '../values.ts';
import { compileUpdate } from './compile.ts';

function apply(before: Document, update: unknown, filter: Document = {}): Uint8Array {
  const bytes = encode({ _id: 1, ...before });
  const compiled = compileUpdate(decode(encode({ update }))['update'], { filter });
  return compiled.apply({ bytes, document: decode(bytes), inserting: false });
}

describe('an update', () => {
  it('leaves every field that it does not touch byte by byte as it was', () => {
    const scalar = fc.oneof(
      fc.integer(),
      fc.double().map((n) => new Double(n)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
      fc.string(),
      fc.constant(null),
    );
    const document = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('p', 'q', '1') }),
      scalar,
    );
    fc.assert(
      fc.property(document, (before) => {
        const after = splitDocument(apply({ ...before, x: 1 }, { $set: { x: 2, new: 3 } }));
        const untouched = after.filter(({ name }) => name !== 'x' && name !== 'new');
        const expected = splitDocument(encode({ _id: 1, ...before }));
        expect(untouched.map((e) => Buffer.from(e.bytes).toString('hex')).sort()).toEqual(
          expected.map((e) => Buffer.from(e.bytes).toString('hex')).sort(),
        );
      }),
    );
  });

  it('keeps the places of fields and appends new ones in the order of their names', () => {
    const names = splitDocument(apply({ b: 1, a: 2 }, { $set: { z: 1, c: 1, b: 5 } })).map(
      (e) => e.name,
    );
    expect(names).toEqual(['_id', 'b', 'a', 'c', 'z']);
  });

  it('gives the same bytes where nothing changes', () => {
    const before = { a: 1, b: [1, 2], c: { d: 1 } };
    const update = {
      $set: { a: 1 },
      $addToSet: { b: 2 },
      $max: { 'c.d': 0 },
      $unset: { none: '' },
    };
    expect(apply(before, update)).toEqual(encode({ _id: 1, ...before }));
  });

  it('fills an array with nulls up to the index that is set', () => {
    expect(decode(apply({ a: [] }, { $set: { 'a.2': 1 } }))['a']).toEqual([
      null,
      null,
      new Int32(1),
    ]);
  });

  it('refuses an empty field name and __proto__', () => {
    expect(() => apply({}, { $set: { 'a..b': 1 } })).toThrow(/empty field name/);
    expect(() => apply({}, { $set: { 'a.__proto__.b': 1 } })).toThrow(/__proto__/);
  });
});
