import { describe, expect, it } from 'vitest';

import { decode, encode } from '../query/values.ts';
import { openStorage } from './storage.ts';
import { collectionWith, find, temporaryDirectory, temporaryStorage } from './testing.ts';

describe('a write', () => {
  it('is there after the storage was closed and opened again', async () => {
    const directory = temporaryDirectory();
    const first = await openStorage({ directory });
    await collectionWith(first, [{ _id: 1, name: 'Ada' }], [{ key: { name: 1 }, name: 'name_1' }]);
    await first.close();

    const second = await temporaryStorage({ directory });
    const collection = second.collection('test', 'items');
    expect(collection?.count()).toBe(1);
    expect(collection?.indexes().map(({ name }) => name)).toEqual(['_id_', 'name_1']);
    expect(collection && find(collection, { name: 'Ada' }).ids).toEqual([1]);
  });

  it('that throws leaves no document, no index and no collection behind', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, [{ _id: 1, a: 1 }]);
    const failed = storage.write(() => {
      collection.insert(encode({ _id: 2, a: [1, 2] }));
      collection.createIndexes([{ key: { a: 1 }, name: 'a_1' }]);
      storage.createCollection('test', 'more');
      throw new Error('stop');
    });
    await expect(failed).rejects.toThrow('stop');
    expect(collection.count()).toBe(1);
    expect(find(collection, {}).ids).toEqual([1]);
    expect(collection.indexes()).toHaveLength(1);
    expect(storage.collection('test', 'more')).toBeUndefined();
  });

  it('that throws does not undo the writes that were flushed with it', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, []);
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) =>
        storage.write(() => {
          collection.insert(encode({ _id: i }));
          if (i % 2 === 1) throw new Error('odd');
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
    expect(find(collection, {}).ids).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i));
    expect(collection.count()).toBe(25);
  });

  it('sees its own changes before others do', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, [{ _id: 1, n: 1 }]);
    await storage.write(() => {
      collection.insert(encode({ _id: 2, n: 1 }));
      expect(find(collection, { _id: 2 }).ids).toEqual([2]);
      expect(collection.count()).toBe(2);
    });
  });

  it('may change every document that it reads, each exactly once', async () => {
    const storage = await temporaryStorage();
    const documents = Array.from({ length: 20 }, (_, i) => ({ _id: i, n: i }));
    const collection = await collectionWith(storage, documents, [{ key: { n: 1 }, name: 'n_1' }]);
    const visits = await storage.write(() => {
      let count = 0;
      for (const { recordId, bytes } of collection.scan({ n: { $gte: 0 } }).documents) {
        const { _id, n } = decode(bytes);
        collection.replace(recordId, encode({ _id, n: Number(n) + 5 }));
        count++;
      }
      return count;
    });
    expect(visits).toBe(20);
    expect(find(collection, { n: 24 }).ids).toEqual([19]);
  });

  it('refuses to change anything outside `write`', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, [{ _id: 1 }]);
    const code = 'NOT_IN_WRITE';
    expect(() => collection.insert(encode({ _id: 2 }))).toThrow(expect.objectContaining({ code }));
    expect(() => collection.remove(1)).toThrow(expect.objectContaining({ code }));
    expect(() => storage.createCollection('test', 'b')).toThrow(expect.objectContaining({ code }));
    expect(() => storage.dropDatabase('test')).toThrow(expect.objectContaining({ code }));
  });

  it('resolves to what the function returns, even a thenable or a number', async () => {
    const storage = await temporaryStorage();
    expect(await storage.write(() => 4.452694326329068e-106)).toBe(4.452694326329068e-106);
  });
});

describe('a reader', () => {
  it('sees one state from its first document to its last', async () => {
    const storage = await temporaryStorage();
    const documents = Array.from({ length: 10 }, (_, i) => ({ _id: i, n: i }));
    const collection = await collectionWith(storage, documents, [{ key: { n: 1 }, name: 'n_1' }]);
    const reading = collection.scan({ n: { $gte: 0 } }).documents[Symbol.iterator]();
    reading.next();
    await storage.write(() => {
      for (const { recordId } of collection.scan({}).documents) collection.remove(recordId);
      collection.dropIndexes('n_1');
    });
    let rest = 0;
    while (reading.next().done !== true) rest++;
    expect(rest).toBe(9);
    expect(find(collection, {}).ids).toEqual([]);
  });

  it('still finds every match if the index of its plan is dropped before it starts', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(
      storage,
      [{ _id: 1, n: 5 }],
      [{ key: { n: 1 }, name: 'n_1' }],
    );
    const scan = collection.scan({ n: 5 });
    await storage.write(() => collection.dropIndexes('n_1'));
    expect([...scan.documents]).toHaveLength(1);
  });

  it('is told if the order that it was promised is gone', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(
      storage,
      [{ _id: 1, n: 5 }],
      [{ key: { n: 1 }, name: 'n_1' }],
    );
    const scan = collection.scan({}, { sort: { n: 1 } });
    expect(scan.sorted).toBe(true);
    await storage.write(() => collection.dropIndexes('n_1'));
    expect(() => [...scan.documents]).toThrow(expect.objectContaining({ code: 175 }));
  });
});

describe('the catalog', () => {
  it('refuses a second collection of the same name, and names that MongoDB refuses', async () => {
    const storage = await temporaryStorage();
    await storage.write(() => storage.createCollection('test', 'a'));
    const code = async (database: string, name: string) =>
      storage
        .write(() => storage.createCollection(database, name))
        .then(
          () => 0,
          (error: unknown) => (error as { code: number }).code,
        );
    expect(await code('test', 'a')).toBe(48);
    for (const [database, name] of [
      ['', 'a'],
      ['a b', 'c'],
      ['test', ''],
      ['test', 'a$b'],
    ] as const) {
      expect(await code(database, name)).toBe(73);
    }
  });

  it('forgets a dropped collection with its documents and index entries', async () => {
    const storage = await temporaryStorage();
    await collectionWith(storage, [{ _id: 1, a: 1 }], [{ key: { a: 1 }, name: 'a_1' }]);
    await storage.write(() => storage.dropCollection('test', 'items'));
    expect(storage.databases()).toEqual([]);
    const again = await collectionWith(storage, [{ _id: 1, a: 2 }]);
    expect(find(again, {}).found).toHaveLength(1);
    expect(again.indexes()).toHaveLength(1);
  });

  it('keeps documents and identity over a rename, and refuses to overwrite unless told', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, [{ _id: 1 }]);
    const { uuid } = collection;
    await storage.write(() => storage.createCollection('other', 'b'));
    await expect(
      storage.write(() => storage.renameCollection('test.items', 'other.b')),
    ).rejects.toMatchObject({ code: 48 });
    await storage.write(() => storage.renameCollection('test.items', 'other.b', true));
    const renamed = storage.collection('other', 'b');
    expect(renamed?.uuid).toEqual(uuid);
    expect(renamed?.count()).toBe(1);
    expect(storage.collection('test', 'items')).toBeUndefined();
    expect(storage.databases()).toEqual(['other']);
  });

  it('drops a database with all its collections and no other', async () => {
    const storage = await temporaryStorage();
    await storage.write(() => {
      storage.createCollection('a', 'x');
      storage.createCollection('a', 'y');
      storage.createCollection('b', 'x');
      storage.dropDatabase('a');
    });
    expect(storage.databases()).toEqual(['b']);
    expect(storage.collections('a')).toEqual([]);
  });

  it('counts documents and bytes through inserts, replacements and removals', async () => {
    const storage = await temporaryStorage();
    const collection = await collectionWith(storage, [{ _id: 1 }, { _id: 2 }]);
    await storage.write(() => {
      collection.replace(1, encode({ _id: 1, text: 'long' }));
      collection.remove(2);
      expect(collection.remove(2)).toBe(false);
    });
    const size = encode({ _id: 1, text: 'long' }).length;
    expect(collection.stats()).toEqual({ count: 1, size, avgObjSize: size, nindexes: 1 });
  });
});
