// `$unwind`, `$replaceRoot`, `$redact`, `$geoNear` (csfle.md D.6), and the fate of metadata stages.
import { describe, expect, it } from 'vitest';
import { det } from '../testing/inputs.ts';
import { known, rewritten } from '../testing/pipelines.ts';

describe('documents that change their shape', () => {
  const pushed = { $group: { _id: 1, a: { $push: '$$ROOT' } } };

  it.each<[string, object[], string, string]>([
    ['$replaceRoot by an object', [{ $replaceRoot: { newRoot: '$box' } }], 'other', 'int B'],
    ['$replaceRoot, what was there', [{ $replaceRoot: { newRoot: '$box' } }], 'nick', 'plain'],
    ['$replaceWith a computed object', [{ $replaceWith: { a: '$ssn' } }], 'a', 'int A'],
    ['$replaceWith a plain object', [{ $replaceWith: '$open' }], 'ssn', 'plain'],
    ['a merge', [{ $replaceWith: { $mergeObjects: ['$$ROOT', '$box'] } }], 'ssn', 'int A'],
    [
      'a merge that may hide it',
      [{ $replaceWith: { $mergeObjects: ['$box', '$$ROOT'] } }],
      'other',
      'int B',
    ],
    [
      'a merge with a constant',
      [{ $replaceWith: { $mergeObjects: ['$$ROOT', { ssn: 5 }] } }],
      'ssn',
      'plain',
    ],
    ['$unwind of a plain array', [{ $unwind: '$list' }], 'ssn', 'int A'],
    ['$unwind of documents', [pushed, { $unwind: '$a' }], 'a.box.ssn', 'int A'],
    ['an index', [{ $unwind: { path: '$list', includeArrayIndex: 'ssn' } }], 'ssn', 'plain'],
    ['an object unwound', [{ $unwind: '$box' }], 'box.ssn', 'int A'],
    ['$redact', [{ $redact: '$$KEEP' }], 'ssn', 'int A'],
    ['$count', [{ $count: 'ssn' }], 'ssn', 'plain'],
    ['$geoNear', [{ $geoNear: { distanceField: 'd', key: 'at' } }], 'ssn', 'int A'],
  ])('%s', (_name, stages, path, expected) => {
    expect(known(stages, path)).toBe(expected);
  });

  it('have the constants of $redact and $geoNear encrypted', () => {
    const redact = (ssn: unknown) => ({
      $redact: { $cond: [{ $eq: ['$ssn', ssn] }, '$$KEEP', '$$PRUNE'] },
    });
    const near = (ssn: unknown) => ({ $geoNear: { distanceField: 'd', query: { ssn } } });
    expect(rewritten([redact(5)])).toEqual([redact(det(5))]);
    expect(rewritten([near(5)])).toEqual([near(det(5))]);
  });

  it('descend with $redact where no level compares, and no plaintext has levels', () => {
    const level = { $cond: [{ $eq: ['$level', 5] }, '$$DESCEND', '$$PRUNE'] };
    const flat = [{ $replaceWith: { level: '$level', box: '$box', ssn: '$ssn' } }];
    expect(rewritten([...flat, { $redact: level }])).toEqual([...flat, { $redact: level }]);
  });
});

describe('a stage is refused', () => {
  const flat = { $replaceWith: { box: '$box', ssn: '$ssn' } };
  const descend = (condition: unknown) => ({
    $redact: { $cond: [condition, '$$DESCEND', '$$KEEP'] },
  });

  it.each<[string, object[], string]>([
    ['$unwind of a field', [{ $unwind: '$history' }], '$unwind not allowed on encrypted fields'],
    ['$unwind below an array', [lookedUp('$ssn'), { $unwind: '$a.b' }], '$unwind not allowed'],
    ['$unwind without a path', [{ $unwind: { x: 1 } }], 'expected the path of an array'],
    [
      'an index below a field',
      [{ $unwind: { path: '$l', includeArrayIndex: 'ssn.x' } }],
      'cannot write',
    ],
    [
      '$replaceRoot by a field',
      [{ $replaceRoot: { newRoot: '$secret' } }],
      'cannot be replaced by it',
    ],
    [
      '$replaceWith mixed values',
      [{ $replaceWith: { $ifNull: ['$secret', '$x'] } }],
      'do not agree',
    ],
    ['a merge of fields', [{ $replaceWith: { $mergeObjects: ['$history'] } }], 'needs an object'],
    ['$redact by ciphertext', [{ $redact: '$ssn' }], 'in $redact cannot use encrypted'],
    [
      '$redact that compares below',
      [flat, descend({ $eq: ['$ssn', 5] })],
      'compares at every level',
    ],
    ['$redact that reads below', [flat, descend({ $gt: ['$other', 5] })], 'in $redact cannot use'],
    ['$redact into plaintext', [descend({ $eq: ['$level', 5] })], 'would enter the plaintext'],
    ['$redact by a text', [{ $redact: 'descend' }], 'would enter the plaintext'],
    [
      '$geoNear by a field',
      [{ $geoNear: { key: 'ssn', distanceField: 'd' } }],
      '$geoNear not allowed',
    ],
    ['$geoNear into a field', [{ $geoNear: { distanceField: 'ssn' } }], '$geoNear not allowed'],
    ['$geoNear by Random', [{ $geoNear: { query: { secret: 'x' } } }], 'randomized'],
    [
      '$sort of a gathered array',
      [{ $group: { _id: 1, a: { $push: '$ssn' } } }, { $sort: { a: 1 } }],
      '`$sort` not allowed',
    ],
  ])('%s', (_name, stages, message) => {
    expect(() => rewritten(stages)).toThrow(message);
  });
});

function lookedUp(value: string) {
  return { $group: { _id: 1, a: { $push: { b: [value] } } } };
}
