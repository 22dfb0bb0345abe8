// Updates through the official driver: operators, positional paths, upserts, pipelines, findAndModify, bulkWrite.
import { Binary, Double, Int32, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { codeOf, startTestServer, type TestServer } from './testing.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.close());
beforeEach(() => test.client.db('updates').dropDatabase());

const typed = { promoteValues: false, projection: { _id: 0 } } as const;
function things() {
  return test.client.db('updates').collection('things');
}

/** What one document becomes. */
async function updated(before: object, update: object, options = {}): Promise<unknown> {
  await things().insertOne({ ...before });
  await things().updateOne({}, update, options);
  return things().findOne({}, typed);
}

describe('numeric types', () => {
  it('an int stays an int, and grows to a long only when it must', async () => {
    expect(await updated({ n: 1, m: 2_147_483_647 }, { $inc: { n: 1, m: 1 } })).toEqual({
      n: new Int32(2),
      m: Long.fromNumber(2_147_483_648),
    });
  });

  it('a double makes a double, a long stays a long', async () => {
    const before = { a: new Int32(1), b: Long.ONE, c: new Double(2) };
    const update = { $inc: { a: new Double(1), b: 1 }, $mul: { c: 2 } };
    expect(await updated(before, update)).toEqual({
      a: new Double(2),
      b: Long.fromNumber(2),
      c: new Double(4),
    });
  });

  it('$set keeps the type that was sent, and untouched fields keep theirs', async () => {
    const untouched = { d: new Double(1), l: Long.fromNumber(7), bin: new Binary(Buffer.of(9), 6) };
    expect(await updated({ ...untouched, x: 1 }, { $set: { x: new Double(3) } })).toEqual({
      ...untouched,
      x: new Double(3),
    });
  });

  it('refuses to increment a string', async () => {
    expect(await codeOf(updated({ s: 'x' }, { $inc: { s: 1 } }))).toBe(14);
  });

  it('refuses a long that would overflow', async () => {
    const update = { $inc: { n: 1 } };
    expect(await codeOf(updated({ n: Long.MAX_VALUE }, update))).toBe(2);
  });
});

describe('operators', () => {
  const plain = { projection: { _id: 0 } };
  async function becomes(before: object, update: object, options = {}) {
    await updated(before, update, options);
    return things().findOne({}, plain);
  }

  it('$set, $unset, $rename, $min, $max', async () => {
    const before = { a: 1, b: { c: 1, d: 2 }, low: 5, high: 5 };
    const update = {
      $set: { 'b.e': 3 },
      $unset: { 'b.c': '' },
      $rename: { a: 'z' },
      $min: { low: 1, high: 9 },
      $max: { top: 4 },
    };
    expect(await becomes(before, update)).toEqual({
      z: 1,
      b: { d: 2, e: 3 },
      low: 1,
      high: 5,
      top: 4,
    });
  });

  it('$push with $each, $position, $sort and $slice', async () => {
    const update = {
      $push: { a: { $each: [5, 3], $sort: -1, $slice: 3 }, b: { $each: [0], $position: 0 } },
    };
    expect(await becomes({ a: [1, 4], b: [1] }, update)).toEqual({ a: [5, 4, 3], b: [0, 1] });
  });

  it('$addToSet, $pull, $pullAll, $pop', async () => {
    const before = { s: [1], p: [1, 2, 3], q: [1, 2, 1], r: [1, 2], o: [{ k: 1 }, { k: 2 }] };
    const update = {
      $addToSet: { s: { $each: [1, 2] } },
      $pull: { p: { $gte: 2 }, o: { k: 1 } },
      $pullAll: { q: [1] },
      $pop: { r: -1 },
    };
    expect(await becomes(before, update)).toEqual({
      s: [1, 2],
      p: [1],
      q: [2],
      r: [2],
      o: [{ k: 2 }],
    });
  });

  it('$bit and $currentDate', async () => {
    const update = { $bit: { b: { or: new Int32(4) } }, $currentDate: { at: true } };
    expect(await becomes({ b: 1 }, update)).toEqual({ b: 5, at: expect.any(Date) as Date });
  });

  it('the positional $ changes the matched element only', async () => {
    await things().insertOne({ v: [{ k: 1 }, { k: 2 }, { k: 2 }] });
    await things().updateOne({ 'v.k': 2 }, { $set: { 'v.$.hit': true } });
    expect(await things().findOne({}, plain)).toEqual({
      v: [{ k: 1 }, { k: 2, hit: true }, { k: 2 }],
    });
  });

  it('$[] and $[name] change all, and the filtered, elements', async () => {
    const before = {
      v: [
        { k: 1, n: 0 },
        { k: 2, n: 0 },
      ],
      w: [1, 5, 9],
    };
    const update = { $inc: { 'v.$[].n': 1 }, $set: { 'w.$[big]': 0 } };
    expect(await becomes(before, update, { arrayFilters: [{ big: { $gte: 5 } }] })).toEqual({
      v: [
        { k: 1, n: 1 },
        { k: 2, n: 1 },
      ],
      w: [1, 0, 0],
    });
  });

  it('a pipeline computes from the document', async () => {
    const pipeline = [{ $set: { total: { $add: ['$a', '$b'] } } }, { $unset: 'a' }];
    expect(await becomes({ a: 1, b: 2 }, pipeline)).toEqual({ b: 2, total: 3 });
  });

  it('refuses conflicting paths, unknown modifiers and a changed _id', async () => {
    await things().insertOne({ a: 1 });
    const fail = (update: object) => codeOf(things().updateOne({}, update));
    expect(await fail({ $set: { a: 1 }, $inc: { a: 1 } })).toBe(40);
    expect(await fail({ $set: { 'a.b': 1, a: 1 } })).toBe(40);
    expect(await fail({ $nope: { a: 1 } })).toBe(9);
    expect(await fail({ $set: { _id: new ObjectId() } })).toBe(66);
    expect(await fail({ $set: { 'a.b': 1 } })).toBe(28);
    expect(await fail({ $push: { a: 1 } })).toBe(2);
    expect(await fail({ $set: { 'b.$': 1 } })).toBe(2);
    expect(await things().findOne({}, plain)).toEqual({ a: 1 });
  });

  it('refuses an array filter that no path uses', async () => {
    await things().insertOne({ a: [1] });
    const options = { arrayFilters: [{ x: 1 }] };
    expect(await codeOf(things().updateOne({}, { $set: { b: 1 } }, options))).toBe(9);
  });
});

describe('results', () => {
  it('counts a match that changed nothing as matched only', async () => {
    await things().insertOne({ a: 1 });
    const result = await things().updateOne({ a: 1 }, { $set: { a: 1 } });
    expect(result).toMatchObject({ matchedCount: 1, modifiedCount: 0 });
  });

  it('changes one, or all with many', async () => {
    await things().insertMany([{ a: 1 }, { a: 1 }, { a: 1 }]);
    expect((await things().updateOne({ a: 1 }, { $set: { b: 1 } })).modifiedCount).toBe(1);
    expect((await things().updateMany({ a: 1 }, { $set: { b: 1 } })).modifiedCount).toBe(2);
  });

  it('a replacement keeps _id and nothing else', async () => {
    const { insertedId } = await things().insertOne({ a: 1, b: 2 });
    await things().replaceOne({ a: 1 }, { c: new Double(3) });
    expect(await things().findOne({}, { promoteValues: false })).toEqual({
      _id: insertedId,
      c: new Double(3),
    });
  });
});

describe('upsert', () => {
  it('starts from the equalities of the filter and applies $setOnInsert', async () => {
    const result = await things().updateOne(
      { a: 1, 'b.c': { $eq: 2 }, d: { $gt: 5 } },
      { $set: { e: 3 }, $setOnInsert: { f: 4 } },
      { upsert: true },
    );
    expect(result).toMatchObject({ matchedCount: 0, upsertedCount: 1 });
    expect(await things().findOne({}, { projection: { _id: 0 } })).toEqual({
      a: 1,
      b: { c: 2 },
      e: 3,
      f: 4,
    });
  });

  it('takes _id from the filter and does not apply $setOnInsert a second time', async () => {
    const id = new ObjectId();
    const update = { $setOnInsert: { first: true }, $inc: { n: 1 } };
    await things().updateOne({ _id: id }, update, { upsert: true });
    await things().updateOne(
      { _id: id },
      { ...update, $setOnInsert: { first: false } },
      { upsert: true },
    );
    expect(await things().findOne({ _id: id })).toEqual({ _id: id, first: true, n: 2 });
  });

  it('never stores the conditions of the filter', async () => {
    await things().replaceOne({ a: { $gt: 1 } }, { b: 1 }, { upsert: true });
    expect(await things().findOne({}, { projection: { _id: 0 } })).toEqual({ b: 1 });
  });
});

describe('findAndModify', () => {
  it('returns the document before, or after', async () => {
    await things().insertOne({ n: 1 });
    expect(await things().findOneAndUpdate({}, { $inc: { n: 1 } })).toMatchObject({ n: 1 });
    const after = await things().findOneAndUpdate(
      {},
      { $inc: { n: 1 } },
      { returnDocument: 'after' },
    );
    expect(after).toMatchObject({ n: 3 });
  });

  it('takes the first in sort order, and removes', async () => {
    await things().insertMany([{ n: 2 }, { n: 1 }]);
    expect(await things().findOneAndDelete({}, { sort: { n: 1 } })).toMatchObject({ n: 1 });
    expect(await things().countDocuments()).toBe(1);
  });

  it('returns null where nothing matches, and changes nothing', async () => {
    await things().insertOne({ n: 1 });
    expect(await things().findOneAndUpdate({ n: 2 }, { $set: { n: 9 } })).toBeNull();
    expect(await things().countDocuments({ n: 9 })).toBe(0);
  });

  it('is atomic: of many that race for one document, one wins', async () => {
    await things().insertOne({ owner: null });
    const races = Array.from({ length: 20 }, (_, owner) =>
      things().findOneAndUpdate({ owner: null }, { $set: { owner } }),
    );
    const winners = (await Promise.all(races)).filter(Boolean);
    expect(winners).toHaveLength(1);
  });
});

describe('bulkWrite', () => {
  it('mixes operations and reports each', async () => {
    const result = await things().bulkWrite([
      { insertOne: { document: { a: 1 } } },
      { updateOne: { filter: { a: 1 }, update: { $set: { b: 2 } } } },
      { updateOne: { filter: { a: 9 }, update: { $set: { b: 2 } }, upsert: true } },
      { deleteOne: { filter: { a: 1 } } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 1,
      modifiedCount: 1,
      upsertedCount: 1,
      deletedCount: 1,
    });
  });
});

describe('retryable writes', () => {
  it('a repeated statement gets its first result and writes nothing', async () => {
    const db = test.client.db('updates');
    await things().insertOne({ n: 0 });
    const lsid = { id: new Binary(Buffer.alloc(16, 7), 4) };
    const command = {
      update: 'things',
      updates: [{ q: {}, u: { $inc: { n: 1 } } }],
      lsid,
      txnNumber: Long.ONE,
    };
    const first = await db.command({ ...command });
    const second = await db.command({ ...command });
    expect([first['nModified'], second['nModified']]).toEqual([1, 1]);
    expect(await things().findOne({}, { projection: { _id: 0 } })).toEqual({ n: 1 });
    await db.command({ ...command, txnNumber: Long.fromNumber(2) });
    expect(await things().findOne({}, { projection: { _id: 0 } })).toEqual({ n: 2 });
    expect(await codeOf(db.command({ ...command }))).toBe(225);
  });
});
