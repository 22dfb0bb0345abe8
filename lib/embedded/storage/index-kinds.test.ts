import { Double, Int32 } from 'bson';
import { describe, expect, it } from 'vitest';

import { decode, type Document, encode } from '../query/values.ts';
import { collectionWith, find, temporaryStorage } from './testing.ts';
import type { Collection } from './types.ts';

async function collectionOf(documents: Document[], ...indexes: Document[]): Promise<Collection> {
  const storage = await temporaryStorage();
  return collectionWith(
    storage,
    documents,
    indexes.map((index, i) => decode(encode({ name: `i${String(i)}`, ...index }))),
  );
}

/** 200 documents `{ _id: i, a: i % 10, b: i, name: 'n<i>' }`. */
const many = Array.from({ length: 200 }, (_, i) => ({
  _id: i,
  a: i % 10,
  b: i,
  name: `n${String(i)}`,
}));

describe('the `_id_` index', () => {
  it('answers a query by `_id` with one key', async () => {
    const { plan, ids } = find(await collectionOf(many), { _id: 5 });
    expect(plan).toMatchObject({ stage: 'IDHACK', keysExamined: 1, docsExamined: 1 });
    expect(ids).toEqual([5]);
  });

  it('answers a query by `_id` of another numeric type, and not one by another field', async () => {
    const collection = await collectionOf(many);
    expect(find(collection, { _id: 5.0 }).ids).toEqual([5]);
    expect(find(collection, { a: 5 }).plan).toMatchObject({ stage: 'COLLSCAN', docsExamined: 200 });
  });
});

describe('a single-field index', () => {
  const cases: [string, Document, number][] = [
    ['equality', { a: 3 }, 20],
    ['$in', { a: { $in: [3, 4, 4] } }, 40],
    ['a closed range', { b: { $gte: 10, $lte: 19 } }, 10],
    ['an open range', { b: { $gt: 189 } }, 11],
    ['null', { a: null }, 0],
    ['an anchored regular expression', { name: { $regex: '^n1[0-4]$' } }, 111],
    ['a contradiction', { b: { $gt: 5, $lt: 3 } }, 0],
    ['both sides of an $and', { $and: [{ b: { $gte: 10 } }, { b: { $lt: 12 } }] }, 3],
  ];
  it.each(cases)('answers %s by reading only the keys in its bounds', async (_, filter, keys) => {
    const collection = await collectionOf(
      many,
      { key: { a: 1 } },
      { key: { b: -1 } },
      { key: { name: 1 } },
    );
    const { plan, ids } = find(collection, filter);
    expect(['IXSCAN', 'EOF']).toContain(plan.stage);
    expect(plan.keysExamined).toBe(keys);
    expect(ids).toHaveLength(find(collection, filter, { hint: { $natural: 1 } }).ids.length);
  });

  it.each<[string, Document]>([
    ['$ne', { a: { $ne: 3 } }],
    ['$nin', { a: { $nin: [3] } }],
    ['$not', { a: { $not: { $gt: 3 } } }],
    ['$exists: true', { a: { $exists: true } }],
    ['$nor', { $nor: [{ a: 3 }] }],
    ['an $or with a branch that has no index', { $or: [{ a: 3 }, { c: 1 }] }],
  ])('is not used for %s', async (_, filter) => {
    const collection = await collectionOf(many, { key: { a: 1 } });
    expect(find(collection, filter).plan.stage).toBe('COLLSCAN');
  });

  it('has no bounds for a regular expression that ignores case or may start anywhere', async () => {
    const collection = await collectionOf(many, { key: { name: 1 } });
    for (const regex of [{ $regex: '^n1', $options: 'i' }, { $regex: 'n1' }]) {
      expect(find(collection, { name: regex }).plan.keysExamined).toBe(200);
    }
    expect(find(collection, { name: { $regex: '^n19' } }).plan.keysExamined).toBe(11);
  });

  it('that is hidden is not used', async () => {
    const collection = await collectionOf(many, { key: { a: 1 }, hidden: true });
    expect(find(collection, { a: 3 }).plan.stage).toBe('COLLSCAN');
  });
});

describe('a compound index', () => {
  it('uses bounds of a prefix and of the field behind it', async () => {
    const collection = await collectionOf(many, { key: { a: 1, b: -1 } });
    expect(find(collection, { a: 3 }).plan.keysExamined).toBe(20);
    expect(find(collection, { a: 3, b: { $gte: 100 } }).plan.keysExamined).toBe(10);
    expect(find(collection, { a: { $in: [3, 4] }, b: { $in: [3, 4] } }).plan.keysExamined).toBe(2);
  });

  it('is not used without its first field', async () => {
    const collection = await collectionOf(many, { key: { a: 1, b: 1 } });
    expect(find(collection, { b: 3 }).plan.stage).toBe('COLLSCAN');
  });
});

describe('sorting by an index', () => {
  it('works forward, backward and behind an equality', async () => {
    const collection = await collectionOf(many, { key: { a: 1, b: -1 } });
    const order = (sort: Document, filter: Document = {}) => find(collection, filter, { sort });
    expect(order({ a: 1, b: -1 })).toMatchObject({ sorted: true, plan: { direction: 'forward' } });
    expect(order({ a: -1, b: 1 })).toMatchObject({ sorted: true, plan: { direction: 'backward' } });
    expect(order({ a: -1, b: 1 }).ids.slice(0, 2)).toEqual([9, 19]);
    expect(order({ b: 1 }, { a: 3 })).toMatchObject({ sorted: true, plan: { keysExamined: 20 } });
    expect(order({ b: 1 }, { a: 3 }).ids.slice(0, 2)).toEqual([3, 13]);
  });

  it('is not claimed where the index has another order', async () => {
    const collection = await collectionOf(many, { key: { a: 1, b: -1 } });
    for (const sort of [{ a: 1, b: 1 }, { b: 1 }, { a: 1, name: 1 }]) {
      expect(find(collection, {}, { sort }).sorted).toBe(false);
    }
    expect(find(collection, { a: { $in: [1, 2] } }, { sort: { b: 1 } }).sorted).toBe(false);
  });

  it('is not claimed once a document has an array in the index', async () => {
    const collection = await collectionOf(
      [
        { _id: 1, a: 1 },
        { _id: 2, a: [0, 5] },
      ],
      { key: { a: 1 } },
    );
    expect(find(collection, {}, { sort: { a: 1 } }).sorted).toBe(false);
  });

  it('is not claimed for values that are too long to be stored whole', async () => {
    const long = 'x'.repeat(3000);
    const documents = [
      { _id: 1, a: `${long}b` },
      { _id: 2, a: `${long}a` },
    ];
    const collection = await collectionOf(documents, { key: { a: 1 } });
    expect(find(collection, {}, { sort: { a: 1 } }).sorted).toBe(false);
    expect(find(collection, { a: `${long}a` })).toMatchObject({
      ids: [2],
      plan: { stage: 'IXSCAN' },
    });
    expect(find(collection, { a: { $gt: `${long}a` } }).ids).toEqual([1]);
  });
});

describe('a multikey index', () => {
  const documents = [
    {
      _id: 1,
      a: [3, 12],
      b: [
        { x: 1, y: 3 },
        { x: 5, y: 2 },
      ],
    },
    { _id: 2, a: 7, b: [] },
    { _id: 3, a: [], b: { x: 1, y: 1 } },
  ];

  it('finds a document by each element and gives it once', async () => {
    const collection = await collectionOf(documents, { key: { a: 1 } });
    expect(find(collection, { a: 12 }).plan).toMatchObject({ keysExamined: 1, isMultiKey: true });
    expect(find(collection, { a: { $in: [3, 12] } }).ids).toEqual([1]);
    expect(find(collection, { a: [] }).ids).toEqual([3]);
  });

  it('does not intersect two bounds that different elements may meet', async () => {
    const collection = await collectionOf(documents, { key: { a: 1 } });
    expect(find(collection, { a: { $gt: 5, $lt: 10 } }).ids.sort()).toEqual([1, 2]);
  });

  it('does not combine two fields that different elements may meet', async () => {
    const collection = await collectionOf(documents, { key: { 'b.x': 1, 'b.y': 1 } });
    expect(find(collection, { 'b.x': 1, 'b.y': 2 })).toMatchObject({
      ids: [1],
      plan: { stage: 'IXSCAN' },
    });
  });

  it('refuses a document with two arrays in one index', async () => {
    const collection = collectionOf([{ _id: 1, a: [1], b: [1] }], { key: { a: 1, b: 1 } });
    await expect(collection).rejects.toMatchObject({ code: 171 });
  });
});

describe('a partial index', () => {
  const documents = [
    { _id: 1, ssn: 5, on: true },
    { _id: 2, on: false },
    { _id: 3, ssn: null },
  ];
  const index = {
    key: { ssn: 1 },
    unique: true,
    partialFilterExpression: { ssn: { $exists: true } },
  };

  it('is used where the query implies its filter', async () => {
    const collection = await collectionOf(documents, index);
    expect(find(collection, { ssn: 5 })).toMatchObject({ ids: [1], plan: { stage: 'IXSCAN' } });
    expect(find(collection, { ssn: { $in: [4, 5] } }).plan.stage).toBe('IXSCAN');
    expect(find(collection, { ssn: { $gt: 1 } }).plan.stage).toBe('IXSCAN');
  });

  it('is not used where a match may lie outside of it', async () => {
    const collection = await collectionOf(documents, index);
    expect(find(collection, { ssn: null })).toMatchObject({
      ids: [2, 3],
      plan: { stage: 'COLLSCAN' },
    });
    expect(find(collection, { ssn: { $in: [5, null] } })).toMatchObject({ ids: [1, 2, 3] });
    expect(find(collection, { ssn: { $exists: false } }).ids).toEqual([2]);
  });

  it('is found and left by documents that change', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(
      storage,
      [{ _id: 1, n: 1 }],
      [{ name: 'n', key: { n: 1 }, partialFilterExpression: { n: { $gt: new Int32(5) } } }],
    );
    const keys = () => find(collection, { n: { $gt: 5 } }).plan.keysExamined;
    expect(keys()).toBe(0);
    await storage.write(() => collection.replace(1, encode({ _id: 1, n: 9 })));
    expect(keys()).toBe(1);
    await storage.write(() => collection.replace(1, encode({ _id: 1, n: 2 })));
    expect(keys()).toBe(0);
  });

  it.each<[Document, Document, 'IXSCAN' | 'COLLSCAN']>([
    [{ n: { $gt: 5 } }, { n: 6 }, 'IXSCAN'],
    [{ n: { $gt: 5 } }, { n: 5 }, 'COLLSCAN'],
    [{ n: { $gte: 5 } }, { n: { $gt: 5 } }, 'IXSCAN'],
    [{ n: { $gt: 5 } }, { n: { $gte: 5 } }, 'COLLSCAN'],
    [{ n: { $gt: 5 } }, { n: 'x' }, 'COLLSCAN'],
    [{ n: { $type: 'binData' } }, { n: 6 }, 'COLLSCAN'],
    [{ n: { $type: 'number' } }, { n: 6 }, 'IXSCAN'],
    [{ n: { $type: 'int' } }, { n: 6 }, 'COLLSCAN'],
    [{ s: 'on' }, { n: 6, s: 'on' }, 'IXSCAN'],
    [{ s: 'on' }, { n: 6 }, 'COLLSCAN'],
    [{ s: { $in: ['on', 'off'] } }, { n: 6, s: 'off' }, 'IXSCAN'],
  ])('with filter %o is, for %o, read as %s', async (partialFilterExpression, filter, stage) => {
    const collection = await collectionOf([{ _id: 1, n: 6 }], {
      key: { n: 1 },
      partialFilterExpression,
    });
    expect(find(collection, filter).plan.stage).toBe(stage);
  });

  it("answers the key vault's query by ids or alternate names without a scan", async () => {
    const keys = Array.from({ length: 100 }, (_, i) => ({
      _id: i,
      keyAltNames: [`k${String(i)}`],
    }));
    const collection = await collectionOf([...keys, { _id: 'nameless' }], {
      key: { keyAltNames: 1 },
      unique: true,
      partialFilterExpression: { keyAltNames: { $exists: true } },
    });
    const filter = { $or: [{ _id: { $in: [7, 8] } }, { keyAltNames: { $in: ['k8', 'k9'] } }] };
    const { plan, ids } = find(collection, filter);
    expect(plan).toMatchObject({ stage: 'OR', keysExamined: 4, docsExamined: 3 });
    expect(ids).toEqual([7, 8, 9]);
  });
});

describe('a sparse index', () => {
  const documents = [{ _id: 1, a: 1 }, { _id: 2 }];

  it('is used for a value, and not for null or for sorting everything', async () => {
    const collection = await collectionOf(documents, { key: { a: 1 }, sparse: true });
    expect(find(collection, { a: 1 })).toMatchObject({ ids: [1], plan: { stage: 'IXSCAN' } });
    expect(find(collection, { a: null })).toMatchObject({ ids: [2], plan: { stage: 'COLLSCAN' } });
    expect(find(collection, {}, { sort: { a: 1 } })).toMatchObject({ sorted: false });
    expect(find(collection, { a: { $exists: true } }).plan.stage).toBe('IXSCAN');
  });
});

describe('a unique index', () => {
  const refused = { code: 11000 };

  it('refuses equal values of any numeric type, names index and collection, and no value', async () => {
    const secret = 987_654_321;
    const error: unknown = await collectionOf(
      [
        { _id: 1, a: secret },
        { _id: 2, a: new Double(secret) },
      ],
      { key: { a: 1 }, unique: true },
    ).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ ...refused, details: { keyPattern: { a: 1 } } });
    expect(String(error)).toContain('test.items index: i0');
    expect(JSON.stringify(error) + String(error)).not.toContain(String(secret));
  });

  it('counts a missing field as null, so only one document may lack it, unless it is sparse', async () => {
    const documents = [{ _id: 1 }, { _id: 2, a: null }];
    await expect(collectionOf(documents, { key: { a: 1 }, unique: true })).rejects.toMatchObject(
      refused,
    );
    const sparse = { key: { a: 1 }, unique: true, sparse: true };
    await expect(collectionOf([{ _id: 1 }, { _id: 2 }], sparse)).resolves.toBeDefined();
  });

  it('refuses an element that another document has, and allows it twice in one document', async () => {
    const index = { key: { a: 1 }, unique: true };
    await expect(collectionOf([{ _id: 1, a: [1, 1] }], index)).resolves.toBeDefined();
    await expect(
      collectionOf(
        [
          { _id: 1, a: [1, 2] },
          { _id: 2, a: [2, 3] },
        ],
        index,
      ),
    ).rejects.toMatchObject(refused);
  });

  it('tells long values apart by their ends', async () => {
    const long = 'x'.repeat(5000);
    const index = { key: { a: 1 }, unique: true };
    const ends = (...texts: string[]) => texts.map((end, i) => ({ _id: i, a: long + end }));
    await expect(collectionOf(ends('a', 'b'), index)).resolves.toBeDefined();
    await expect(collectionOf(ends('a', 'a'), index)).rejects.toMatchObject(refused);
  });

  it('leaves no trace of the refused document, so that the same write may go on', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(
      storage,
      [{ _id: 1, u: 1 }],
      [
        { name: 'n', key: { n: 1 } },
        { name: 'u', key: { u: 1 }, unique: true },
      ],
    );
    await storage.write(() => {
      expect(() => collection.insert(encode({ _id: 2, n: 5, u: 1 }))).toThrow('E11000');
      collection.insert(encode({ _id: 2, n: 6, u: 2 }));
    });
    expect(find(collection, { n: { $gte: 0 } }).plan.keysExamined).toBe(1);
    expect(collection.count()).toBe(2);
  });

  it('lets a value move from one document to another in one write', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(
      storage,
      [
        { _id: 1, u: 1 },
        { _id: 2, u: 2 },
      ],
      [{ name: 'u', key: { u: 1 }, unique: true }],
    );
    await storage.write(() => {
      collection.replace(1, encode({ _id: 1, u: 3 }));
      collection.replace(2, encode({ _id: 2, u: 1 }));
    });
    expect(find(collection, { u: 1 }).ids).toEqual([2]);
  });

  it('cannot be built over documents that break it, and then is not there', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, [
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
    ]);
    const specifications = [
      { name: 'b', key: { b: 1 } },
      { name: 'a', key: { a: 1 }, unique: true },
    ];
    await expect(
      storage.write(() => collection.createIndexes(specifications)),
    ).rejects.toMatchObject(refused);
    expect(collection.indexes()).toHaveLength(1);
  });
});

describe('the choice between indexes', () => {
  it('falls on the one with the fewest keys in its bounds', async () => {
    const collection = await collectionOf(many, { key: { a: 1 } }, { key: { b: 1 } });
    expect(find(collection, { a: 3, b: { $lt: 5 } }).plan.indexName).toBe('i1');
    expect(find(collection, { a: 3, b: { $gte: 0 } }).plan.indexName).toBe('i0');
  });

  it('follows a hint by name, by key pattern and by $natural, and refuses an unknown one', async () => {
    const collection = await collectionOf(many, { key: { a: 1 } }, { key: { b: 1 } });
    const plan = (hint: string | Document) => find(collection, { a: 3 }, { hint }).plan;
    expect(plan('i1')).toMatchObject({ indexName: 'i1', keysExamined: 200 });
    expect(plan({ b: 1 }).indexName).toBe('i1');
    expect(plan({ $natural: -1 })).toMatchObject({ stage: 'COLLSCAN', direction: 'backward' });
    for (const hint of ['i9', { b: -1 }, { c: 1 }]) {
      expect(() => plan(hint)).toThrow(expect.objectContaining({ code: 2 }));
    }
  });

  it('refuses a hint of a partial index that lacks some matches', async () => {
    const index = { key: { b: 1 }, partialFilterExpression: { a: 1 } };
    const collection = await collectionOf(many, index);
    expect(() => find(collection, { b: 1 }, { hint: 'i0' })).toThrow(
      expect.objectContaining({ code: 291 }),
    );
  });
});
