// Indexes, validators, catalog and error codes on whichever server the run names.
import { Binary, Long } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniqueName } from '../../testing/server.ts';
import {
  connectToServerUnderTest,
  errorCode,
  knownDifference,
  type ServerUnderTest,
} from './server-under-test.ts';

let server: ServerUnderTest;
beforeAll(() => {
  server = connectToServerUnderTest();
});
afterAll(() => server.close());
const collection = () => server.db.collection(uniqueName('c'));

describe('indexes', () => {
  it('refuses a second equal value under a unique index with code 11000', async () => {
    const things = collection();
    await things.createIndexes([{ key: { k: 1 }, unique: true }]);
    await things.insertOne({ k: 'x' });
    expect(await errorCode(things.insertOne({ k: 'x' }))).toBe(11000);
    await things.insertOne({ k: 'y' });
    expect(await errorCode(things.updateOne({ k: 'y' }, { $set: { k: 'x' } }))).toBe(11000);
    expect(await things.countDocuments({ k: 'x' })).toBe(1);
  });

  it('holds a unique partial index only where its filter matches', async () => {
    const things = collection();
    await things.createIndexes([
      { key: { ssn: 1 }, unique: true, partialFilterExpression: { ssn: { $exists: true } } },
    ]);
    const cipher = new Binary(Buffer.from('equal bytes'), 6);
    await things.insertMany([{ name: 'no number' }, { name: 'none either' }, { ssn: cipher }]);
    expect(await errorCode(things.insertOne({ ssn: cipher }))).toBe(11000);
    expect(await things.countDocuments({ ssn: cipher })).toBe(1);
  });

  it('treats each element of an array as a key', async () => {
    const things = collection();
    await things.createIndexes([
      { key: { names: 1 }, unique: true, partialFilterExpression: { names: { $exists: true } } },
    ]);
    await things.insertOne({ names: ['a', 'b'] });
    expect(await errorCode(things.insertOne({ names: ['c', 'b'] }))).toBe(11000);
    expect(await errorCode(things.insertOne({ names: ['c', 'd'] }))).toBeUndefined();
  });

  it('lists, accepts again and drops indexes', async () => {
    const things = collection();
    await things.insertOne({});
    const name = await things.createIndex({ a: 1, b: -1 });
    expect(await things.createIndex({ a: 1, b: -1 })).toBe(name);
    expect((await things.indexes()).map((index) => index.name).sort()).toEqual([
      '_id_',
      'a_1_b_-1',
    ]);
    await things.dropIndex(name);
    expect((await things.indexes()).map((index) => index.name)).toEqual(['_id_']);
    expect(await errorCode(things.dropIndex(name))).toBe(27);
  });

  it('keeps the expiry of a TTL index', async () => {
    const things = collection();
    await things.createIndexes([{ key: { at: 1 }, expireAfterSeconds: 3600 }]);
    const ttl = (await things.indexes()).find(({ name }) => name === 'at_1');
    expect(Number(ttl?.expireAfterSeconds)).toBe(3600);
  });
});

describe('validators', () => {
  const validator = {
    $jsonSchema: {
      bsonType: 'object',
      properties: { secret: { bsonType: 'binData' }, plain: { bsonType: 'string' } },
    },
  };
  // DocumentValidationFailure is 121; FerretDB 2.7 passes on a code of DocumentDB.
  const failure = () => knownDifference(121, { ferretdb: 525074461 });

  it('refuse a document in clear on insert and on each kind of update', async () => {
    const name = uniqueName('validated');
    await server.db.createCollection(name, { validator });
    // FerretDB 2.7 ignores the validator of `create`, so it is sent again, as the app does.
    await server.db.command({ collMod: name, validator });
    const things = server.db.collection(name);
    await things.insertOne({ _id: 1 as never, secret: new Binary(Buffer.from('x'), 6) });
    expect(await errorCode(things.insertOne({ secret: 'in clear' }))).toBe(failure());
    const set = things.updateOne({ _id: 1 as never }, { $set: { secret: 'in clear' } });
    expect(await errorCode(set)).toBe(failure());
    const replaced = things.replaceOne({ _id: 1 as never }, { secret: 5 });
    expect(await errorCode(replaced)).toBe(failure());
    const modified = things.findOneAndUpdate({ _id: 1 as never }, { $set: { plain: 5 } });
    // findAndModify of FerretDB 2.7 has the documented code, unlike its update.
    expect(await errorCode(modified)).toBe(121);
    expect(await things.countDocuments({ secret: 'in clear' })).toBe(0);
    expect(await things.countDocuments()).toBe(1);
  });

  it('let through what keeps the rules, and documents without the field', async () => {
    const name = uniqueName('validated');
    await server.db.createCollection(name, { validator });
    await server.db.command({ collMod: name, validator });
    const things = server.db.collection(name);
    await things.insertMany([{ secret: new Binary(Buffer.from('x'), 6) }, { other: 1 }]);
    await things.updateOne({ other: 1 }, { $set: { plain: 'text' } });
    expect(await things.countDocuments()).toBe(2);
  });

  it('are listed with the collection', async () => {
    const name = uniqueName('validated');
    await server.db.createCollection(name, { validator });
    await server.db.command({ collMod: name, validator });
    const [info] = await server.db.listCollections({ name }, { nameOnly: false }).toArray();
    const options = info as unknown as { options: { validator: unknown } };
    expect(options.options.validator).toMatchObject(validator);
  });
});

describe('catalog and refusals', () => {
  it('lists and drops collections and databases', async () => {
    const db = server.client.db(uniqueName('catalog'));
    await db.collection('one').insertOne({});
    await db.collection('two').insertOne({});
    const names = async () => (await db.listCollections().toArray()).map(({ name }) => name).sort();
    expect(await names()).toEqual(['one', 'two']);
    await db.dropCollection('one');
    expect(await names()).toEqual(['two']);
    const listed = async () =>
      (await server.client.db('admin').admin().listDatabases()).databases.map(({ name }) => name);
    expect(await listed()).toContain(db.databaseName);
    await db.dropDatabase();
    expect(await listed()).not.toContain(db.databaseName);
  });

  it('refuses to create a collection twice with other options', async () => {
    const name = uniqueName('twice');
    await server.db.createCollection(name);
    const again = server.db.createCollection(name, { validator: { a: 1 } });
    // FerretDB 2.7 ignores `validator` in `create`, so it sees no other options.
    expect(await errorCode(again)).toBe(
      knownDifference<number | undefined>(48, { ferretdb: undefined }),
    );
  });

  it('answers an unknown command with its own code', async () => {
    expect(await errorCode(server.db.command({ brewCoffee: 1 }))).toBe(59);
  });

  it('refuses an unknown query operator', async () => {
    expect(
      await errorCode(
        collection()
          .find({ a: { $brew: 1 } })
          .toArray(),
      ),
    ).toBe(2);
  });

  it('refuses an unknown aggregation stage', async () => {
    expect(
      await errorCode(
        collection()
          .aggregate([{ $brew: {} }])
          .toArray(),
      ),
    ).toBe(40324);
  });

  it('refuses an unknown update operator', async () => {
    const update = { $brew: { a: 1 } } as never;
    expect(await errorCode(collection().updateOne({}, update, { upsert: true }))).toBe(9);
  });

  it('refuses a getMore on a cursor that does not exist', async () => {
    const command = { getMore: Long.fromNumber(12345), collection: 'nothing' };
    expect(await errorCode(server.db.command(command))).toBe(43);
  });
});
