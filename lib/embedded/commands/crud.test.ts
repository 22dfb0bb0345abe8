// The official driver against the embedded server, over a real socket: insert, find, cursors, delete.
import { Binary, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { codeOf, startTestServer, type TestServer } from './testing.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.close());
beforeEach(() => test.client.db('crud').dropDatabase());

const typed = { promoteValues: false } as const;
function things() {
  return test.client.db('crud').collection('things');
}

describe('insert', () => {
  it('stores what was inserted and finds it again', async () => {
    const { insertedId } = await things().insertOne({ name: 'Ada', tags: ['a', 'b'] });
    expect(await things().findOne({ _id: insertedId })).toEqual({
      _id: insertedId,
      name: 'Ada',
      tags: ['a', 'b'],
    });
  });

  it('refuses a second document with the same _id and names the key pattern', async () => {
    await things().insertOne({ _id: new ObjectId('00000000000000000000000a') });
    const again = things().insertOne({ _id: new ObjectId('00000000000000000000000a') });
    await expect(again).rejects.toMatchObject({ code: 11000, keyPattern: { _id: 1 } });
  });

  it('goes on after a failure when unordered and stops when ordered', async () => {
    const documents = [{ k: 1 }, { k: 1 }, { k: 2 }];
    await things().createIndex({ k: 1 }, { unique: true }, {});
    await expect(things().insertMany(documents, { ordered: true })).rejects.toMatchObject({
      code: 11000,
      insertedCount: 1,
    });
    await things().deleteMany({});
    await expect(things().insertMany(documents, { ordered: false })).rejects.toMatchObject({
      insertedCount: 2,
      writeErrors: [{ index: 1, code: 11000 }],
    });
  });

  it('keeps every BSON type exactly', async () => {
    const values = {
      int: new Int32(5),
      long: Long.fromNumber(5),
      double: new Double(5),
      decimal: Decimal128.fromString('5.00'),
      date: new Date(0),
      binary: new Binary(Buffer.from([255, 254, 0]), 6),
      timestamp: new Timestamp({ t: 1, i: 2 }),
      nothing: null,
    };
    const { insertedId } = await things().insertOne(values);
    const found = await things().findOne({ _id: insertedId }, typed);
    expect(found).toEqual({ _id: insertedId, ...values });
  });

  it('puts _id first, wherever the client put it', async () => {
    await things().insertOne({ a: 1, _id: new ObjectId() });
    const found = await things().findOne({});
    expect(Object.keys(found ?? {})).toEqual(['_id', 'a']);
  });

  it('refuses an _id that is an array', async () => {
    const document = { _id: [1] as unknown as ObjectId };
    expect(await codeOf(things().insertOne(document))).toBe(53);
  });

  it('stores nothing of a document beyond 16 MiB', async () => {
    const command = { insert: 'things', documents: [{ big: 'x'.repeat(16 * 1024 * 1024) }] };
    const reply = await test.client.db('crud').command(command);
    expect(reply).toMatchObject({ n: 0, writeErrors: [{ code: 10334 }] });
    expect(await things().countDocuments()).toBe(0);
  });
});

describe('find', () => {
  it('compares numbers of all types by value', async () => {
    await things().insertMany([
      { n: new Int32(1) },
      { n: new Double(1) },
      { n: Long.ONE },
      { n: Decimal128.fromString('1.0') },
      { n: 2 },
      { n: '1' },
    ]);
    expect(await things().countDocuments({ n: 1 })).toBe(4);
    expect(await things().countDocuments({ n: { $gt: Decimal128.fromString('1.5') } })).toBe(1);
  });

  it('finds a ciphertext by exact bytes and subtype, and no other', async () => {
    const cipher = (byte: number, subtype = 6) => new Binary(Buffer.alloc(40, byte), subtype);
    await things().insertMany([{ c: cipher(0xfe) }, { c: cipher(0xff) }, { c: cipher(0xff, 0) }]);
    expect(await things().countDocuments({ c: cipher(0xff) })).toBe(1);
    expect(await things().countDocuments({ c: { $in: [cipher(0xff), cipher(0xfe)] } })).toBe(2);
    expect(await things().countDocuments({ c: cipher(0xfd) })).toBe(0);
  });

  it('sorts, skips, limits and projects', async () => {
    await things().insertMany([3, 1, 2, 5, 4].map((n) => ({ n, m: -n, deep: { a: n, b: n } })));
    const found = await things()
      .find({}, { projection: { _id: 0, n: 1, 'deep.a': 1 } })
      .sort({ n: -1 })
      .skip(1)
      .limit(2)
      .toArray();
    expect(found).toEqual([
      { n: 4, deep: { a: 4 } },
      { n: 3, deep: { a: 3 } },
    ]);
  });

  it('sorts across types in the order of BSON types', async () => {
    const values = [
      true,
      new Date(1),
      'a',
      7,
      null,
      { a: 1 },
      new ObjectId(),
      new Binary(Buffer.of(1)),
    ];
    await things().insertMany(values.map((v) => ({ v })));
    const sorted = await things().find().sort({ v: 1 }).toArray();
    expect(sorted.map(({ v }) => values.indexOf(v as never)).slice(0, 1)).toEqual([4]);
    const types = sorted.map(({ v }) => (v === null ? 'null' : (v as object).constructor.name));
    expect(types).toEqual([
      'null',
      'Number',
      'String',
      'Object',
      'Binary',
      'ObjectId',
      'Boolean',
      'Date',
    ]);
  });

  it('matches null for a missing field and nothing else', async () => {
    await things().insertMany([{ a: null }, { b: 1 }, { a: 0 }]);
    expect(await things().countDocuments({ a: null })).toBe(2);
    expect(await things().countDocuments({ a: { $exists: false } })).toBe(1);
  });

  it('matches regular expressions with options', async () => {
    await things().insertMany([{ s: 'Müller' }, { s: 'miller' }]);
    expect(await things().countDocuments({ s: /^mü/i })).toBe(1);
    expect(await things().countDocuments({ s: { $regex: '^M', $options: 'i' } })).toBe(2);
    expect(await things().countDocuments({ s: { $not: /^M/ } })).toBe(1);
  });

  it('refuses to run code', async () => {
    expect(await codeOf(things().findOne({ $where: 'true' }))).toBe(2);
    const filter = { $expr: { $function: { body: 'return true', args: [], lang: 'js' } } };
    expect(await codeOf(things().findOne(filter))).toBe(2);
  });

  it('refuses unknown operators, also where the collection is empty', async () => {
    expect(await codeOf(things().findOne({ a: { $nope: 1 } }))).toBe(2);
    expect(await codeOf(things().findOne({ $nope: [] }))).toBe(2);
  });

  it('answers distinct values, those of arrays too', async () => {
    await things().insertMany([{ a: [1, 2] }, { a: new Double(2) }, { a: 'x' }, {}]);
    expect(await things().distinct('a')).toEqual([1, 2, 'x']);
  });
});

describe('cursors', () => {
  beforeEach(async () => {
    await things().insertMany(Array.from({ length: 250 }, (_, n) => ({ n })));
  });

  it('gives all documents over several batches', async () => {
    const found = await things().find().batchSize(40).sort({ n: 1 }).toArray();
    expect(found.map(({ n }) => n as number)).toEqual(Array.from({ length: 250 }, (_, n) => n));
  });

  it('gives 101 documents first when the client names no size', async () => {
    const reply = await test.client.db('crud').command({ find: 'things' });
    const { firstBatch, id } = reply['cursor'] as { firstBatch: unknown[]; id: Long };
    expect(firstBatch).toHaveLength(101);
    expect(String(id)).not.toBe('0');
  });

  it('keeps no cursor for a single batch', async () => {
    const reply = await test.client
      .db('crud')
      .command({ find: 'things', batchSize: 2, singleBatch: true });
    expect(reply['cursor']).toMatchObject({ id: 0 });
  });

  it('splits batches at 16 MiB', async () => {
    await things().deleteMany({});
    const big = 'x'.repeat(6 * 1024 * 1024);
    await things().insertMany([{ big }, { big }, { big }, { big }]);
    const reply = await test.client.db('crud').command({ find: 'things' });
    expect((reply['cursor'] as { firstBatch: unknown[] }).firstBatch).toHaveLength(2);
    expect(await things().find().toArray()).toHaveLength(4);
  });

  it('does not know a cursor after it was killed', async () => {
    const db = test.client.db('crud');
    const first = await db.command({ find: 'things', batchSize: 2 }, { promoteLongs: false });
    const id = (first['cursor'] as { id: Long }).id;
    const killed = await db.command({ killCursors: 'things', cursors: [id] });
    expect(killed['cursorsKilled']).toHaveLength(1);
    expect(await codeOf(db.command({ getMore: id, collection: 'things' }))).toBe(43);
  });

  it('does not give the documents of a cursor to another collection', async () => {
    const db = test.client.db('crud');
    const first = await db.command({ find: 'things', batchSize: 2 }, { promoteLongs: false });
    const id = (first['cursor'] as { id: Long }).id;
    expect(await codeOf(db.command({ getMore: id, collection: 'others' }))).toBe(13);
  });

  it('refuses tailable cursors', async () => {
    expect(await codeOf(things().find({}, { tailable: true }).toArray())).toBe(115);
  });
});

describe('delete', () => {
  it('removes one or all that match, and no other', async () => {
    await things().insertMany([{ a: 1 }, { a: 1 }, { a: 2 }]);
    expect((await things().deleteOne({ a: 1 })).deletedCount).toBe(1);
    expect((await things().deleteMany({ a: 1 })).deletedCount).toBe(1);
    expect(await things().countDocuments()).toBe(1);
  });
});
