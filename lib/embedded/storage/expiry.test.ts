import { describe, expect, it } from 'vitest';

import { collectionWith, find, temporaryStorage } from './testing.ts';

const SECOND = 1000;

describe('a TTL index', () => {
  it.each([1, -1])(
    'of direction %i removes what is old enough, and only that',
    async (direction) => {
      let now = 0;
      const storage = await temporaryStorage({ clock: () => now });
      const collection = await collectionWith(
        storage,
        [
          { _id: 'early', at: new Date(0) },
          { _id: 'late', at: new Date(60 * SECOND) },
          { _id: 'array', at: [new Date(90 * SECOND), new Date(1 * SECOND)] },
          { _id: 'number', at: 5 },
          { _id: 'missing' },
        ],
        [{ name: 'at_1', key: { at: direction }, expireAfterSeconds: 10 }],
      );
      now = 9 * SECOND;
      expect(await storage.sweepExpired()).toBe(0);
      now = 30 * SECOND;
      expect(await storage.sweepExpired()).toBe(2);
      expect(find(collection, {}).ids).toEqual(['late', 'number', 'missing']);
      now = 70 * SECOND;
      expect(await storage.sweepExpired()).toBe(1);
      expect(collection.count()).toBe(2);
    },
  );

  it('obeys a changed expiry and a partial filter', async () => {
    const storage = await temporaryStorage({ clock: () => 100 * SECOND });
    const collection = await collectionWith(
      storage,
      [
        { _id: 1, at: new Date(0), done: true },
        { _id: 2, at: new Date(0) },
      ],
      [
        {
          name: 'at_1',
          key: { at: 1 },
          expireAfterSeconds: 1000,
          partialFilterExpression: { done: true },
        },
      ],
    );
    expect(await storage.sweepExpired()).toBe(0);
    await storage.write(() => collection.setExpiry('at_1', 50));
    expect(await storage.sweepExpired()).toBe(1);
    expect(find(collection, {}).ids).toEqual([2]);
  });

  it('is swept in the background', async () => {
    const storage = await temporaryStorage({ clock: () => 100 * SECOND, ttlIntervalMs: 5 });
    const index = { name: 'at_1', key: { at: 1 }, expireAfterSeconds: 1 };
    const collection = await collectionWith(storage, [{ _id: 1, at: new Date(0) }], [index]);
    await expect.poll(() => collection.count()).toBe(0);
  });

  it('without an expiry removes nothing', async () => {
    const storage = await temporaryStorage({ clock: () => 1e12 });
    const collection = await collectionWith(
      storage,
      [{ _id: 1, at: new Date(0) }],
      [{ name: 'at_1', key: { at: 1 } }],
    );
    expect(await storage.sweepExpired()).toBe(0);
    expect(collection.count()).toBe(1);
  });
});
