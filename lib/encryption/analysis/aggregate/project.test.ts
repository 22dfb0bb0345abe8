// `$project`, `$addFields` and `$unset` (csfle.md D.6): what is known about each field behind them.
import { describe, expect, it } from 'vitest';
import { analysed, det } from '../testing/inputs.ts';
import { clinic, known, rewritten } from '../testing/pipelines.ts';

describe('computed fields carry what is known about their value', () => {
  it.each<[string, unknown, string, string]>([
    ['a rename', { a: '$ssn' }, 'a', 'int A'],
    ['a rename of another key', { a: '$other' }, 'a', 'int B'],
    ['a rename of Random', { a: '$secret' }, 'a', 'random'],
    ['a pattern property', { a: '$tag_1' }, 'a', 'string A'],
    ['into a pattern property', { tag_1: '$name' }, 'tag_1', 'plain'],
    ['a constant over it', { ssn: 5 }, 'ssn', 'plain'],
    ['a literal over it', { ssn: { $literal: 5 } }, 'ssn', 'plain'],
    ['a plain field over it', { ssn: '$name' }, 'ssn', 'plain'],
    ['another field over it', { ssn: '$nick' }, 'ssn', 'string A'],
    ['$$REMOVE over it', { ssn: '$$REMOVE' }, 'ssn', 'int A'],
    ['a whole object', { a: '$box' }, 'a.ssn', 'int A'],
    ['a whole object, its plain part', { a: '$box' }, 'a.open', 'plain'],
    ['the document', { a: '$$ROOT' }, 'a.box.other', 'int B'],
    ['a nested path', { 'box.ssn': '$nick' }, 'box.ssn', 'string A'],
    ['a nested path, its neighbour', { 'box.ssn': '$nick' }, 'box.other', 'int B'],
    ['a nested object', { box: { ssn: '$nick' } }, 'box.ssn', 'string A'],
    ['a nested object, its neighbour', { box: { ssn: '$nick' } }, 'box.other', 'int B'],
    ['a new path', { 'a.b.c': '$ssn' }, 'a.b.c', 'int A'],
    ['a new path, beside', { 'a.b.c': '$ssn' }, 'a.b.d', 'plain'],
    ['an object over an object', { box: { $literal: {} } }, 'box.ssn', 'plain'],
    ['$cond that agrees', { a: { $cond: ['$x', '$ssn', '$twin'] } }, 'a', 'int A'],
    ['$cond with nothing else', { a: { $cond: ['$x', '$ssn', '$$REMOVE'] } }, 'a', 'int A'],
    ['$cond that disagrees', { a: { $cond: ['$x', '$ssn', '$name'] } }, 'a', 'refused'],
    ['$cond with a constant', { a: { $cond: ['$x', '$ssn', 5] } }, 'a', 'refused'],
    ['$cond of plain fields', { a: { $cond: ['$x', '$name', 5] } }, 'a', 'plain'],
    ['$cond of two objects', { a: { $cond: ['$x', '$box', '$chest'] } }, 'a.ssn', 'int A'],
    ['a member of one of them', { a: { $cond: ['$x', '$box', '$chest'] } }, 'a.other', 'refused'],
    ['a comparison', { a: { $eq: ['$ssn', '$twin'] } }, 'a', 'plain'],
    ['$let', { a: { $let: { vars: { v: 1 }, in: '$ssn' } } }, 'a', 'int A'],
    ['an array', { a: ['$ssn', '$twin'] }, 'a', 'refused'],
    ['an element of an array', { a: { $arrayElemAt: [['$ssn', '$twin'], 0] } }, 'a', 'int A'],
    ['an element of mixed arrays', { a: { $first: [['$ssn', '$other']] } }, 'a', 'refused'],
    ['a part of an array', { a: { $last: { $slice: [['$ssn'], 1] } } }, 'a', 'int A'],
    ['joined arrays', { a: { $first: { $concatArrays: [['$ssn'], ['$twin']] } } }, 'a', 'int A'],
    ['$getField', { a: { $getField: { field: 'other', input: '$box' } } }, 'a', 'int B'],
    ['$setField', { a: set('box', 'ssn', '$nick') }, 'a.ssn', 'string A'],
    ['$unsetField', { a: { $unsetField: { field: 'x', input: '$box' } } }, 'a.ssn', 'int A'],
    ['$mergeObjects', { a: { $mergeObjects: ['$box', { ssn: 5 }] } }, 'a.ssn', 'plain'],
    ['$mergeObjects, beside', { a: { $mergeObjects: ['$box', { ssn: 5 }] } }, 'a.other', 'int B'],
    ['a merged field', { a: { $mergeObjects: [{ ssn: '$twin' }] } }, 'a.ssn', 'int A'],
    [
      'a merged field alike',
      { a: { $mergeObjects: ['$box', { ssn: '$twin' }] } },
      'a.ssn',
      'int A',
    ],
    [
      'a field that may be absent',
      { a: { $mergeObjects: ['$box', { ssn: '$x' }] } },
      'a.ssn',
      'refused',
    ],
    ['any object merged', { a: { $mergeObjects: ['$box', '$x'] } }, 'a.ssn', 'refused'],
    ['$objectToArray', { a: { $objectToArray: '$box' } }, 'a.v', 'refused'],
    ['$objectToArray, the names', { a: { $objectToArray: '$box' } }, 'a.k', 'plain'],
  ])('%s', (_name, fields, path, expected) => {
    expect(known([{ $addFields: fields }], path)).toBe(expected);
    expect(known([{ $set: fields }], path)).toBe(expected);
    expect(known([{ $project: forProject(fields) }], path)).toBe(expected);
  });

  it('all read the documents that come in, not each other', () => {
    const swap = [{ $addFields: { ssn: '$name', a: '$ssn' } }];
    expect([known(swap, 'ssn'), known(swap, 'a')]).toEqual(['plain', 'int A']);
    const both = [{ $project: { ssn: '$nick', nick: '$ssn' } }];
    expect([known(both, 'ssn'), known(both, 'nick')]).toEqual(['string A', 'int A']);
  });

  it('have their own constants encrypted', () => {
    const stage = (value: unknown) => ({ $addFields: { is: { $eq: ['$ssn', value] }, ssn: 5 } });
    expect(rewritten([stage(5), stage(5)])).toEqual([stage(det(5)), stage(5)]);
  });
});

describe('selecting', () => {
  it.each<[string, object]>([
    ['an included field', { $project: { ssn: 1 } }],
    ['another field: what is dropped is still encrypted when compared', { $project: { name: 1 } }],
    ['an excluded field', { $project: { ssn: 0 } }],
    ['an unset field', { $unset: 'ssn' }],
    ['several', { $unset: ['ssn', 'box.other'] }],
  ])('%s keeps the schema', (_name, stage) => {
    expect(known([stage], 'ssn')).toBe('int A');
    expect(known([stage], 'box.other')).toBe('int B');
    expect(known([stage], 'tag_5')).toBe('string A');
    expect(known([stage], 'name')).toBe('plain');
  });
});

describe('a stage is refused', () => {
  it.each<[string, object, string]>([
    ['into a ciphertext', { $addFields: { 'ssn.x': 5 } }, '`ssn.x`: it leads into a value'],
    ['into a ciphertext, nested', { $addFields: { ssn: { x: 5 } } }, 'cannot compute an encrypted'],
    ['an empty object over one', { $addFields: { history: {} } }, 'cannot compute an encrypted'],
    ['a position', { $addFields: { 'list.0': '$ssn' } }, 'could be an array position'],
    ['a sum', { $addFields: { a: { $add: ['$ssn', 1] } } }, 'in $addFields cannot use encrypted'],
    ['a number in the place of a flag', { $project: { ssn: 901_010_001 } }, 'cannot compute'],
    ['a part, included', { $project: { 'history.note': 1 } }, 'a part of an encrypted field'],
    ['a part, excluded', { $project: { 'history.note': 0 } }, 'a part of an encrypted field'],
    ['a part, unset', { $unset: ['name', 'history.note'] }, 'a part of an encrypted field'],
    ['into mixed values', mixed({ $addFields: { 'a.b': 5 } }), 'it leads into a value'],
    ['a part of mixed values', mixed({ $project: { 'a.b': 1 } }), 'a part of an encrypted field'],
    ['from mixed values', mixed({ $addFields: { b: '$a.b' } }), 'the path leads into a value'],
    [
      'a comparison of mixed values',
      mixed({ $match: { $expr: { $eq: ['$a', 5] } } }),
      'do not agree',
    ],
  ])('%s', (_name, given, message) => {
    expect(() => rewritten(Array.isArray(given) ? (given as object[]) : [given])).toThrow(message);
  });

  it('when stages repeat what was computed before, at once and not after a while', () => {
    const doubled = Array.from({ length: 60 }, () => ({ $set: { a: { $mergeObjects: both } } }));
    expect(() => rewritten([{ $set: { a: '$ssn' } }, wrap, ...doubled])).toThrow('too many nested');
    const deep = Array.from({ length: 300 }, () => wrap);
    expect(() => rewritten([{ $set: { a: '$ssn' } }, ...deep])).toThrow('at most');
  });

  it('when it compares an encrypted string under a collation', () => {
    const pipeline = [{ $addFields: { a: '$nick' } }, { $match: { a: 'J' } }];
    const command = { aggregate: 'people', pipeline, cursor: {}, collation: { locale: 'en' } };
    expect(() => analysed(command, clinic)).toThrow('A collation cannot apply');
  });
});

/** `$project` takes numbers for flags. */
function forProject(fields: unknown): unknown {
  return (fields as { ssn?: unknown }).ssn === 5 ? { ssn: { $literal: 5 } } : fields;
}

const wrap = { $replaceWith: { a: { x: '$a' } } };
const both = [{ x: '$a', y: '$a' }];

function set(input: string, field: string, value: unknown) {
  return { $setField: { field, input: `$${input}`, value } };
}

function mixed(stage: object): object[] {
  return [{ $addFields: { a: { $ifNull: ['$ssn', '$name'] } } }, stage];
}
