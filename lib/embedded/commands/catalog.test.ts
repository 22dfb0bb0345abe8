// Collections, indexes, validators, explain, and the refusals that every command shares.
import { Binary, Long } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { codeOf, startTestServer, type TestServer } from './testing.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.close());
beforeEach(() => test.client.db('catalog').dropDatabase());

function db() {
  return test.client.db('catalog');
}
function things() {
  return db().collection('things');
}

describe('collections', () => {
  it('are created, listed, renamed and dropped', async () => {
    await db().createCollection('one');
    await db().collection('one').rename('two');
    const list = await db().listCollections().toArray();
    expect(list).toMatchObject([{ name: 'two', type: 'collection', info: { readOnly: false } }]);
    expect(await db().dropCollection('two')).toBe(true);
    expect(await db().listCollections({}, { nameOnly: true }).toArray()).toEqual([]);
  });

  it('with other options cannot be created twice', async () => {
    await db().createCollection('one');
    await db().createCollection('one');
    const other = db().createCollection('one', { validator: { a: 1 } });
    expect(await codeOf(other)).toBe(48);
  });

  it('of kinds that this server does not have are refused', async () => {
    expect(await codeOf(db().createCollection('c', { capped: true, size: 1000 }))).toBe(115);
    expect(await codeOf(db().createCollection('c', { collation: { locale: 'de' } }))).toBe(115);
    expect(await codeOf(db().createCollection('v', { viewOn: 'x', pipeline: [] }))).toBe(115);
  });

  it('with bad names are refused', async () => {
    expect(await codeOf(db().command({ create: 'a$b' }))).toBe(73);
    expect(await codeOf(db().command({ create: '' }))).toBe(73);
  });

  it('appear in the list of databases', async () => {
    await things().insertOne({});
    const { databases } = await test.client.db().admin().listDatabases({ nameOnly: true });
    expect(databases).toContainEqual({ name: 'catalog' });
    expect(await db().stats()).toMatchObject({ collections: 1, objects: 1 });
  });
});

describe('indexes', () => {
  it('are created, listed and dropped', async () => {
    const name = await things().createIndex({ a: 1, b: -1 }, { unique: true }, {});
    expect(name).toBe('a_1_b_-1');
    const list = await things().listIndexes().toArray();
    expect(list).toMatchObject([{ name: '_id_' }, { name, key: { a: 1, b: -1 }, unique: true }]);
    await things().dropIndex(name);
    expect(await things().indexes()).toHaveLength(1);
  });

  it('are refused where they do not exist or may not be dropped', async () => {
    expect(await codeOf(things().listIndexes().toArray())).toBe(26);
    await things().insertOne({});
    expect(await codeOf(things().dropIndex('nope'))).toBe(27);
    expect(await codeOf(things().dropIndex('_id_'))).toBe(72);
  });

  it('that are unique refuse a duplicate and name their key pattern', async () => {
    const partial = { keyAltNames: { $exists: true } };
    await things().createIndex(
      { keyAltNames: 1 },
      { unique: true, partialFilterExpression: partial },
      {},
    );
    await things().insertMany([{ keyAltNames: ['a', 'b'] }, {}, {}]);
    const duplicate = things().insertOne({ keyAltNames: ['b'] });
    await expect(duplicate).rejects.toMatchObject({ code: 11000, keyPattern: { keyAltNames: 1 } });
    const update = things().updateOne(
      { keyAltNames: { $exists: false } },
      { $set: { keyAltNames: ['a'] } },
    );
    expect(await codeOf(update)).toBe(11000);
  });

  it('answer an equality on a ciphertext without scanning', async () => {
    const cipher = (i: number) => new Binary(Buffer.alloc(65, i), 6);
    await things().insertMany(Array.from({ length: 100 }, (_, i) => ({ ssn: cipher(i) })));
    await things().createIndex({ ssn: 1 }, { unique: true }, {});
    const explained = await things()
      .find({ ssn: cipher(7) })
      .explain('executionStats');
    expect(explained).toMatchObject({
      queryPlanner: { winningPlan: { inputStage: { stage: 'IXSCAN', indexName: 'ssn_1' } } },
      executionStats: { nReturned: 1, totalDocsExamined: 1, totalKeysExamined: 1 },
    });
  });

  it('are not there for another field: the collection is scanned', async () => {
    await things().insertMany([{ a: 1 }, { a: 2 }]);
    const explained = await things().find({ a: 1 }).sort({ a: 1 }).explain('executionStats');
    expect(explained).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'SORT', inputStage: { stage: 'COLLSCAN' } } },
      executionStats: { nReturned: 1, totalDocsExamined: 2 },
    });
  });

  it('serve the leading $match of a pipeline, and updates', async () => {
    await things().insertMany([{ a: 1 }, { a: 2 }]);
    await things().createIndex({ a: 1 });
    const winningPlan = { inputStage: { indexName: 'a_1' } };
    expect(
      await things()
        .aggregate([{ $match: { a: 1 } }, { $count: 'n' }])
        .explain('queryPlanner'),
    ).toMatchObject({ queryPlanner: { winningPlan } });
    const explain = { update: 'things', updates: [{ q: { a: 1 }, u: { $set: { b: 1 } } }] };
    expect(await db().command({ explain, verbosity: 'executionStats' })).toMatchObject({
      queryPlanner: { winningPlan },
    });
    expect(await things().countDocuments({ b: 1 })).toBe(0);
  });
});

describe('validators', () => {
  const validator = { ssn: { $type: 'binData' } };

  it('installed by collMod refuse an insert and an update in clear', async () => {
    await db().createCollection('things');
    await db().command({ collMod: 'things', validator, validationLevel: 'strict' });
    const clear = things().insertOne({ ssn: 900_010_012 });
    await expect(clear).rejects.toMatchObject({ code: 121 });
    await things().insertOne({ ssn: new Binary(Buffer.of(1), 6) });
    expect(await codeOf(things().updateOne({}, { $set: { ssn: 1 } }))).toBe(121);
    expect(await codeOf(things().findOneAndUpdate({}, { $set: { ssn: 1 } }))).toBe(121);
    expect(await things().countDocuments({ ssn: 1 })).toBe(0);
  });

  it('are bypassed only on request', async () => {
    await db().createCollection('things', { validator });
    await things().insertOne({ ssn: 1 }, { bypassDocumentValidation: true });
    expect(await codeOf(things().insertOne({ ssn: 1 }))).toBe(121);
  });

  it('that are not understood are refused', async () => {
    await db().createCollection('things');
    expect(await codeOf(db().command({ collMod: 'things', validator: { a: { $nope: 1 } } }))).toBe(
      2,
    );
    expect(await codeOf(db().command({ collMod: 'none', validator }))).toBe(26);
  });

  it('collMod changes the expiry of a TTL index', async () => {
    await things().createIndex({ at: 1 }, { expireAfterSeconds: 10 }, {});
    const index = { keyPattern: { at: 1 }, expireAfterSeconds: 20 };
    expect(await db().command({ collMod: 'things', index })).toMatchObject({
      expireAfterSeconds_old: 10,
      expireAfterSeconds_new: 20,
    });
    expect(await things().indexes()).toContainEqual(
      expect.objectContaining({ expireAfterSeconds: 20 }),
    );
  });
});

describe('every command', () => {
  it('refuses unknown commands and unknown options with MongoDB’s codes', async () => {
    await expect(db().command({ nope: 1 })).rejects.toMatchObject({
      code: 59,
      errmsg: "no such command: 'nope'",
    });
    await expect(db().command({ find: 'things', nope: 1 })).rejects.toMatchObject({
      code: 40415,
      errmsg: "BSON field 'find.nope' is an unknown field.",
    });
    const update = { update: 'things', updates: [{ q: {}, u: { $set: { a: 1 } }, nope: 1 }] };
    expect(await db().command(update)).toMatchObject({ writeErrors: [{ code: 40415 }] });
  });

  it('is checked within explain too', async () => {
    expect(await codeOf(db().command({ explain: { find: 'things', nope: 1 } }))).toBe(40415);
    expect(await codeOf(db().command({ explain: { nope: 1 } }))).toBe(59);
  });

  it('does not take names from JavaScript’s prototypes for commands', async () => {
    expect(await codeOf(db().command({ constructor: 1 }))).toBe(59);
    expect(await codeOf(db().command({ toString: 1 }))).toBe(59);
  });

  it('refuses collations but the simple one', async () => {
    expect(
      await things()
        .find({}, { collation: { locale: 'simple' } })
        .toArray(),
    ).toEqual([]);
    expect(
      await codeOf(
        things()
          .find({}, { collation: { locale: 'de' } })
          .toArray(),
      ),
    ).toBe(115);
  });

  it('refuses transactions, and accepts sessions', async () => {
    const session = test.client.startSession();
    await things().insertOne({ a: 1 }, { session });
    const transaction = session.withTransaction(() => things().insertOne({ a: 2 }, { session }));
    await expect(transaction).rejects.toThrow();
    await session.endSession();
    const lsid = { id: new Binary(Buffer.alloc(16, 1), 4) };
    const command = {
      find: 'things',
      lsid,
      txnNumber: Long.ONE,
      startTransaction: true,
      autocommit: false,
    };
    expect(await codeOf(db().command(command))).toBe(20);
    expect(await things().countDocuments()).toBe(1);
  });

  it('refuses a write concern that one server cannot give', async () => {
    expect(await codeOf(things().insertOne({}, { writeConcern: { w: 2 } }))).toBe(2);
    await things().insertOne({}, { writeConcern: { w: 'majority', j: true } });
  });

  it('answers what it is without claiming to be MongoDB', async () => {
    expect(await db().command({ hello: 1 })).toMatchObject({
      isWritablePrimary: true,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      logicalSessionTimeoutMinutes: 30,
    });
    expect(await db().command({ buildInfo: 1 })).toMatchObject({
      medcomdEmbedded: true,
      modules: [],
    });
    expect(await db().command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('stops a command after maxTimeMS', async () => {
    await things().insertMany(
      Array.from({ length: 5000 }, (_, n) => ({ n, text: 'x'.repeat(200) })),
    );
    const slow = things()
      .find({ text: { $not: /y/ } })
      .maxTimeMS(1)
      .sort({ text: 1 })
      .toArray();
    expect(await codeOf(slow)).toBe(50);
  });
});
