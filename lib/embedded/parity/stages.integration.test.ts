// Aggregation stages beyond the common ones on whichever server the run names: results as the manual has them.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniqueName } from '../../testing/server.ts';
import { connectToServerUnderTest, errorCode, type ServerUnderTest } from './server-under-test.ts';

let server: ServerUnderTest;
const name = uniqueName('staff');

beforeAll(async () => {
  server = connectToServerUnderTest();
  await server.db.collection<Document & { _id: number }>(name).insertMany([
    {
      _id: 1,
      n: 1,
      boss: 2,
      kind: 'a',
      sub: { kind: 'a' },
      list: [{ kind: 'a' }, { kind: 'b' }, 3],
    },
    { _id: 2, n: 2, boss: 3, kind: 'b' },
    { _id: 3, n: 2, boss: [1, 4], kind: 'a', sub: { kind: 'b' } },
    { _id: 4, n: 5, kind: 'a' },
    { _id: 5, n: null, boss: null },
    { _id: 6, n: 9 },
    { _id: 7, n: 11, boss: 9 },
  ]);
});
afterAll(() => server.close());

const run = (...pipeline: Document[]) => server.db.collection(name).aggregate(pipeline).toArray();
const byId = { $sort: { _id: 1 } };

describe('$redact', () => {
  const unless = (kind: string, yes: string) => ({
    $redact: { $cond: [{ $ne: ['$kind', kind] }, yes, '$$PRUNE'] },
  });

  it('descends into embedded documents and arrays, and prunes them where they say so', async () => {
    expect(await run(unless('b', '$$DESCEND'), { $project: { sub: 1, list: 1 } }, byId)).toEqual([
      { _id: 1, sub: { kind: 'a' }, list: [{ kind: 'a' }, 3] },
      { _id: 3 },
      { _id: 4 },
      { _id: 5 },
      { _id: 6 },
      { _id: 7 },
    ]);
  });

  it('keeps everything below what it keeps', async () => {
    expect(
      await run(unless('b', '$$KEEP'), { $match: { _id: 3 } }, { $project: { sub: 1 } }),
    ).toEqual([{ _id: 3, sub: { kind: 'b' } }]);
  });

  it('refuses an expression that decides nothing', async () => {
    expect(await errorCode(run({ $redact: '$kind' }))).toBe(17053);
  });
});

describe('$bucketAuto', () => {
  const sizes = async (buckets: number) =>
    (await run({ $bucketAuto: { groupBy: '$n', buckets } })).map(({ _id, count }) => [
      (_id as Document)['min'] as unknown,
      (_id as Document)['max'] as unknown,
      count as unknown,
    ]);

  it('divides evenly, and keeps equal values together', async () => {
    expect(await sizes(1)).toEqual([[null, 11, 7]]);
    expect(await sizes(2)).toEqual([
      [null, 5, 4],
      [5, 11, 3],
    ]);
    expect(await sizes(4)).toEqual([
      [null, 2, 2],
      [2, 5, 2],
      [5, 11, 2],
      [11, 11, 1],
    ]);
    expect(await sizes(5)).toEqual([
      [null, 2, 2],
      [2, 5, 2],
      [5, 9, 1],
      [9, 11, 1],
      [11, 11, 1],
    ]);
  });

  it('gives fewer buckets where there are fewer values', async () => {
    expect(await sizes(9)).toHaveLength(6);
  });

  it('accumulates what `output` names', async () => {
    const output = { total: { $sum: '$n' } };
    expect(await run({ $bucketAuto: { groupBy: '$n', buckets: 2, output } })).toEqual([
      { _id: { min: null, max: 5 }, total: 5 },
      { _id: { min: 5, max: 11 }, total: 25 },
    ]);
  });

  it('refuses no buckets, and a constant to group by', async () => {
    expect(await errorCode(run({ $bucketAuto: { groupBy: '$n', buckets: 0 } }))).toBe(40243);
    expect(await errorCode(run({ $bucketAuto: { groupBy: 1, buckets: 2 } }))).toBe(40239);
  });
});

describe('$graphLookup', () => {
  const graph = {
    from: name,
    startWith: '$boss',
    connectFromField: 'boss',
    connectToField: '_id',
    as: 'chain',
  };
  /** The manual leaves the order of what is found open. */
  const chainOf = async (_id: number, options: Document = {}, as = 'chain') => {
    const [found] = await run({ $match: { _id } }, { $graphLookup: { ...graph, ...options } });
    const chain = as.split('.').reduce<unknown>((value, part) => (value as Document)[part], found);
    return (chain as Document[])
      .map((each) => [each['_id'], ...('depth' in each ? [Number(each['depth'])] : [])] as number[])
      .sort(([a = 0], [b = 0]) => a - b);
  };

  it('follows every step once, circles and arrays included', async () => {
    expect(await chainOf(1)).toEqual([[1], [2], [3], [4]]);
    expect(await chainOf(4)).toEqual([]);
    expect(await chainOf(7)).toEqual([]);
  });

  it('says how deep, and goes no deeper than it is told', async () => {
    expect(await chainOf(1, { depthField: 'depth' })).toEqual([
      [1, 2],
      [2, 0],
      [3, 1],
      [4, 2],
    ]);
    expect(await chainOf(1, { maxDepth: 0 })).toEqual([[2]]);
    expect(await chainOf(1, { maxDepth: 1 })).toEqual([[2], [3]]);
  });

  it('starts with each element of an array, and with nothing where there is nothing', async () => {
    expect(await chainOf(6, { startWith: [3, 4], maxDepth: 0 })).toEqual([[3], [4]]);
    expect(await chainOf(6, { startWith: '$none', connectToField: 'boss' })).toEqual([]);
  });

  it('does not pass through what the restriction leaves out', async () => {
    expect(await chainOf(1, { restrictSearchWithMatch: { kind: 'b' } })).toEqual([[2]]);
    expect(await chainOf(1, { restrictSearchWithMatch: { kind: 'a' } })).toEqual([]);
  });

  it('writes into an embedded document, and finds nothing in a collection that is not there', async () => {
    expect(await chainOf(1, { as: 'sub.chain' }, 'sub.chain')).toHaveLength(4);
    expect(await chainOf(1, { from: 'nowhere' })).toEqual([]);
  });

  it('refuses a negative depth and an unknown argument', async () => {
    expect(await errorCode(run({ $graphLookup: { ...graph, maxDepth: -1 } }))).toBe(40101);
    expect(await errorCode(run({ $graphLookup: { ...graph, depth: 1 } }))).toBe(40104);
  });
});
