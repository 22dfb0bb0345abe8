// Writes of one unique value at the same moment: servers on PostgreSQL let them wait for each other and refuse some.
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { expect, it } from 'vitest';
import { isDuplicateKey } from '@/lib/keys/data-keys';
import { testServerUri } from '@/lib/testing/server';
import { untilNoConflict } from './write-conflict';

it('of many who insert one unique value, over and over, one succeeds and the others are told', async () => {
  const client = new MongoClient(testServerUri());
  const db = client.db(`conflicts_${randomUUID().slice(0, 8)}`);
  const rows = db.collection<{ value: number }>('rows');
  const insert = (value: number) =>
    untilNoConflict(() => rows.insertOne({ value })).then(
      () => 'stored',
      (error: unknown) => (isDuplicateKey(error) ? 'refused' : String(error)),
    );
  try {
    await rows.createIndexes([{ key: { value: 1 }, unique: true }]);
    for (let value = 0; value < 40; value++) {
      const ended = await Promise.all(Array.from({ length: 6 }, () => insert(value)));
      expect(ended.toSorted()).toEqual([...Array<string>(5).fill('refused'), 'stored']);
    }
    expect(await rows.countDocuments()).toBe(40);
  } finally {
    await db.dropDatabase();
    await client.close();
  }
});
