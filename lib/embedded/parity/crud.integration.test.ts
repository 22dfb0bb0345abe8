// The driver's CRUD API on whichever server the run names: the embedded one and an independent one
// must agree, and where they do not, MongoDB's documentation decides.
import { Binary, Double, Int32, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniqueName } from '../../testing/server.ts';
import { connectToServerUnderTest, errorCode, type ServerUnderTest } from './server-under-test.ts';

let server: ServerUnderTest;
beforeAll(() => {
  server = connectToServerUnderTest();
});
afterAll(() => server.close());
const collection = () => server.db.collection(uniqueName('c'));

describe('insert and find', () => {
  it('returns what was inserted, types included', async () => {
    const things = collection();
    const document = {
      _id: new ObjectId(),
      int: new Int32(7),
      long: Long.fromString('9007199254740993'),
      double: new Double(7),
      blob: new Binary(Buffer.from([1, 0, 255]), 6),
      when: new Date(1_700_000_000_000),
      nested: { list: [1, 'two', null, { three: true }] },
    };
    await things.insertOne(document);
    const found = await things.findOne({ _id: document._id }, { promoteValues: false });
    expect(found?.['int']).toEqual(document.int);
    expect(found?.['long']).toEqual(document.long);
    expect(found?.['double']).toEqual(document.double);
    expect(found?.['blob']).toEqual(document.blob);
    expect(await things.findOne({ _id: document._id })).toMatchObject({ nested: document.nested });
  });

  it('compares binary values by subtype and bytes', async () => {
    const things = collection();
    await things.insertMany([
      { b: new Binary(Buffer.from('abc'), 6) },
      { b: new Binary(Buffer.from('abc'), 0) },
      { b: new Binary(Buffer.from('abd'), 6) },
    ]);
    expect(await things.countDocuments({ b: new Binary(Buffer.from('abc'), 6) })).toBe(1);
    expect(await things.countDocuments({ b: new Binary(Buffer.from('abe'), 6) })).toBe(0);
  });

  it('hands out a large result in batches', async () => {
    const things = collection();
    await things.insertMany(Array.from({ length: 1500 }, (_, n) => ({ n })));
    const seen = await things.find({}, { batchSize: 100 }).sort({ n: 1 }).toArray();
    expect(seen.map(({ n }) => n as number)).toEqual(Array.from({ length: 1500 }, (_, n) => n));
  });

  it('ends a cursor that is closed early', async () => {
    const things = collection();
    await things.insertMany(Array.from({ length: 300 }, (_, n) => ({ n })));
    const cursor = things.find({}, { batchSize: 10 });
    expect(await cursor.next()).not.toBeNull();
    await cursor.close();
    expect(await cursor.next().catch(() => null)).toBeNull();
  });

  it('sorts, skips, limits and projects', async () => {
    const things = collection();
    await things.insertMany([5, 3, 1, 4, 2].map((n) => ({ _id: n as never, n, square: n * n })));
    const found = await things
      .find({ n: { $gt: 1 } }, { projection: { _id: 0, square: 1 } })
      .sort({ n: -1 })
      .skip(1)
      .limit(2)
      .toArray();
    expect(found).toEqual([{ square: 16 }, { square: 9 }]);
  });

  it('matches arrays, regular expressions, null and logical operators', async () => {
    const things = collection();
    await things.insertMany([
      { tags: ['ann', 'lee'], age: 30 },
      { tags: ['anna'], age: null },
      { age: 50 },
    ]);
    expect(await things.countDocuments({ tags: 'ann' })).toBe(1);
    expect(await things.countDocuments({ tags: /^ann/ })).toBe(2);
    expect(await things.countDocuments({ age: null })).toBe(1);
    expect(await things.countDocuments({ tags: null })).toBe(1);
    expect(await things.countDocuments({ $or: [{ age: 50 }, { tags: 'lee' }] })).toBe(2);
    expect(await things.countDocuments({ age: { $not: { $gte: 40 } } })).toBe(2);
  });

  it('counts and lists distinct values', async () => {
    const things = collection();
    await things.insertMany([{ v: 'b' }, { v: 'a' }, { v: 'b' }]);
    expect((await things.distinct('v')).sort()).toEqual(['a', 'b']);
    expect(await things.distinct('v', { v: 'a' })).toEqual(['a']);
    expect(await things.estimatedDocumentCount()).toBe(3);
  });
});

describe('update', () => {
  it('reports matched, modified and upserted documents', async () => {
    const things = collection();
    await things.insertMany([{ k: 1 }, { k: 1 }]);
    const all = await things.updateMany({ k: 1 }, { $set: { k: 2 } });
    expect(all).toMatchObject({ matchedCount: 2, modifiedCount: 2, upsertedCount: 0 });
    const none = await things.updateOne({ k: 2 }, { $set: { k: 2 } });
    expect(none).toMatchObject({ matchedCount: 1, modifiedCount: 0 });
    const upserted = await things.updateOne({ k: 9 }, { $setOnInsert: { n: 1 } }, { upsert: true });
    expect(upserted.upsertedCount).toBe(1);
    expect(await things.findOne({ k: 9 })).toMatchObject({ k: 9, n: 1 });
  });

  it('applies operators on numbers, arrays and fields', async () => {
    const things = collection();
    await things.insertOne({ _id: 1 as never, n: 1, list: [1, 2, 3], old: 'x' });
    await things.updateOne(
      { _id: 1 as never },
      {
        $inc: { n: 2 },
        $push: { list: 4 } as never,
        $rename: { old: 'fresh' },
        $unset: { gone: '' },
      },
    );
    await things.updateOne({ _id: 1 as never }, { $pull: { list: 2 } as never });
    expect(await things.findOne({})).toEqual({ _id: 1, n: 3, list: [1, 3, 4], fresh: 'x' });
  });

  it('updates array elements by position and by filter', async () => {
    const things = collection();
    await things.insertOne({ items: [{ q: 1 }, { q: 5 }, { q: 7 }] });
    await things.updateOne({ 'items.q': 5 }, { $set: { 'items.$.seen': true } });
    await things.updateOne(
      {},
      { $inc: { 'items.$[big].q': 10 } },
      { arrayFilters: [{ 'big.q': { $gt: 6 } }] },
    );
    expect((await things.findOne({}))?.['items']).toEqual([
      { q: 1 },
      { q: 5, seen: true },
      { q: 17 },
    ]);
  });

  it('replaces a document and keeps its _id', async () => {
    const things = collection();
    const { insertedId } = await things.insertOne({ a: 1, b: 2 });
    await things.replaceOne({ a: 1 }, { c: 3 });
    expect(await things.findOne({})).toEqual({ _id: insertedId, c: 3 });
  });

  it('refuses to change the _id', async () => {
    const things = collection();
    await things.insertOne({ _id: 1 as never });
    expect(await errorCode(things.updateOne({}, { $set: { _id: 2 } }))).toBe(66);
  });

  it('finds one document and modifies it, returning it before or after', async () => {
    const things = collection();
    await things.insertOne({ revision: 1 });
    const before = await things.findOneAndUpdate({ revision: 1 }, { $inc: { revision: 1 } });
    const after = await things.findOneAndUpdate(
      { revision: 2 },
      { $inc: { revision: 1 } },
      { returnDocument: 'after' },
    );
    expect([before?.['revision'], after?.['revision']]).toEqual([1, 3]);
    expect(await things.findOneAndUpdate({ revision: 1 }, { $inc: { revision: 1 } })).toBeNull();
    expect((await things.findOneAndDelete({ revision: 3 }))?.['revision']).toBe(3);
    expect(await things.countDocuments()).toBe(0);
  });

  it('lets one of many conditional writers win each round', async () => {
    const things = collection();
    await things.insertOne({ _id: 1 as never, revision: 0 });
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        things.updateOne({ _id: 1 as never, revision: 0 }, { $inc: { revision: 1 } }),
      ),
    );
    expect(results.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(1);
    expect(await things.findOne({})).toMatchObject({ revision: 1 });
  });
});

describe('delete and bulk writes', () => {
  it('deletes one or many', async () => {
    const things = collection();
    await things.insertMany([{ k: 1 }, { k: 1 }, { k: 1 }]);
    expect((await things.deleteOne({ k: 1 })).deletedCount).toBe(1);
    expect((await things.deleteMany({ k: 1 })).deletedCount).toBe(2);
    expect((await things.deleteMany({ k: 1 })).deletedCount).toBe(0);
  });

  it('runs a mixed bulk write', async () => {
    const things = collection();
    const result = await things.bulkWrite([
      { insertOne: { document: { k: 1 } } },
      { updateOne: { filter: { k: 1 }, update: { $set: { k: 2 } } } },
      { replaceOne: { filter: { k: 3 }, replacement: { k: 4 }, upsert: true } },
      { deleteOne: { filter: { k: 2 } } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 1,
      modifiedCount: 1,
      upsertedCount: 1,
      deletedCount: 1,
    });
    expect(await things.distinct('k')).toEqual([4]);
  });

  it('aggregates with match, group, sort and lookup', async () => {
    const orders = collection();
    const people = collection();
    await people.insertMany([
      { _id: 'a' as never, city: 'Rome' },
      { _id: 'b' as never, city: 'Oslo' },
    ]);
    await orders.insertMany([
      { who: 'a', sum: 2 },
      { who: 'a', sum: 3 },
      { who: 'b', sum: 1 },
    ]);
    const found = await orders
      .aggregate([
        { $match: { sum: { $gt: 0 } } },
        { $group: { _id: '$who', total: { $sum: '$sum' } } },
        {
          $lookup: { from: people.collectionName, localField: '_id', foreignField: '_id', as: 'p' },
        },
        { $unwind: '$p' },
        { $project: { _id: 0, city: '$p.city', total: 1 } },
        { $sort: { total: -1 } },
      ])
      .toArray();
    expect(found).toEqual([
      { total: 5, city: 'Rome' },
      { total: 1, city: 'Oslo' },
    ]);
  });
});
