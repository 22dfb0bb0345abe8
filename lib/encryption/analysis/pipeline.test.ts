// Whole pipelines (csfle.md D.6): which stages there are, and what stays as it is. What each stage does
// to encrypted fields is tested in aggregate/.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, det, passes } from './testing/inputs.ts';

const aggregate = (...pipeline: unknown[]): Document => ({
  aggregate: 'patients',
  pipeline,
  cursor: {},
});

describe('a pipeline', () => {
  it('has the constants of every $match encrypted', () => {
    const command = (ssn: unknown, nickname: unknown) =>
      aggregate({ $match: { ssn } }, { $sort: { name: 1 } }, { $match: { nickname } });
    expect(analysed(command(5, 'J'))).toEqual(command(det(5), det('J')));
  });

  it('of countDocuments keeps its group', () => {
    const command = (ssn: unknown) =>
      aggregate({ $match: { ssn } }, { $skip: 1 }, { $group: { _id: 1, n: { $sum: 1 } } });
    expect(analysed(command(5))).toEqual(command(det(5)));
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['$limit, $skip, $sample', [{ $limit: 5 }, { $skip: 1 }, { $sample: { size: 3 } }]],
    ['$count', [{ $count: 'n' }]],
    ['an including $project', [{ $project: { ssn: 1, insurance: { policyNumber: true } } }]],
    ['an excluding $project', [{ $project: { ssn: 0, 'insurance.policyNumber': 0 } }]],
    ['a computed plain field', [{ $project: { full: { $concat: ['$name', 'x'] } } }]],
    ['$addFields of plain fields', [{ $addFields: { 'a.b': '$age', insurance: { years: 5 } } }]],
    ['$unset', [{ $unset: ['ssn', 'insurance'] }]],
    ['$unwind of a plain array', [{ $unwind: { path: '$list', includeArrayIndex: 'index' } }]],
    ['$group on plain fields', [{ $group: { _id: '$city', n: { $push: '$name' } } }]],
    ['$sortByCount on a plain field', [{ $sortByCount: '$city' }]],
    ['$bucket', [{ $bucket: { groupBy: '$age', boundaries: [0, 9], output: { n: { $sum: 1 } } } }]],
    ['any stage after a group', [{ $group: { _id: '$city' } }, { $out: 'cities' }]],
    ['$lookup after a group', [{ $count: 'n' }, { $lookup: { from: 'open', as: 'x' } }]],
  ])('passes with %s', (_name, pipeline) => {
    expect(passes(aggregate(...pipeline))).toBe(true);
  });

  it('passes with every stage where no collection has encryption', () => {
    const pipeline = [
      { $lookup: { from: 'more', as: 'x', pipeline: [{ $match: { ssn: 1 } }] } },
      { $redact: '$$KEEP' },
      { $facet: { a: [{ $match: { $expr: '$ssn' } }] } },
    ];
    expect(passes({ aggregate: 'open', pipeline, cursor: {} })).toBe(true);
  });
});

describe('a pipeline is refused', () => {
  it.each<[string, unknown, string]>([
    ...[
      { $out: 'open' },
      { $merge: 'open' },
      { $setWindowFields: {} },
      { $densify: {} },
      { $fill: {} },
      { $changeStream: {} },
      { $currentOp: {} },
      { $search: {} },
      { $documents: [] },
      { $new: {} },
    ].map((stage): [string, Document, string] => {
      const [name = ''] = Object.keys(stage);
      return [name, stage, `Aggregation stage not supported for auto encryption: ${name}`];
    }),
    ['$match on Random', { $match: { diagnosis: 'x' } }, 'randomized encryption'],
    ['$match with $where', { $match: { $where: 'x' } }, 'Unsupported match expression operator'],
    ['$match that is no object', { $match: 5 }, 'Expected object'],
    ['$sort on an encrypted field', { $sort: { ssn: 1 } }, '`$sort` not allowed on encrypted'],
    ['$sort on an object', { $sort: { insurance: 1 } }, '`$sort` not allowed on encrypted'],
    ['$project that computes', { $project: { x: { $add: ['$ssn', 1] } } }, 'cannot use encrypted'],
    ['$project of a part', { $project: { 'medicalRecords.note': 1 } }, 'a part of an encrypted'],
    ['$unwind of an encrypted array', { $unwind: '$medicalRecords' }, '$unwind not allowed'],
    ['an accumulator on it', { $group: { _id: 1, n: { $sum: '$ssn' } } }, 'cannot use encrypted'],
    [
      'an unknown accumulator',
      { $group: { _id: 1, n: { $top: {} } } },
      'Accumulator not supported',
    ],
    ['$bucket on it', { $bucket: { groupBy: '$ssn', boundaries: [0, 1] } }, 'cannot use encrypted'],
    ['two operators in a stage', { $match: {}, $limit: 1 }, 'Expected one operator in a stage'],
    ['an empty stage', {}, 'Expected one operator in a stage'],
    ['a scalar as stage', 5, 'Expected object, found int'],
  ])('with %s', (_name, stage, message) => {
    expect(() => analysed(aggregate(stage))).toThrow(AnalysisError);
    expect(() => analysed(aggregate(stage))).toThrow(message);
    expect(() => analysed(aggregate({ $match: { ssn: 5 } }, stage))).toThrow(message);
  });

  it('that is no array', () => {
    expect(() => analysed({ aggregate: 'patients', pipeline: { $match: {} } })).toThrow('an array');
  });

  it.each<[string, Document]>([
    ['$out', { $out: 'patients' }],
    ['$merge', { $merge: { into: 'patients' } }],
  ])('with %s from an open collection to one with encryption', (name, stage) => {
    const command = { aggregate: 'open', pipeline: [{ $match: { a: 1 } }, stage], cursor: {} };
    expect(() => analysed(command)).toThrow(
      `Aggregation stage not supported for auto encryption: ${name}, at \`patients\``,
    );
  });

  it('with the stage, one encrypted field and why', () => {
    expect(() => analysed(aggregate({ $densify: {} }))).toThrow(
      'Aggregation stage not supported for auto encryption: $densify, at `insurance.policyNumber`: ' +
        'the documents that reach it have encrypted fields',
    );
  });
});
