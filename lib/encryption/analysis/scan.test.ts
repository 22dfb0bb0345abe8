// The first look at every value: nothing of Queryable Encryption, no marking, no endless nesting.
import { Binary, Code, type Document, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { nested } from '../testing/documents.ts';
import { AnalysisError } from './index.ts';
import { requireNoMarkings } from './scan.ts';

const scan = (document: Document) => () => {
  requireNoMarkings(serialize(document));
};
const six = (...bytes: number[]) => new Binary(Buffer.from([...bytes, ...Buffer.alloc(40)]), 6);
const queryable = 'Queryable Encryption is not supported';

const places: readonly [string, (value: unknown) => Document][] = [
  ['at the top', (value) => ({ a: value })],
  ['in an object', (value) => ({ a: { b: value } })],
  ['in an array', (value) => ({ a: [1, value] })],
  ['in the scope of code', (value) => ({ a: new Code('x', { b: value }) })],
  ['deep inside', (value) => ({ a: [{ b: new Code('é', { c: [{ d: value }] }) }] })],
];

describe.each(places)('%s', (_name, put) => {
  it('a marking is refused', () => {
    expect(scan(put(six(0)))).toThrow(AnalysisError);
    expect(scan(put(six(0)))).toThrow('its own intent-to-encrypt marking');
  });

  it('blobs of Queryable Encryption are refused, every type of them', () => {
    for (let type = 3; type <= 18; type++) expect(scan(put(six(type)))).toThrow(queryable);
  });

  it('ciphertext, and other binaries that start alike, pass', () => {
    for (const type of [1, 2]) expect(scan(put(six(type)))).not.toThrow();
    for (const subtype of [0, 4, 5, 128]) {
      expect(scan(put(new Binary(Buffer.alloc(40), subtype)))).not.toThrow();
      expect(scan(put(new Binary(Buffer.alloc(40, 3), subtype)))).not.toThrow();
    }
  });

  it('`__safeContent__` is refused as a name', () => {
    expect(scan(put({ __safeContent__: [] }))).toThrow(queryable);
  });
});

describe('encryptionInformation', () => {
  it('is refused as a field of the command, and is a name like any other below', () => {
    expect(scan({ find: 'x', encryptionInformation: {} })).toThrow(queryable);
    expect(scan({ find: 'x', encryptionInformation: 1 })).toThrow(queryable);
    expect(scan({ find: 'x', filter: { encryptionInformation: 1 } })).not.toThrow();
  });

  it('is told from `__safeContent__`, which is refused at the top too', () => {
    expect(scan({ find: 'x', __safeContent__: 1 })).toThrow(queryable);
    expect(scan({ find: 'x', safeContent: 1 })).not.toThrow();
  });
});

describe('nesting', () => {
  it('of 200 levels passes, and one more is refused', () => {
    const depth = (levels: number) => () => {
      requireNoMarkings(nested(levels));
    };
    expect(depth(200)).not.toThrow();
    expect(depth(201)).toThrow('at most 200 nested levels');
    expect(depth(20_000)).toThrow('at most 200 nested levels');
  });
});
