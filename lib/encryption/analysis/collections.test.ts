// The collections of a pipeline: one that is missed would be read and written without its schema.
import { type Document, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { getElement } from '../bytes/index.ts';
import { collectionsOf } from './collections.ts';
import { AnalysisError } from './index.ts';

function names(...pipeline: Document[]): string[] {
  const element = getElement(serialize({ pipeline }), 'pipeline');
  return [...collectionsOf('db', element?.value ?? new Uint8Array(0))];
}
const union = { $unionWith: { coll: 'inner' } };

describe('the collections of a pipeline', () => {
  it.each<[string, Document, string[]]>([
    ['$lookup', { $lookup: { from: 'a', as: 'x' } }, ['a']],
    ['$graphLookup', { $graphLookup: { from: 'a', as: 'x' } }, ['a']],
    ['$unionWith by name', { $unionWith: 'a' }, ['a']],
    ['$unionWith', { $unionWith: { coll: 'a' } }, ['a']],
    ['$out', { $out: 'a' }, ['a']],
    ['$out with a database', { $out: { db: 'db', coll: 'a' } }, ['a']],
    ['$merge', { $merge: { into: 'a' } }, ['a']],
    ['$merge with a database', { $merge: { into: { db: 'db', coll: 'a' } } }, ['a']],
    ['a pipeline in $lookup', { $lookup: { from: 'a', pipeline: [union] } }, ['a', 'inner']],
    ['a pipeline in $unionWith', { $unionWith: { coll: 'a', pipeline: [union] } }, ['a', 'inner']],
    ['a $lookup of a pipeline alone', { $lookup: { pipeline: [union] } }, ['inner']],
    ['every branch of $facet', { $facet: { x: [union], y: [{ $out: 'b' }] } }, ['inner', 'b']],
    [
      'pipelines in pipelines',
      { $facet: { x: [{ $lookup: { from: 'a', pipeline: [union] } }] } },
      ['a', 'inner'],
    ],
    ['names that only look alike', { $match: { $lookup: { from: 'a' }, from: 'b' } }, []],
    ['pipelines that are none', { $lookup: { from: 'a', let: [union] } }, ['a']],
  ])('are found in %s', (_name, stage, expected) => {
    expect(names({ $match: {} }, stage, { $limit: 1 })).toEqual(expected);
  });

  it.each<[string, Document]>([
    ['another database', { $out: { db: 'other', coll: 'a' } }],
    ['another database behind the name', { $merge: { into: { coll: 'a', db: 'other' } } }],
    ['a database that is no string', { $lookup: { from: { db: 5, coll: 'a' } } }],
    ['a database alone', { $out: { db: 'db' } }],
    ['a name that is no string', { $out: { coll: 5 } }],
    ['a string that is no name', { $merge: { into: { name: 'a' } } }],
    ['a number', { $out: 5 }],
    ['an array', { $lookup: { from: ['a'] } }],
    ['another database inside', { $facet: { x: [{ $out: { db: 'other', coll: 'a' } }] } }],
  ])('are refused with %s', (_name, stage) => {
    expect(() => names(stage)).toThrow(AnalysisError);
    expect(() => names(stage)).toThrow('Aggregation stage not supported for auto encryption');
  });

  it('are not looked for without end', () => {
    const deep = (levels: number): Document =>
      levels === 0 ? union : { $unionWith: { coll: 'a', pipeline: [deep(levels - 1)] } };
    expect(names(deep(50))).toHaveLength(51);
    expect(() => names(deep(150))).toThrow('at most 200 nested levels');
  });
});
