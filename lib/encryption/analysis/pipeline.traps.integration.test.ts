// Pipelines by hand in which a ciphertext could answer otherwise than its plaintext. Each is refused, or
// answered like its plaintext twin without a secret on the wire; the table says which.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trapWorld } from './testing/trap-world.ts';
import { openTwins, type Twins } from './testing/twins.ts';

let twins: Twins;
beforeAll(async () => {
  twins = await openTwins([trapWorld]);
});
afterAll(() => twins.close());

type Trap = readonly [name: string, pipeline: readonly Document[]];

async function outcomeOf(pipeline: readonly Document[]): Promise<string> {
  const command = { aggregate: 'patients', pipeline };
  // What comes after `$group` has no order of its own.
  return (await twins.judge({ command, scrambled: true, looseArrays: true })).outcome;
}

const c = 'secret-1';
const match = (filter: Document) => ({ $match: filter });
const set = (fields: Document) => ({ $set: fields });
const expr = (condition: unknown) => ({ $match: { $expr: condition } });
const lookup = (rest: Document, from = 'visits') => ({ $lookup: { from, as: 'x', ...rest } });

describe('is answered as on plaintext', () => {
  it.each<Trap>([
    ['a rename', [set({ x: '$a' }), match({ x: c })]],
    ['a rename of an object', [set({ x: '$box' }), match({ 'x.a': c })]],
    [
      'a rename by $project, then again',
      [{ $project: { x: '$a' } }, set({ y: '$x' }), match({ y: c })],
    ],
    ['two fields that change places', [set({ a: '$p', p: '$a' }), match({ p: c, a: 'open-1' })]],
    ['a field that reads what another overwrites', [set({ a: '$p', x: '$a' }), match({ x: c })]],
    ['an overwritten field', [set({ a: 'open-1' }), match({ a: 'open-1' })]],
    [
      'a member written into an object',
      [set({ box: { a: 'open-1' } }), match({ 'box.a': 'open-1' })],
    ],
    ['the members beside it', [set({ box: { x: 1 } }), match({ 'box.a': c })]],
    ['$eq and a missing field', [expr({ $ne: ['$a', c] })]],
    ['$eq of two fields with the same metadata', [expr({ $eq: ['$a', '$e'] })]],
    ['$in with constants and literals', [expr({ $in: ['$a', [c, { $literal: '' }]] })]],
    ['a falsy constant', [expr({ $eq: ['$b', 0] })]],
    [
      '$cond with both branches alike',
      [set({ x: { $cond: ['$p', '$a', '$e'] } }), match({ x: c })],
    ],
    [
      '$switch with its default alike',
      [
        set({ x: { $switch: { branches: [{ case: '$p', then: '$a' }], default: '$e' } } }),
        match({ x: c }),
      ],
    ],
    ['$ifNull of two fields', [set({ x: { $ifNull: ['$a', '$e'] } }), match({ x: '' })]],
    ['$ifNull that falls back to null', [set({ x: { $ifNull: ['$a', null] } }), match({ x: c })]],
    [
      '$let that compares inside',
      [set({ x: { $let: { vars: { v: '$p' }, in: { $eq: ['$a', c] } } } })],
    ],
    [
      'a path through $$ROOT and $$CURRENT',
      [expr({ $and: [{ $eq: ['$$ROOT.a', c] }, { $ne: ['$$CURRENT.e', 'secret-2'] }] })],
    ],
    ['$getField, whose operand is no constant', [expr({ $eq: [{ $getField: 'a' }, c] })]],
    ['$group by a field that may be missing', [{ $group: { _id: '$a', n: { $sum: 1 } } }]],
    [
      '$group and what matches its _id',
      [{ $group: { _id: '$a' } }, match({ _id: { $in: [c, ''] } })],
    ],
    [
      '$group by an object of fields',
      [{ $group: { _id: { x: '$a', p: '$p' } } }, match({ '_id.x': c })],
    ],
    ['$sortByCount', [{ $sortByCount: '$a' }, match({ _id: c })]],
    ['$addToSet', [{ $group: { _id: '$p', x: { $addToSet: '$a' } } }]],
    [
      '$push, unwound and matched',
      [{ $group: { _id: '$p', x: { $push: '$a' } } }, { $unwind: '$x' }, match({ x: c })],
    ],
    [
      '$first after a sort',
      [{ $sort: { n: 1 } }, { $group: { _id: null, x: { $first: '$a' } } }, match({ x: c })],
    ],
    ['$count over a name that was encrypted', [{ $count: 'a' }, match({ a: 7 })]],
    [
      '$replaceRoot with an object',
      [match({ 'box.p': 'open-1' }), { $replaceRoot: { newRoot: '$box' } }, match({ a: c })],
    ],
    [
      '$mergeObjects with a later constant',
      [
        { $replaceWith: { $mergeObjects: ['$$ROOT', { a: 'open-1' }] } },
        match({ a: 'open-1', e: c }),
      ],
    ],
    [
      '$redact that compares and keeps',
      [{ $redact: { $cond: [{ $eq: ['$a', c] }, '$$KEEP', '$$PRUNE'] } }],
    ],
    ['$lookup by fields of one metadata', [lookup({ localField: 'a', foreignField: 'who' })]],
    ['$lookup into itself', [lookup({ localField: 'a', foreignField: 'e' }, 'patients')]],
    [
      '$lookup by plain fields, then unwound and matched',
      [
        lookup({ localField: 'n', foreignField: 'n' }),
        { $unwind: '$x' },
        match({ 'x.who': c, 'x.a': c }),
      ],
    ],
    [
      '$lookup with a pipeline and variables',
      [
        lookup({
          let: { v: '$n' },
          pipeline: [match({ $expr: { $and: [{ $eq: ['$n', '$$v'] }, { $eq: ['$who', c] }] } })],
        }),
      ],
    ],
    [
      '$lookup whose result hides a field',
      [lookup({ localField: 'n', foreignField: 'n', as: 'a' })],
    ],
    [
      '$graphLookup by fields of one metadata',
      [
        {
          $graphLookup: {
            from: 'patients',
            startWith: '$a',
            connectFromField: 'a',
            connectToField: 'e',
            as: 'x',
            restrictSearchWithMatch: { a: { $ne: '' } },
          },
        },
      ],
    ],
    [
      '$unionWith, each side with its own schema',
      [match({ a: c }), { $unionWith: { coll: 'visits', pipeline: [match({ a: c })] } }],
    ],
    [
      '$facet, each pipeline with its own fields',
      [{ $facet: { x: [set({ a: '$p' }), match({ a: 'open-1' })], y: [match({ a: c })] } }],
    ],
    ['$unwind of a plain array beside it', [{ $unwind: '$list' }, match({ a: c, list: 'open-1' })]],
    ['an excluded field', [{ $project: { a: 0, 'box.a': 0 } }, match({ e: c })]],
  ])('%s', async (_name, pipeline) => {
    expect(await outcomeOf(pipeline)).toBe('accepted');
  });
});

describe('is refused', () => {
  it.each<Trap>([
    ['the truth of an encrypted value', [expr('$b')]],
    ['$and of an encrypted value', [expr({ $and: ['$a', true] })]],
    ['$not of an encrypted value', [set({ x: { $not: ['$a'] } })]],
    ['$cond on an encrypted value', [set({ x: { $cond: ['$b', 1, 2] } })]],
    [
      '$switch on an encrypted value',
      [set({ x: { $switch: { branches: [{ case: '$b', then: 1 }], default: 2 } } })],
    ],
    ['$filter on an encrypted value', [set({ x: { $filter: { input: '$list', cond: '$b' } } })]],
    [
      '$toBool, $type, $isNumber',
      [set({ x: [{ $toBool: '$b' }, { $type: '$b' }, { $isNumber: '$b' }] })],
    ],
    ['$type of the value', [expr({ $eq: [{ $type: '$a' }, 'string'] })]],
    ['$strLenBytes, $bsonSize, $binarySize', [set({ x: { $binarySize: '$a' } })]],
    ['order', [expr({ $gt: ['$a', ''] })]],
    ['$cmp', [set({ x: { $cmp: ['$a', c] } })]],
    ['$max as an accumulator', [{ $group: { _id: null, x: { $max: '$a' } } }]],
    ['$max as an expression', [set({ x: { $max: ['$a', '$e'] } })]],
    ['equality of two keys', [expr({ $eq: ['$a', '$o'] })]],
    ['equality of an int and a long, which are equal as numbers', [expr({ $eq: ['$b', '$l'] })]],
    ['a constant of another type', [expr({ $eq: ['$b', 1.5] })]],
    ['equality with a field in clear', [expr({ $eq: ['$a', '$p'] })]],
    ['equality of randomized fields', [expr({ $eq: ['$s', '$s'] })]],
    ['a constant and a randomized field', [expr({ $eq: ['$s', c] })]],
    ['equality of objects with encrypted members', [expr({ $eq: ['$box', { a: c }] })]],
    ['equality of a computed object', [expr({ $eq: [{ x: '$a' }, { x: c }] })]],
    ['equality of a computed array', [expr({ $eq: [['$a'], [c]] })]],
    ['a constant looked for in an encrypted field', [expr({ $in: [c, '$r'] })]],
    ['a constant looked for in an array of encrypted fields', [expr({ $in: [c, ['$a', '$e']] })]],
    ['sets', [expr({ $setEquals: [['$a'], [c]] })]],
    ['$indexOfArray', [set({ x: { $indexOfArray: [['$a'], c] } })]],
    [
      'branches that disagree, then compared',
      [set({ x: { $cond: ['$p', '$a', '$o'] } }), match({ x: c })],
    ],
    [
      'a branch in clear, then compared',
      [set({ x: { $ifNull: ['$a', 'open-1'] } }), match({ x: c })],
    ],
    [
      'branches that disagree, then grouped',
      [set({ x: { $cond: ['$p', '$a', '$o'] } }), { $group: { _id: '$x' } }],
    ],
    [
      'a variable bound to an encrypted field',
      [set({ x: { $let: { vars: { v: '$a' }, in: { $eq: ['$$v', c] } } } })],
    ],
    [
      'a shadowing variable bound to an encrypted field',
      [set({ x: { $let: { vars: { v: '$p' }, in: { $let: { vars: { v: '$a' }, in: '$$v' } } } } })],
    ],
    [
      '$$CURRENT bound again',
      [set({ x: { $let: { vars: { CURRENT: '$items' }, in: { $eq: ['$a', c] } } } })],
    ],
    [
      'an array that holds encrypted values, compared',
      [{ $group: { _id: null, x: { $push: '$a' } } }, expr({ $in: [c, '$x'] })],
    ],
    [
      '$map over encrypted values',
      [
        { $group: { _id: null, x: { $push: '$a' } } },
        set({ y: { $map: { input: '$x', in: { $toUpper: '$$this' } } } }),
      ],
    ],
    ['$group by a randomized field', [{ $group: { _id: '$s' } }]],
    ['$group by an object with a randomized field in it', [{ $group: { _id: '$box' } }]],
    ['$group by the whole document', [{ $group: { _id: '$$ROOT' } }]],
    ['$addToSet of a randomized field', [{ $group: { _id: null, x: { $addToSet: { s: '$s' } } } }]],
    [
      '$bucket by an encrypted field',
      [{ $bucket: { groupBy: '$b', boundaries: [0, 1], default: 2 } }],
    ],
    ['$sort by a renamed field', [set({ x: '$a' }), { $sort: { x: 1 } }]],
    ['$unwind of a value that may be an array', [{ $unwind: '$r' }]],
    ['$unset below a value that may be an object', [{ $unset: 'r.deep' }]],
    ['inclusion below a value that may be an object', [{ $project: { r: { deep: 1 } } }]],
    ['exclusion below a value that may be an object', [{ $project: { 'r.deep': 0 } }]],
    [
      'inclusion below a value that is encrypted or not',
      [set({ x: { $cond: ['$p', '$r', '$box'] } }), { $project: { 'x.deep': 1 } }],
    ],
    ['a path below an encrypted value', [set({ x: '$r.deep' })]],
    ['a field written into an encrypted value', [set({ 'r.x': 1 })]],
    [
      '$redact that compares at every level',
      [{ $redact: { $cond: [{ $eq: ['$a', c] }, '$$DESCEND', '$$PRUNE'] } }],
    ],
    [
      '$redact that would enter a plaintext',
      [{ $redact: { $cond: [{ $eq: ['$p', 'open-2'] }, '$$PRUNE', '$$DESCEND'] } }],
    ],
    [
      '$objectToArray, then compared',
      [set({ x: { $objectToArray: '$$ROOT' } }), { $unwind: '$x' }, match({ 'x.v': c })],
    ],
    ['$getField with a computed name', [set({ x: { $getField: { $concat: ['', '$p'] } } })]],
    ['$replaceRoot with an encrypted value', [{ $replaceRoot: { newRoot: '$r' } }]],
    [
      '$mergeObjects whose later object may lack the field',
      [{ $replaceWith: { $mergeObjects: ['$$ROOT', { a: '$p' }] } }, match({ a: c })],
    ],
    ['$lookup by two keys', [lookup({ localField: 'a', foreignField: 'a' })]],
    ['$lookup by an encrypted and a plain field', [lookup({ localField: 'a', foreignField: 'e' })]],
    ['$lookup by a randomized field', [lookup({ localField: 's', foreignField: 's' }, 'patients')]],
    [
      '$lookup with a variable bound to an encrypted field',
      [lookup({ let: { v: '$a' }, pipeline: [match({ $expr: { $eq: ['$who', '$$v'] } })] })],
    ],
    [
      '$lookup with a constant bound, then compared',
      [lookup({ let: { v: c }, pipeline: [match({ $expr: { $eq: ['$who', '$$v'] } })] })],
    ],
    [
      '$graphLookup from a constant in clear',
      [
        {
          $graphLookup: {
            from: 'patients',
            startWith: c,
            connectFromField: 'a',
            connectToField: 'a',
            as: 'x',
          },
        },
      ],
    ],
    ['$unionWith of two keys, then compared', [{ $unionWith: 'visits' }, match({ a: c })]],
    [
      '$unionWith of a field that one side has in clear',
      [{ $unionWith: 'visits' }, match({ e: c })],
    ],
    ['$unionWith of two keys, then grouped', [{ $unionWith: 'visits' }, { $group: { _id: '$a' } }]],
    [
      '$unionWith with a pipeline, then compared',
      [{ $unionWith: { coll: 'visits', pipeline: [{ $limit: 9 }] } }, match({ a: c })],
    ],
    ['$out', [{ $out: 'visits' }]],
    ['$merge', [{ $merge: { into: 'visits' } }]],
    [
      '$setWindowFields',
      [{ $setWindowFields: { sortBy: { n: 1 }, output: { x: { $first: '$a' } } } }],
    ],
    ['$fill', [{ $fill: { output: { a: { value: c } } } }]],
    ['$densify', [{ $densify: { field: 'n', range: { step: 1, bounds: 'full' } } }]],
  ])('%s', async (_name, pipeline) => {
    expect(await outcomeOf(pipeline)).toBe('refused');
  });

  it('a secret variable of the command, compared', async () => {
    const pipeline = [expr({ $eq: ['$a', '$$v'] })];
    const command = { aggregate: 'patients', pipeline, let: { v: c } };
    const { outcome } = await twins.judge({ command, scrambled: false, looseArrays: false });
    expect(outcome).toBe('refused');
  });
});
