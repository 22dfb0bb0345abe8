// Fuzzing: valid commands of every kind that query analysis reads, with the canary in encrypted fields.
import { Binary, type Document, Int32, Long, Timestamp } from 'bson';
import { blobs, canary, database } from './fixtures.ts';

const [blob = ''] = [...blobs.keys()];
const sealed = new Binary(Buffer.from(blob, 'hex'), 6);
const find = { find: 'patients', filter: { ssn: canary, age: { $gt: 5 } }, limit: 1 };
const update = { q: { ssn: canary }, u: { $set: { 'name.last': canary, age: 6 } }, multi: false };

/** Name and command. */
export const commandSeeds: readonly (readonly [name: string, command: Document])[] = [
  ['find', { ...find, sort: { age: 1 }, projection: { ssn: 1, age: 1 }, $db: database }],
  [
    'findLogical',
    {
      find: 'patients',
      filter: {
        $and: [
          { ssn: { $in: [canary, `${canary}2`] } },
          { $or: [{ 'name.last': canary }, { a: 1 }] },
        ],
        name: { last: canary },
        ssn: { $not: { $ne: canary } },
        note: { $exists: true },
      },
    },
  ],
  ['findExpr', { find: 'patients', filter: { $expr: { $eq: ['$ssn', canary] } }, let: { a: 1 } }],
  ['findPlain', { find: 'patients', filter: { a: { $elemMatch: { b: 1 } }, r: /x/ }, hint: 'a_1' }],
  [
    'insert',
    {
      insert: 'patients',
      documents: [
        {
          _id: 1,
          ssn: canary,
          name: { first: 'a', last: canary },
          visits: [{ note: canary }],
          note: canary,
          keyName: 'patient-1',
          blob: { a: canary },
          other: sealed,
          at: new Timestamp({ t: 1, i: 1 }),
          list: [1, { b: 2 }],
        },
        { _id: 2, age: 5 },
      ],
      ordered: true,
      lsid: { id: new Binary(Buffer.alloc(16), 4) },
    },
  ],
  [
    'update',
    { update: 'patients', updates: [update, { q: {}, u: { ssn: canary }, upsert: true }] },
  ],
  [
    'updateOperators',
    {
      update: 'patients',
      updates: [
        {
          q: { keyName: 'patient-1', age: 4 },
          u: {
            $set: { note: canary, 'list.$[i].b': 1 },
            $setOnInsert: { blob: canary },
            $unset: { ssn: '' },
            $rename: { a: 'b' },
            $inc: { age: 1 },
            $push: { list: { $each: [1] } },
          },
          arrayFilters: [{ 'i.b': 2 }],
        },
      ],
    },
  ],
  ['updatePipeline', { update: 'patients', updates: [{ q: {}, u: [{ $set: { ssn: canary } }] }] }],
  ['delete', { delete: 'patients', deletes: [{ q: { ssn: canary }, limit: 1 }] }],
  [
    'findAndModify',
    { findAndModify: 'patients', query: { ssn: canary }, update: { ssn: canary }, new: true },
  ],
  ['findAndRemove', { findAndModify: 'patients', query: { ssn: canary }, remove: true }],
  ['count', { count: 'patients', query: { 'name.last': canary } }],
  ['distinct', { distinct: 'patients', key: 'ssn', query: { ssn: { $ne: canary } } }],
  ['explain', { explain: find, verbosity: 'queryPlanner', $db: database }],
  [
    'aggregate',
    {
      aggregate: 'patients',
      pipeline: [
        { $match: { ssn: canary } },
        { $project: { ssn: 1, name: 1, age: 1 } },
        { $addFields: { old: { $gt: ['$age', 65] } } },
        { $group: { _id: '$age', n: { $sum: 1 } } },
        { $sort: { n: -1 } },
        { $limit: new Int32(5) },
      ],
      cursor: {},
    },
  ],
  [
    'lookup',
    {
      aggregate: 'patients',
      pipeline: [
        {
          $lookup: {
            from: 'visits',
            localField: 'a',
            foreignField: 'b',
            as: 'c',
            pipeline: [{ $match: { s: canary } }],
          },
        },
        { $unionWith: { coll: 'visits', pipeline: [] } },
        { $facet: { x: [{ $count: 'n' }] } },
      ],
      cursor: {},
    },
  ],
  ['create', { create: 'patients', validator: { age: { $gt: 0 }, ssn: { $exists: true } } }],
  ['createView', { create: 'seen', viewOn: 'patients', pipeline: [{ $match: { a: 1 } }] }],
  ['collMod', { collMod: 'patients', validator: { $jsonSchema: { required: ['ssn'] } } }],
  [
    'createIndexes',
    {
      createIndexes: 'patients',
      indexes: [{ key: { ssn: 1 }, name: 's', partialFilterExpression: { age: { $gt: 1 } } }],
    },
  ],
  ['getMore', { getMore: Long.ONE, collection: 'patients' }],
];
