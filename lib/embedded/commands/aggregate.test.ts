// Aggregations through the official driver. What keeps BSON types and what is refused matters as much as results.
import { Binary, Double, Int32, Long } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { codeOf, startTestServer, type TestServer } from './testing.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.client.db('agg').dropDatabase();
  await things().insertMany([
    { _id: 1 as never, kind: 'a', n: 1, tags: ['x', 'y'] },
    { _id: 2 as never, kind: 'b', n: 2, tags: [] },
    { _id: 3 as never, kind: 'a', n: 3 },
  ]);
});

function things() {
  return test.client.db('agg').collection('things');
}

function run(pipeline: object[], options = {}) {
  return things().aggregate(pipeline, options).toArray();
}

describe('stages', () => {
  it('$match, $sort, $skip, $limit', async () => {
    const pipeline = [
      { $match: { n: { $gte: 1 } } },
      { $sort: { n: -1 } },
      { $skip: 1 },
      { $limit: 1 },
    ];
    expect(await run(pipeline)).toMatchObject([{ n: 2 }]);
  });

  it('$group with its accumulators', async () => {
    const pipeline = [
      {
        $group: {
          _id: '$kind',
          sum: { $sum: '$n' },
          avg: { $avg: '$n' },
          all: { $push: '$n' },
          min: { $min: '$n' },
          max: { $max: '$n' },
          count: { $count: {} },
        },
      },
      { $sort: { _id: 1 } },
    ];
    expect(await run(pipeline)).toEqual([
      { _id: 'a', sum: 4, avg: 2, all: [1, 3], min: 1, max: 3, count: 2 },
      { _id: 'b', sum: 2, avg: 2, all: [2], min: 2, max: 2, count: 1 },
    ]);
  });

  it('$group separates ciphertexts that differ in one byte', async () => {
    await things().deleteMany({});
    const cipher = (byte: number) => new Binary(Buffer.from([0xff, byte]), 6);
    await things().insertMany([{ c: cipher(0xfe) }, { c: cipher(0xff) }, { c: cipher(0xff) }]);
    const groups = await run([{ $sortByCount: '$c' }]);
    expect(groups.map(({ count }) => count as number)).toEqual([2, 1]);
  });

  it('$count, and nothing for an empty input', async () => {
    expect(await run([{ $count: 'n' }])).toEqual([{ n: 3 }]);
    expect(await run([{ $match: { n: 99 } }, { $count: 'n' }])).toEqual([]);
  });

  it('$project with computed fields, $addFields, $unset, $replaceRoot', async () => {
    expect(
      await run([
        { $match: { n: 1 } },
        { $addFields: { 'deep.twice': { $multiply: ['$n', 2] } } },
        { $project: { _id: 0, deep: 1, label: { $concat: ['$kind', '!'] } } },
        { $replaceRoot: { newRoot: { $mergeObjects: ['$deep', { label: '$label' }] } } },
        { $unset: 'none' },
      ]),
    ).toEqual([{ twice: 2, label: 'a!' }]);
  });

  it('$unwind with and without empty arrays', async () => {
    expect(await run([{ $unwind: '$tags' }])).toHaveLength(2);
    const keep = { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' };
    const kept = await run([{ $unwind: keep }, { $sort: { _id: 1, i: 1 } }]);
    expect(kept.map(({ i }) => i as unknown)).toEqual([0, 1, null, null]);
  });

  it('$lookup by field and by pipeline, $unionWith', async () => {
    await test.client
      .db('agg')
      .collection('kinds')
      .insertMany([{ k: 'a', name: 'A' }, { k: 'c' }]);
    const byField = { from: 'kinds', localField: 'kind', foreignField: 'k', as: 'found' };
    const joined = await run([{ $lookup: byField }, { $sort: { _id: 1 } }]);
    expect(joined.map(({ found }) => (found as unknown[]).length)).toEqual([1, 0, 1]);
    const byPipeline = {
      from: 'kinds',
      let: { kind: '$kind' },
      pipeline: [
        { $match: { $expr: { $eq: ['$k', '$$kind'] } } },
        { $project: { _id: 0, name: 1 } },
      ],
      as: 'found',
    };
    expect(await run([{ $match: { n: 1 } }, { $lookup: byPipeline }])).toMatchObject([
      { found: [{ name: 'A' }] },
    ]);
    expect(await run([{ $unionWith: 'kinds' }, { $count: 'n' }])).toEqual([{ n: 5 }]);
  });

  it('$facet and $bucket', async () => {
    const bucket = { groupBy: '$n', boundaries: [0, 2, 10], output: { count: { $sum: 1 } } };
    const [result] = await run([
      { $facet: { total: [{ $count: 'n' }], buckets: [{ $bucket: bucket }] } },
    ]);
    expect(result).toEqual({
      total: [{ n: 3 }],
      buckets: [
        { _id: 0, count: 1 },
        { _id: 2, count: 2 },
      ],
    });
  });

  it('$lookup into an embedded document', async () => {
    const join = { from: 'things', localField: 'n', foreignField: 'n', as: 'deep.found' };
    const [first] = await run([
      { $match: { n: 1 } },
      { $set: { deep: { kept: true } } },
      { $lookup: join },
    ]);
    expect(first).toMatchObject({ deep: { kept: true, found: [{ n: 1 }] } });
  });

  it('$redact of a stored string that looks like a decision', async () => {
    await things().insertOne({ kind: '$$KEEP' });
    expect(await codeOf(run([{ $match: { kind: '$$KEEP' } }, { $redact: '$kind' }]))).toBe(17053);
    expect(await run([{ $redact: '$$PRUNE' }])).toEqual([]);
  });

  it('$graphLookup keeps the types of what it finds, and the depth is a long', async () => {
    await things().insertOne({ _id: 4 as never, n: new Double(1), next: 1 });
    const graph = {
      from: 'things',
      startWith: '$n',
      connectFromField: 'next',
      connectToField: 'n',
      as: 'found',
      depthField: 'depth',
      restrictSearchWithMatch: { next: 1 },
    };
    const [first] = await run([{ $match: { _id: 1 } }, { $graphLookup: graph }], {
      promoteValues: false,
    });
    expect(first?.['found']).toEqual([
      { _id: new Int32(4), n: new Double(1), next: new Int32(1), depth: Long.ZERO },
    ]);
  });

  it('$sample gives different documents', async () => {
    const sampled = await run([{ $sample: { size: 3 } }]);
    expect(new Set(sampled.map(({ n }) => n as number)).size).toBe(3);
  });

  it('variables of `let` reach expressions', async () => {
    const pipeline = [{ $match: { $expr: { $eq: ['$n', '$$wanted'] } } }];
    expect(await run(pipeline, { let: { wanted: 2 } })).toMatchObject([{ n: 2 }]);
  });
});

describe('types', () => {
  it('a value that passes through keeps its type', async () => {
    await things().insertOne({ d: new Double(7), l: Long.fromNumber(7), i: new Int32(7) });
    const [result] = await run(
      [{ $match: { d: 7 } }, { $project: { _id: 0, d: 1, l: '$l', e: { $add: ['$i', 1] } } }],
      { promoteValues: false },
    );
    expect(result).toEqual({ d: new Double(7), l: Long.fromNumber(7), e: new Int32(8) });
  });

  it('arithmetic on a long that JavaScript cannot hold is refused, not rounded', async () => {
    await things().insertOne({ big: Long.fromString('9007199254740993') });
    const pipeline = [
      { $match: { big: { $exists: true } } },
      { $project: { r: { $add: ['$big', 1] } } },
    ];
    expect(await codeOf(run(pipeline))).toBe(2);
  });

  it('countDocuments and estimatedDocumentCount agree', async () => {
    expect(await things().countDocuments()).toBe(3);
    expect(await things().estimatedDocumentCount()).toBe(3);
    expect(await things().countDocuments({ kind: 'a' }, { limit: 1 })).toBe(1);
  });
});

describe('refusals', () => {
  it('unknown stages, and stages that write or run code', async () => {
    expect(await codeOf(run([{ $nope: 1 }]))).toBe(40324);
    expect(await codeOf(run([{ $out: 'x' }]))).toBe(115);
    expect(await codeOf(run([{ $merge: { into: 'x' } }]))).toBe(115);
    expect(await codeOf(run([{ $facet: { a: [{ $out: 'x' }] } }]))).toBe(115);
    const code = { init: '', accumulate: '', accumulateArgs: [], merge: '', lang: 'js' };
    expect(await codeOf(run([{ $group: { _id: 1, x: { $accumulator: code } } }]))).toBe(15952);
    expect(await codeOf(run([{ $match: { $where: '1' } }]))).toBe(2);
  });

  it('$bucketAuto with a granularity, $redact with $$ROOT', async () => {
    const bucket = { groupBy: '$n', buckets: 2, granularity: 'R5' };
    expect(await codeOf(run([{ $bucketAuto: bucket }]))).toBe(115);
    const test = { $eq: ['$$ROOT.n', 1] };
    expect(await codeOf(run([{ $redact: { $cond: [test, '$$KEEP', '$$PRUNE'] } }]))).toBe(115);
  });

  it('two stages in one, unknown expressions, and a missing cursor', async () => {
    expect(await codeOf(run([{ $match: {}, $limit: 1 }]))).toBe(40323);
    expect(await codeOf(run([{ $project: { a: { $nope: 1 } } }]))).toBe(168);
    const command = { aggregate: 'things', pipeline: [] };
    expect(await codeOf(test.client.db('agg').command(command))).toBe(9);
  });
});
