// `$group`, `$sortByCount`, `$bucket`, `$bucketAuto` (csfle.md D.6): what groups alike on ciphertext, and
// what is known about the groups.
import { describe, expect, it } from 'vitest';
import { analysed } from '../testing/inputs.ts';
import { clinic, known, rewritten } from '../testing/pipelines.ts';

const group = (fields: object) => [{ $group: { _id: null, ...fields } }];

describe('groups', () => {
  it.each<[string, object[], string, string]>([
    ['by Deterministic', [{ $group: { _id: '$ssn' } }], '_id', 'int A'],
    ['by an object of such', [{ $group: { _id: { a: '$ssn', b: '$x' } } }], '_id.a', 'int A'],
    ['by such an object, beside', [{ $group: { _id: { a: '$ssn', b: '$x' } } }], '_id.b', 'plain'],
    ['by an object of the schema', [{ $group: { _id: '$box' } }], '_id.other', 'int B'],
    ['by a plain field', [{ $group: { _id: '$name' } }], '_id', 'plain'],
    ['forget other fields', [{ $group: { _id: '$ssn' } }], 'ssn', 'plain'],
    ['$first', group({ a: { $first: '$secret' } }), 'a', 'random'],
    ['$last', group({ a: { $last: '$other' } }), 'a', 'int B'],
    ['$first of the document', group({ a: { $first: '$$ROOT' } }), 'a.box.ssn', 'int A'],
    ['$push', group({ a: { $push: '$ssn' } }), 'a', 'refused'],
    ['$addToSet', group({ a: { $addToSet: '$ssn' } }), 'a', 'refused'],
    ['$push of an object', group({ a: { $push: { x: '$ssn' } } }), 'a.x', 'refused'],
    ['$push of an object, its plain part', group({ a: { $push: '$box' } }), 'a.open', 'plain'],
    ['$push, unwound', [...group({ a: { $push: '$ssn' } }), { $unwind: '$a' }], 'a', 'int A'],
    ['$sum of plain', group({ n: { $sum: '$age' } }), 'n', 'plain'],
    ['$sortByCount', [{ $sortByCount: '$nick' }], '_id', 'string A'],
    ['$sortByCount, the count', [{ $sortByCount: '$nick' }], 'count', 'plain'],
    ['$bucket', [bucket({ a: { $first: '$ssn' } })], 'a', 'int A'],
    ['$bucketAuto', [{ $bucketAuto: { groupBy: '$age', buckets: 2 } }], '_id.min', 'plain'],
  ])('%s', (_name, stages, path, expected) => {
    expect(known(stages, path)).toBe(expected);
  });

  it.each<[string, object]>([
    ['$exists', { a: { $exists: true } }],
    ['$size', { a: { $size: 2 } }],
    ['equality with an empty array', { a: [] }],
    ['inequality with one', { a: { $ne: [] } }],
  ])('can be matched by %s of a gathered array', (_name, $match) => {
    const pipeline = [...group({ a: { $push: '$ssn' } }), { $match }];
    expect(rewritten(pipeline)).toEqual(pipeline);
  });
});

describe('a stage is refused', () => {
  it.each<[string, object, string]>([
    [
      'by Random',
      { $group: { _id: '$secret' } },
      'in $group cannot use encrypted fields, at `secret`',
    ],
    ['by an object with Random', { $group: { _id: '$chest' } }, 'the randomized encryption'],
    ['by a computed object with Random', { $group: { _id: { a: '$secret' } } }, 'randomized'],
    ['by the document', { $group: { _id: '$$ROOT' } }, 'randomized'],
    ['by mixed values', { $group: { _id: { $ifNull: ['$ssn', 5] } } }, 'do not agree'],
    ['$addToSet of Random', { $group: { _id: 1, a: { $addToSet: '$secret' } } }, 'randomized'],
    ...['$sum', '$avg', '$min', '$max', '$stdDevPop', '$mergeObjects'].map(
      (name): [string, object, string] => [
        name,
        { $group: { _id: 1, a: { [name]: '$box' } } },
        `in $group (${name}) cannot use encrypted fields, at \`box\``,
      ],
    ),
    [
      'an unknown accumulator',
      { $group: { _id: 1, a: { $top: {} } } },
      'Accumulator not supported',
    ],
    ['$sortByCount by Random', { $sortByCount: '$secret' }, 'randomized'],
    ['boundaries', { $bucket: { groupBy: '$ssn', boundaries: [0, 9] } }, 'in $bucket cannot use'],
    ['buckets', { $bucketAuto: { groupBy: '$ssn', buckets: 2 } }, 'in $bucketAuto cannot use'],
  ])('%s', (_name, stage, message) => {
    expect(() => rewritten([stage])).toThrow(message);
  });

  it.each<[string, object]>([
    ['$elemMatch', { a: { $elemMatch: { $eq: 5 } } }],
    ['$in', { a: { $in: [5] } }],
    ['$all', { a: { $all: [5] } }],
    ['a position', { 'a.0': 5 }],
  ])('that matches a gathered array by %s', (_name, $match) => {
    expect(() => rewritten([...group({ a: { $push: '$ssn' } }), { $match }])).toThrow(
      'Invalid match expression operator on encrypted field',
    );
  });

  it.each<[string, object[]]>([
    ['$group', [{ $group: { _id: '$nick' } }]],
    ['$group by an object', [{ $group: { _id: { a: '$nick' } } }]],
    ['$sortByCount', [{ $sortByCount: '$nick' }]],
    ['$addToSet', group({ a: { $addToSet: '$nick' } })],
  ])('when %s compares an encrypted string under a collation', (_name, pipeline) => {
    const command = { aggregate: 'people', pipeline, cursor: {}, collation: { locale: 'en' } };
    expect(() => analysed(command, clinic)).toThrow('A collation cannot apply');
    expect(analysed({ ...command, collation: { locale: 'simple' } }, clinic)).toBeDefined();
  });
});

function bucket(output: object) {
  return { $bucket: { groupBy: '$age', boundaries: [0, 9], output } };
}
