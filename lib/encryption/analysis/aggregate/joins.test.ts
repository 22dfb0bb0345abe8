// `$lookup`, `$graphLookup`, `$unionWith`, `$facet` (csfle.md D.6) over several collections, each with its
// own schema and keys.
import { describe, expect, it } from 'vitest';
import { AnalysisError } from '../index.ts';
import { analysed, det, passes } from '../testing/inputs.ts';
import { clinic, known, rewritten } from '../testing/pipelines.ts';

const lookup = (more: object) => ({ $lookup: { from: 'visits', as: 'v', ...more } });
const graph = (more: object) => ({
  $graphLookup: {
    from: 'visits',
    startWith: '$ssn',
    connectFromField: 'patient',
    connectToField: 'patient',
    as: 'v',
    ...more,
  },
});
const first = { $set: { one: { $first: '$v' } } };
const where = { $match: { $where: 'x' } };
const variable = lookup({
  let: { x: '$name' },
  pipeline: [{ $match: { $expr: { $eq: ['$patient', '$$x'] } } }],
});
const unwound = [lookup({ pipeline: [] }), { $unwind: '$v' }];

describe('constants are encrypted by the schema of the documents they are compared with', () => {
  it('in the pipeline of $lookup', () => {
    const stage = (ssn: unknown, patient: unknown) =>
      lookup({
        let: { name: '$name' },
        pipeline: [
          { $match: { ssn, $expr: { $and: [{ $eq: ['$patient', patient] }, '$$name'] } } },
        ],
      });
    expect(rewritten([stage('x', 5)])).toEqual([stage(det('x'), det(5))]);
  });

  it('from a collection without encryption, and to one', () => {
    const stage = (from: string, ssn: unknown) => lookup({ from, pipeline: [{ $match: { ssn } }] });
    expect(rewritten([stage('visits', 'x')], 'open')).toEqual([stage('visits', det('x'))]);
    expect(rewritten([stage('open', 'x'), { $match: { ssn: 5 } }])).toEqual([
      stage('open', 'x'),
      { $match: { ssn: det(5) } },
    ]);
  });

  it('in the pipeline of $unionWith, of $facet, and in joins inside them', () => {
    const inner = (value: unknown) => lookup({ pipeline: [{ $match: { ssn: value } }] });
    const pipeline = (ssn: unknown, text: unknown, other: unknown) => [
      { $facet: { a: [{ $match: { ssn } }, inner(text)], b: [{ $match: { other } }] } },
      { $unionWith: { coll: 'visits', pipeline: [{ $match: { ssn: text } }] } },
    ];
    expect(rewritten(pipeline(5, 'x', 6))).toEqual(pipeline(det(5), det('x'), det(6, '22')));
  });

  it('in restrictSearchWithMatch of $graphLookup', () => {
    const stage = (ssn: unknown) => graph({ restrictSearchWithMatch: { ssn, kind: 'x' } });
    expect(rewritten([stage('x')])).toEqual([stage(det('x'))]);
  });
});

describe('what is known behind a join', () => {
  it.each<[string, object[], string, string]>([
    ['$lookup, own fields', [lookup({ pipeline: [] })], 'ssn', 'int A'],
    ['$lookup, joined fields', [lookup({ pipeline: [] })], 'v.ssn', 'refused'],
    ['$lookup, joined plain fields', [lookup({ pipeline: [] })], 'v.kind', 'plain'],
    ['$lookup, unwound', unwound, 'v.ssn', 'string A'],
    ['$lookup, unwound, another key', unwound, 'v.patientOther', 'int B'],
    ['$lookup, unwound, moved', [...unwound, { $replaceWith: '$v' }], 'patient', 'int A'],
    ['$lookup of an open collection', [lookup({ from: 'open', pipeline: [] })], 'v.ssn', 'plain'],
    ['$lookup over a field', [lookup({ from: 'open', pipeline: [], as: 'ssn' })], 'ssn', 'plain'],
    [
      '$lookup with a pipeline that renames',
      [lookup({ pipeline: [{ $project: { n: '$ssn' } }] }), { $unwind: '$v' }],
      'v.n',
      'string A',
    ],
    ['an element of $lookup', [lookup({ pipeline: [] }), first], 'one.ssn', 'string A'],
    ['$graphLookup', [graph({})], 'v.patient', 'refused'],
    ['$graphLookup, unwound', [graph({}), { $unwind: '$v' }], 'v.patient', 'int A'],
    ['a depth', [graph({ depthField: 'ssn' }), { $unwind: '$v' }], 'v.ssn', 'plain'],
    ['$unionWith, alike', [{ $unionWith: 'visits' }], 'nick', 'string A'],
    ['$unionWith, alike inside', [{ $unionWith: 'visits' }], 'box.ssn', 'int A'],
    ['$unionWith, one side', [{ $unionWith: 'visits' }], 'box.other', 'refused'],
    ['$unionWith, the other side', [{ $unionWith: 'visits' }], 'patient', 'refused'],
    ['$unionWith, other types', [{ $unionWith: 'visits' }], 'ssn', 'refused'],
    ['$unionWith, a pattern', [{ $unionWith: 'visits' }], 'tag_1', 'refused'],
    [
      '$unionWith of a pipeline',
      [{ $unionWith: { coll: 'visits', pipeline: [] } }],
      'ssn',
      'refused',
    ],
    [
      '$unionWith of a pipeline that renames',
      [{ $unionWith: { coll: 'visits', pipeline: [{ $project: { twin: '$patient' } }] } }],
      'twin',
      'int A',
    ],
    ['$unionWith, plain', [{ $unionWith: { coll: 'visits' } }], 'kind', 'plain'],
    ['$unionWith itself', [{ $unionWith: 'people' }], 'tag_1', 'string A'],
    ['$unionWith an open collection', [{ $unionWith: 'open' }], 'ssn', 'refused'],
    ['$facet', [{ $facet: { a: [] } }], 'a.ssn', 'refused'],
    ['$facet, unwound', [{ $facet: { a: [] } }, { $unwind: '$a' }], 'a.ssn', 'int A'],
    ['$facet, what was there', [{ $facet: { a: [] } }], 'ssn', 'plain'],
    ['$facet of counts', [{ $facet: { a: [{ $count: 'n' }] } }], 'a.n', 'plain'],
  ])('%s', (_name, stages, path, expected) => {
    expect(known(stages, path)).toBe(expected);
  });

  it('starts from a collection without encryption, too', () => {
    expect(known([lookup({ pipeline: [] }), { $unwind: '$v' }], 'v.ssn', 'open')).toBe('string A');
    expect(known([{ $unionWith: 'people' }], 'ssn', 'open')).toBe('refused');
    expect(known([{ $unionWith: 'people' }], 'name', 'open')).toBe('plain');
  });
});

describe('a join passes', () => {
  it.each<[string, object[], string?]>([
    ['by plain fields', [lookup({ localField: 'name', foreignField: 'kind' })]],
    ['by fields with the same metadata', [lookup({ localField: 'ssn', foreignField: 'patient' })]],
    [
      'by those and a pipeline',
      [lookup({ localField: 'ssn', foreignField: 'patient', pipeline: [] })],
    ],
    [
      'by renamed fields',
      [{ $set: { x: '$ssn' } }, lookup({ localField: 'x', foreignField: 'patient' })],
    ],
    ['of a graph', [graph({ maxDepth: 2, depthField: 'n' })]],
    [
      'of a graph by plain fields',
      [graph({ startWith: '$x', connectFromField: 'x', connectToField: 'y' })],
    ],
    [
      'with the size of what was joined',
      [lookup({ pipeline: [] }), { $set: { n: { $size: '$v' } } }],
    ],
    ['with those that found something', [lookup({ pipeline: [] }), { $match: { v: { $ne: [] } } }]],
    ['of constants', [{ $unionWith: { pipeline: [{ $documents: [{ a: 1 }] }] } }]],
  ])('%s', (_name, pipeline, collection = 'people') => {
    expect(passes({ aggregate: collection, pipeline, cursor: {} }, clinic)).toBe(true);
  });
});

const join = '$lookup cannot join by these fields';

describe('a join is refused', () => {
  it.each<[string, object, string]>([
    ['by another key', lookup({ localField: 'ssn', foreignField: 'patientOther' }), join],
    ['by another type', lookup({ localField: 'ssn', foreignField: 'ssn' }), join],
    ['by Random', lookup({ localField: 'secret', foreignField: 'note' }), join],
    ['by one encrypted side', lookup({ localField: 'name', foreignField: 'patient' }), join],
    ['by the other', lookup({ localField: 'ssn', foreignField: 'kind' }), join],
    [
      'to an open collection',
      lookup({ from: 'open', localField: 'ssn', foreignField: 'ssn' }),
      join,
    ],
    ['by objects', lookup({ localField: 'box', foreignField: 'box' }), join],
    ['by a part', lookup({ localField: 'ssn.x', foreignField: 'kind' }), join],
    [
      'with an encrypted variable',
      lookup({ let: { x: '$ssn' }, pipeline: [] }),
      'in $lookup cannot use',
    ],
    [
      'with a document as variable',
      lookup({ let: { x: '$$ROOT' }, pipeline: [] }),
      'in $lookup cannot',
    ],
    ['with a variable against a field', variable, 'one side is encrypted'],
    ['into a ciphertext', lookup({ pipeline: [], as: 'ssn.x' }), 'cannot write below this path'],
    ['with an unknown field', lookup({ pipeline: [], newer: 5 }), 'Unknown field in $lookup'],
    ['without a name', lookup({ pipeline: [], as: 5 }), 'Expected `as` of $lookup to be a string'],
    [
      'with a foreign stage',
      lookup({ pipeline: [{ $out: 'x' }] }),
      'not supported for auto encryption: $out',
    ],
    ['from another database', lookup({ from: { db: 'other', coll: 'x' } }), 'of the same database'],
    [
      'of a graph by another key',
      graph({ connectToField: 'patientOther' }),
      '$graphLookup cannot join',
    ],
    [
      'of a graph from another key',
      graph({ connectFromField: 'patientOther' }),
      '$graphLookup cannot',
    ],
    ['of a graph from a constant', graph({ startWith: 5 }), '$graphLookup cannot join'],
    ['of a graph from an array', graph({ startWith: ['$ssn'] }), '$graphLookup cannot join'],
    [
      'of a union with $where',
      { $unionWith: { coll: 'visits', pipeline: [where] } },
      'Unsupported match',
    ],
    ['of a facet with Random', { $facet: { a: [{ $match: { secret: 'x' } }] } }, 'randomized'],
    ['of a facet that writes', { $facet: { a: [{ $merge: 'open' }] } }, 'encryption: $merge'],
  ])('%s', (_name, stage, message) => {
    expect(() => rewritten([stage])).toThrow(AnalysisError);
    expect(() => rewritten([stage])).toThrow(message);
  });

  it.each<[string, object]>([
    ['$lookup', lookup({ localField: 'nick', foreignField: 'nick' })],
    [
      '$graphLookup',
      graph({ startWith: '$nick', connectFromField: 'nick', connectToField: 'nick' }),
    ],
    ['a match inside', lookup({ pipeline: [{ $match: { nick: 'J' } }] })],
  ])('when %s compares an encrypted string under a collation', (_name, stage) => {
    const command = { aggregate: 'people', pipeline: [stage], cursor: {} };
    expect(analysed(command, clinic)).toBeDefined();
    expect(() => analysed({ ...command, collation: { locale: 'en' } }, clinic)).toThrow(
      'A collation cannot apply',
    );
  });

  it('when what it joined is written elsewhere', () => {
    expect(() => rewritten([lookup({ pipeline: [] }), { $out: 'copy' }], 'open')).toThrow(
      'Aggregation stage not supported for auto encryption: $out, at `v.',
    );
  });
});
