import { describe, expect, it } from 'vitest';

import { decode, type Document, encode } from '../query/values.ts';
import { collectionWith, temporaryStorage } from '../storage/testing.ts';
import { parseSpecification } from './specification.ts';

function codeOf(specification: Document): number {
  try {
    parseSpecification(decode(encode({ name: 'i', ...specification })));
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

describe('an index specification', () => {
  it.each<[string, Document]>([
    ['a descending field', { key: { a: -1 } }],
    ['any number as direction', { key: { a: 1.5, b: -7 } }],
    ['dotted and dollar-ref paths', { key: { 'a.b': 1, 'c.$id': 1 } }],
    [
      'all options that are supported',
      { key: { a: 1 }, v: 2, unique: true, expireAfterSeconds: 5, background: true },
    ],
    ['the simple collation', { key: { a: 1 }, collation: { locale: 'simple' } }],
    [
      'a partial filter',
      { key: { a: 1 }, partialFilterExpression: { $or: [{ a: { $gt: 1 } }, { b: 1 }] } },
    ],
  ])('may have %s', (_, specification) => {
    expect(codeOf(specification)).toBe(0);
  });

  it.each<[string, Document, number]>([
    ['text', { key: { a: 'text' } }, 67],
    ['2dsphere', { key: { a: '2dsphere' } }, 67],
    ['hashed', { key: { a: 'hashed' } }, 67],
    ['a wildcard', { key: { '$**': 1 } }, 67],
    ['a nested wildcard', { key: { 'a.$**': 1 } }, 67],
    ['a collation', { key: { a: 1 }, collation: { locale: 'de' } }, 67],
    ['no field', { key: {} }, 67],
    ['direction 0', { key: { a: 0 } }, 67],
    ['an empty name part', { key: { 'a..b': 1 } }, 67],
    ['a name with $', { key: { $a: 1 } }, 67],
    ['an array position', { key: { 'a.0': 1 } }, 67],
    [
      'sparse with a partial filter',
      { key: { a: 1 }, sparse: true, partialFilterExpression: { a: 1 } },
      67,
    ],
    [
      'a partial filter with $ne',
      { key: { a: 1 }, partialFilterExpression: { a: { $ne: 1 } } },
      67,
    ],
    [
      'a partial filter with $exists: false',
      { key: { a: 1 }, partialFilterExpression: { a: { $exists: false } } },
      67,
    ],
    ['expiry over two fields', { key: { a: 1, b: 1 }, expireAfterSeconds: 5 }, 67],
    ['expiry of `_id`', { key: { _id: 1 }, expireAfterSeconds: 5 }, 67],
    ['a negative expiry', { key: { a: 1 }, expireAfterSeconds: -1 }, 67],
    ['an unknown option', { key: { a: 1 }, uniqe: true }, 197],
    ['options on `_id`', { key: { _id: 1 }, sparse: true }, 197],
    ['a key that is no object', { key: 'a' }, 9],
    ['an empty name', { key: { a: 1 }, name: '' }, 9],
    ['the reserved name', { key: { a: 1 }, name: '_id_' }, 2],
    ['a flag that is no boolean', { key: { a: 1 }, unique: 'yes' }, 14],
  ])('may not have %s', (_, specification, code) => {
    expect(codeOf(specification)).toBe(code);
  });
});

describe('creating an index', () => {
  async function attempt(first: Document, second: Document): Promise<number | string> {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, [], [first]);
    return storage
      .write(() => collection.createIndexes([second]).created.length)
      .then(
        (created) => (created === 0 ? 'nothing' : 'created'),
        (error: unknown) => (error as { code: number }).code,
      );
  }
  const base = { name: 'a_1', key: { a: 1 } };

  it.each<[string, Document, number | string]>([
    ['the same does nothing', base, 'nothing'],
    ['`_id` under any name does nothing', { name: 'x', key: { _id: 1 } }, 'nothing'],
    ['the same name with another key is a conflict', { name: 'a_1', key: { b: 1 } }, 86],
    ['the same name but unique is a conflict', { ...base, unique: true }, 86],
    ['the same key under another name is a conflict', { name: 'other', key: { a: 1 } }, 85],
    ['another expiry is a conflict', { ...base, expireAfterSeconds: 5 }, 85],
    [
      'the same fields in another order or direction are another index',
      { name: 'x', key: { a: -1 } },
      'created',
    ],
    [
      'unique under another name is another index',
      { name: 'x', key: { a: 1 }, unique: true },
      'created',
    ],
  ])('beside one on `a`: %s', async (_, second, expected) => {
    expect(await attempt(base, second)).toBe(expected);
  });
});

describe('dropping indexes', () => {
  it('works by name, by key and for all but `_id_`', async () => {
    const storage = await temporaryStorage();
    const keys = ['a', 'b', 'c', 'd'].map((field) => ({ name: `${field}_1`, key: { [field]: 1 } }));
    const collection = await collectionWith(storage, [{ _id: 1 }], keys);
    await storage.write(() => {
      collection.dropIndexes('a_1');
      collection.dropIndexes({ b: 1 });
    });
    expect(collection.indexes().map(({ name }) => name)).toEqual(['_id_', 'c_1', 'd_1']);
    await storage.write(() => collection.dropIndexes('*'));
    expect(collection.indexes().map(({ name }) => name)).toEqual(['_id_']);
  });

  it('refuses `_id_` and what is not there', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, []);
    const drop = (which: string | Document) => storage.write(() => collection.dropIndexes(which));
    await expect(drop('_id_')).rejects.toMatchObject({ code: 72 });
    await expect(drop({ _id: 1 })).rejects.toMatchObject({ code: 72 });
    await expect(drop('x')).rejects.toMatchObject({ code: 27 });
    await expect(drop({ x: 1 })).rejects.toMatchObject({ code: 27 });
  });
});
