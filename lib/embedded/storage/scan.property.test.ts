import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareValues } from '../query/compare.ts';
import { compileFilter } from '../query/filter.ts';
import { decode, type Document, encode } from '../query/values.ts';
import { openStorage } from './storage.ts';
import { temporaryDirectory } from './testing.ts';
import type { Collection, Storage } from './types.ts';

const FIELDS = ['a', 'b', 'a.x', 'a.y', 'c'] as const;

const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -2, max: 3 }).map((n) => new Int32(n)) },
  { weight: 3, arbitrary: fc.constantFrom('', 'ab', 'abc', 'b', 'é') },
  fc.constantFrom<unknown>(
    null,
    true,
    new Double(0.5),
    new Double(NaN),
    new Double(-Infinity),
    Long.fromBigInt(2n ** 53n + 1n),
    Decimal128.fromString('0.5'),
    new Binary(Buffer.from('ab'), 6),
    new Date(5),
    new BSONRegExp('^a'),
    new MinKey(),
    new MaxKey(),
  ),
);
const inner = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.record({ x: scalar, y: scalar }, { requiredKeys: [], noNullPrototype: true }),
);
const value = fc.oneof(
  { weight: 3, arbitrary: inner },
  fc.array(inner, { maxLength: 3 }),
  fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }),
  fc.record(
    { x: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), y: scalar },
    { requiredKeys: [], noNullPrototype: true },
  ),
);
/** Two fields with arrays make a compound index refuse the document, so only `a` has any. */
const document = fc.record(
  { a: value, b: scalar, c: scalar },
  { requiredKeys: [], noNullPrototype: true },
);

const operators = fc.oneof(
  scalar.map((v): Document => ({ $eq: v })),
  value.map((v): Document => ({ $eq: v })),
  fc.array(scalar, { maxLength: 3 }).map((v): Document => ({ $in: v })),
  fc
    .tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), scalar)
    .filter(([, v]) => !(v instanceof BSONRegExp))
    .map(([op, v]): Document => ({ [op]: v })),
  fc
    .tuple(fc.integer({ min: -2, max: 3 }), fc.integer({ min: -2, max: 3 }))
    .map(([low, high]): Document => ({ $gte: new Int32(low), $lte: new Int32(high) })),
  fc.constantFrom('^a', '^ab', '^ab?', '^a|b', 'b', '^').map((p): Document => ({ $regex: p })),
  fc.boolean().map((v): Document => ({ $exists: v })),
  fc
    .constantFrom('string', 'number', 'int', 'null', 'binData')
    .map((t): Document => ({ $type: t })),
  scalar.filter((v) => !(v instanceof BSONRegExp)).map((v): Document => ({ $ne: v })),
  scalar.filter((v) => !(v instanceof BSONRegExp)).map((v): Document => ({ $all: [v] })),
  fc.integer({ min: -1, max: 2 }).map((v): Document => ({ $elemMatch: { x: new Int32(v) } })),
  fc.constant<Document>({ $size: new Int32(1) }),
);
const clause = fc
  .tuple(fc.constantFrom(...FIELDS), operators)
  .map(([field, operand]): Document => ({ [field]: operand }));
const filter = fc.letrec<{ any: Document }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    clause,
    fc.tuple(clause, clause).map(([left, right]): Document => ({ ...left, ...right })),
    fc
      .array(tie('any'), { minLength: 1, maxLength: 3 })
      .map((clauses): Document => ({ $and: clauses })),
    fc
      .array(tie('any'), { minLength: 1, maxLength: 3 })
      .map((clauses): Document => ({ $or: clauses })),
    fc
      .tuple(clause, tie('any'))
      .map(([left, right]): Document => ({ ...left, $or: [right, left] })),
  ),
})).any;

const partialFilter = fc.constantFrom<Document>(
  { a: { $exists: true } },
  { b: { $gte: new Int32(0) } },
  { b: { $type: 'number' } },
  { b: new Int32(1) },
  { c: { $in: [null, 'ab'] } },
  { $or: [{ b: new Int32(1) }, { c: { $lt: new Int32(2) } }] },
);
const keyPattern = fc
  .uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1, maxLength: 3 })
  .chain((fields) =>
    fc.tuple(
      ...fields.map((field) => fc.constantFrom(1, -1).map((order) => [field, order] as const)),
    ),
  )
  .map((entries): Document => Object.fromEntries(entries));
const index = fc.oneof(
  { weight: 3, arbitrary: keyPattern.map((key): Document => ({ key })) },
  keyPattern.map((key): Document => ({ key, sparse: true })),
  fc
    .tuple(keyPattern, partialFilter)
    .map(([key, partialFilterExpression]): Document => ({ key, partialFilterExpression })),
);
const sort = fc.option(keyPattern, { nil: undefined });

async function fill(
  storage: Storage,
  indexes: readonly Document[],
  documents: readonly Document[],
  built: 'before' | 'after',
): Promise<Collection> {
  const specifications = indexes.map((specification, i) => ({
    ...specification,
    name: `i${String(i)}`,
  }));
  return storage.write(() => {
    storage.dropDatabase('test');
    const collection = storage.createCollection('test', 'items');
    const create = () => {
      for (const specification of specifications) {
        try {
          collection.createIndexes([decode(encode(specification))]);
        } catch {
          // The same index twice: the one that is there will do.
        }
      }
    };
    if (built === 'before') create();
    for (const [i, fields] of documents.entries()) collection.insert(encode({ _id: i, ...fields }));
    if (built === 'after') create();
    // Changed and removed documents must leave no entry behind.
    for (const { recordId, bytes } of collection.scan({}).documents) {
      const { _id, ...rest } = decode(bytes);
      if (recordId % 5 === 0) collection.remove(recordId);
      if (recordId % 5 === 1)
        collection.replace(recordId, encode({ _id, ...rest, b: rest['c'] ?? null }));
    }
    return collection;
  });
}

/** The value that a document sorts by, as long as no array is involved. */
function at(fields: Document, path: string): unknown {
  let found: unknown = fields;
  for (const name of path.split('.')) {
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, name)
        ? (found as Document)[name]
        : undefined;
  }
  return found ?? null;
}

/** Few values in few shapes, so that arrays and the filters on them meet often. */
const few = fc.integer({ min: 0, max: 4 }).map((n) => new Int32(n));
const fewText = fc.constantFrom('a', 'ab', 'abc', 'b');
const denseDocument = fc.record(
  {
    a: fc.oneof(
      few,
      fewText,
      fc.array(few, { maxLength: 3 }),
      fc.array(fc.array(few, { maxLength: 2 }), { maxLength: 2 }),
      fc.array(fc.record({ x: few, y: few }, { noNullPrototype: true }), { maxLength: 3 }),
      fc.record({ x: fc.array(few, { maxLength: 3 }), y: few }, { noNullPrototype: true }),
    ),
    b: fc.oneof(few, fewText),
  },
  { requiredKeys: ['a'], noNullPrototype: true },
);
const denseOperators = fc.oneof(
  few.map((v): Document => ({ $eq: v })),
  fc.array(few, { minLength: 1, maxLength: 2 }).map((v): Document => ({ $eq: v })),
  fc.array(fc.oneof(few, fewText), { maxLength: 2 }).map((v): Document => ({ $in: v })),
  fc.tuple(few, few).map(([low, high]): Document => ({ $gt: low, $lt: high })),
  fc.tuple(few, few).map(([one, other]): Document => ({ $gte: one, $eq: other })),
  fc.constantFrom('^a', '^ab', '^ab?', '^abc*', '^a|b').map((p): Document => ({ $regex: p })),
  fc.constant<Document>({ $exists: true }),
);
const denseClause = fc
  .tuple(fc.constantFrom('a', 'a.x', 'a.y', 'b'), denseOperators)
  .map(([field, operand]): Document => ({ [field]: operand }));
const denseFilter = fc.oneof(
  denseClause,
  fc.tuple(denseClause, denseClause).map(([left, right]): Document => ({ ...left, ...right })),
  fc.tuple(denseClause, denseClause).map(([left, right]): Document => ({ $and: [left, right] })),
  fc.tuple(denseClause, denseClause).map(([left, right]): Document => ({ $or: [left, right] })),
);
const denseIndex = fc
  .constantFrom<Document>(
    { a: 1 },
    { a: -1 },
    { 'a.x': 1, 'a.y': -1 },
    { 'a.y': 1, 'a.x': 1 },
    { a: 1, 'a.x': 1 },
    { b: 1, a: 1 },
    { b: -1, 'a.x': 1 },
    { 'a.x': 1, b: 1 },
  )
  .map((key): Document => ({ key }));

const DOMAINS = [
  ['of every BSON type', fc.array(document, { minLength: 1, maxLength: 25 }), index, filter],
  [
    'with many arrays',
    fc.array(denseDocument, { minLength: 1, maxLength: 25 }),
    denseIndex,
    denseFilter,
  ],
] as const;

describe('a scan', () => {
  it.each(DOMAINS)(
    'gives every match exactly once from documents %s',
    async (_, documentList, anyIndex, anyFilter) => {
      const storage = await openStorage({ directory: temporaryDirectory(), ttlIntervalMs: 0 });
      const stages: Record<string, number> = {};
      await fc.assert(
        fc.asyncProperty(
          documentList,
          fc.array(anyIndex, { maxLength: 3 }),
          fc.array(fc.tuple(anyFilter, sort), { minLength: 1, maxLength: 15 }),
          fc.constantFrom('before', 'after'),
          async (documents, indexes, queries, built) => {
            const collection = await fill(storage, indexes, documents, built);
            const all = [...collection.scan({}, { hint: { $natural: 1 } }).documents];
            for (const [untyped, untypedSort] of queries) {
              const typed = decode(encode(untyped));
              const matches = compileFilter(typed);
              const order = untypedSort && decode(encode(untypedSort));
              const {
                plan,
                sorted,
                documents: found,
              } = collection.scan(typed, order && { sort: order });
              stages[plan.stage] = (stages[plan.stage] ?? 0) + 1;
              const expected = all.filter(({ bytes }) => matches(decode(bytes)));
              const candidates = [...found];
              const actual = candidates.filter(({ bytes }) => matches(decode(bytes)));
              const ids = (list: typeof all) => list.map(({ recordId }) => recordId);
              expect(new Set(ids(candidates)).size).toBe(candidates.length);
              expect(ids(actual).sort((x, y) => x - y)).toEqual(ids(expected));
              if (!sorted || !untypedSort) continue;
              const fields = Object.entries(untypedSort);
              for (const [i, { bytes }] of actual.entries()) {
                const next = actual[i + 1];
                if (!next) break;
                const [left, right] = [decode(bytes), decode(next.bytes)];
                let comparison = 0;
                for (const [path, direction] of fields) {
                  comparison ||= compareValues(at(left, path), at(right, path)) * Number(direction);
                }
                expect(comparison).toBeLessThanOrEqual(0);
              }
            }
          },
        ),
        { numRuns: 250 },
      );
      // The claim would be empty if everything were a collection scan.
      for (const stage of ['IXSCAN', 'OR', 'COLLSCAN', 'EOF'])
        expect(stages[stage]).toBeGreaterThan(0);
      await storage.close();
    },
    120_000,
  );
});
