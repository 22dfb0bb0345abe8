// Aggregation expressions (csfle.md D.5) in `$expr`: which constants are encrypted, what passes, what is
// refused.
import { type Document, Int32, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from '../index.ts';
import { analysed, det } from '../testing/inputs.ts';
import { clinic, rewrittenExpression } from '../testing/pipelines.ts';

describe('constants compared with a Deterministic field become markings', () => {
  it.each<[string, unknown, unknown]>([
    ['$eq', { $eq: ['$ssn', 5] }, { $eq: ['$ssn', det(5)] }],
    ['$eq, the other way round', { $eq: [5, '$ssn'] }, { $eq: [det(5), '$ssn'] }],
    ['$ne', { $ne: ['$ssn', 5] }, { $ne: ['$ssn', det(5)] }],
    ['$ne, the other way round', { $ne: [5, '$ssn'] }, { $ne: [det(5), '$ssn'] }],
    ['another key', { $eq: ['$other', 5] }, { $eq: ['$other', det(5, '22')] }],
    ['a text', { $eq: ['$nick', 'J'] }, { $eq: ['$nick', det('J')] }],
    [
      '$literal',
      { $eq: ['$nick', { $literal: '$J' }] },
      { $eq: ['$nick', { $literal: det('$J') }] },
    ],
    ['$const', { $eq: [{ $const: 5 }, '$ssn'] }, { $eq: [{ $const: det(5) }, '$ssn'] }],
    ['$in', { $in: ['$ssn', [5, 6]] }, { $in: ['$ssn', [det(5), det(6)]] }],
    ['$in of nothing', { $in: ['$ssn', []] }, { $in: ['$ssn', []] }],
    [
      '$in with $literal',
      { $in: ['$nick', { $literal: ['$J'] }] },
      { $in: ['$nick', { $literal: [det('$J')] }] },
    ],
    [
      '$in with $literal inside',
      { $in: ['$nick', [{ $literal: '$J' }, 'K']] },
      { $in: ['$nick', [{ $literal: det('$J') }, det('K')]] },
    ],
    ['a dotted path', { $eq: ['$box.ssn', 5] }, { $eq: ['$box.ssn', det(5)] }],
    ['$$ROOT', { $eq: ['$$ROOT.ssn', 5] }, { $eq: ['$$ROOT.ssn', det(5)] }],
    ['$$CURRENT', { $eq: ['$$CURRENT.box.ssn', 5] }, { $eq: ['$$CURRENT.box.ssn', det(5)] }],
    ['a pattern property', { $eq: ['$tag_1', 'x'] }, { $eq: ['$tag_1', det('x')] }],
    [
      'deep inside other operators',
      { $and: [{ $gt: ['$age', 5] }, { $not: [{ $eq: ['$ssn', 5] }] }] },
      { $and: [{ $gt: ['$age', 5] }, { $not: [{ $eq: ['$ssn', det(5)] }] }] },
    ],
    [
      'in conditions',
      { $cond: [{ $eq: ['$ssn', 5] }, true, { $eq: ['$name', 'x'] }] },
      { $cond: [{ $eq: ['$ssn', det(5)] }, true, { $eq: ['$name', 'x'] }] },
    ],
    [
      'in $switch, and nowhere else in it',
      { $switch: { branches: [{ case: { $eq: ['$ssn', 5] }, then: 5 }], default: 6 } },
      { $switch: { branches: [{ case: { $eq: ['$ssn', det(5)] }, then: 5 }], default: 6 } },
    ],
    [
      'in $let',
      { $let: { vars: { v: 5 }, in: { $and: ['$$v', { $eq: ['$ssn', 5] }] } } },
      { $let: { vars: { v: 5 }, in: { $and: ['$$v', { $eq: ['$ssn', det(5)] }] } } },
    ],
    [
      'in $filter over a plain array',
      { $size: { $filter: { input: '$list', as: 'v', cond: { $ne: ['$ssn', 5] } } } },
      { $size: { $filter: { input: '$list', as: 'v', cond: { $ne: ['$ssn', det(5)] } } } },
    ],
    [
      'through alternatives with the same metadata',
      { $eq: [{ $ifNull: ['$ssn', '$twin', null] }, 5] },
      { $eq: [{ $ifNull: ['$ssn', '$twin', null] }, det(5)] },
    ],
    [
      '$getField',
      { $eq: [{ $getField: { field: 'ssn', input: '$box' } }, 5] },
      { $eq: [{ $getField: { field: 'ssn', input: '$box' } }, det(5)] },
    ],
    [
      '$getField of the document',
      { $eq: [{ $getField: 'ssn' }, 5] },
      { $eq: [{ $getField: 'ssn' }, det(5)] },
    ],
  ])('%s', (_name, expression, expected) => {
    expect(rewrittenExpression(expression)).toEqual(expected);
  });
});

describe('an expression passes as it is', () => {
  it.each<[string, unknown]>([
    ['two fields with the same metadata', { $eq: ['$ssn', '$twin'] }],
    ['two of them, unequal', { $ne: ['$box.ssn', '$$ROOT.ssn'] }],
    ['unencrypted fields', { $gt: ['$age', { $add: ['$limit', 1] }] }],
    ['constants', { $eq: [5, { $literal: 5 }] }],
    ['plain fields beside encrypted ones', { $eq: ['$box.open', '$chest.open'] }],
    [
      'variables of the system and of the command',
      { $lt: ['$at', { $add: ['$$NOW', '$$given'] }] },
    ],
    ['the size of an array of them', { $gt: [{ $size: [['$ssn', '$secret']] }, 1] }],
    ['$map over a plain array', { $map: { input: '$list', in: { $add: ['$$this', 1] } } }],
    ['$reduce', { $reduce: { input: '$list', initialValue: 0, in: { $add: ['$$value', 1] } } }],
    ['a plain member of an object', { $eq: [{ $getField: { field: 'a', input: '$box' } }, 5] }],
  ])('%s', (_name, expression) => {
    expect(rewrittenExpression(expression)).toEqual(expression);
  });
});

const use = 'An expression in $expr cannot use encrypted fields';
const randomized = 'Cannot query on fields encrypted with the randomized encryption';

describe('an expression is refused', () => {
  it.each<[string, unknown, string]>([
    ['null', { $eq: ['$ssn', null] }, 'Illegal equality to null predicate for encrypted field'],
    ['null in $in', { $in: ['$ssn', [null]] }, 'Illegal equality to null inside $in'],
    [
      'another integer type',
      { $eq: ['$ssn', new Long(5)] },
      'Cannot encrypt element of type: long',
    ],
    ['a double', { $in: ['$ssn', [5.5]] }, 'Cannot encrypt element of type: double'],
    ['an int for a long', { $eq: ['$long', new Int32(5)] }, 'Cannot encrypt element of type: int'],
    [
      'an object',
      { $eq: ['$ssn', { $literal: { a: 5 } }] },
      'Cannot encrypt element of type: object',
    ],
    ['Random', { $eq: ['$secret', 'x'] }, randomized],
    ['Random in $in', { $in: ['$secret', ['x']] }, randomized],
    ['two Random fields', { $eq: ['$secret', '$secretTwin'] }, 'equal values have different'],
    ['a Random field with itself', { $eq: ['$secret', '$secret'] }, 'equal values have different'],
    ['another key', { $eq: ['$ssn', '$other'] }, 'the metadata of the two fields differ'],
    ['another type', { $eq: ['$ssn', '$long'] }, 'the metadata of the two fields differ'],
    ['a plain field', { $eq: ['$ssn', '$age'] }, 'one side is encrypted and the other is not'],
    ['a variable', { $eq: ['$ssn', '$$given'] }, 'one side is encrypted and the other is not'],
    ['a computed value', { $eq: ['$ssn', { $add: [1, 2] }] }, 'one side is encrypted'],
    ['$$REMOVE', { $eq: ['$ssn', '$$REMOVE'] }, 'one side is encrypted and the other is not'],
    ['a computed object', { $eq: [{ a: '$ssn' }, { a: 5 }] }, 'the object has encrypted fields'],
    ['a computed array', { $eq: [['$ssn'], [5]] }, 'the array has encrypted values'],
    ['an object with encrypted fields', { $ne: ['$box', 5] }, 'the object has encrypted fields'],
    ['the document', { $eq: ['$$ROOT', {}] }, 'the object has encrypted fields'],
    ['one operand', { $eq: ['$ssn'] }, 'expected two operands'],
    ['$in without array', { $in: ['$ssn', '$list'] }, 'needs an array of constants'],
    ['$in with a field', { $in: ['$ssn', ['$twin']] }, 'needs constants'],
    [
      '$in that searches encrypted fields',
      { $in: [5, ['$ssn']] },
      'the array has encrypted values',
    ],
    ['$in with an object', { $in: ['$box', [{ ssn: 5 }]] }, 'the object has encrypted fields'],
    ['alternatives that disagree', { $eq: [{ $ifNull: ['$ssn', '$age'] }, 5] }, 'do not agree'],
    ['a constant alternative', { $eq: [{ $cond: [true, '$ssn', 7] }, 5] }, 'do not agree'],
    ['alternatives of two keys', { $in: [{ $ifNull: ['$ssn', '$other'] }, [5]] }, 'do not agree'],
    ['$switch that disagrees', { $ne: [5, switchOf('$ssn', '$secret')] }, 'do not agree'],
    ['a variable bound to it', letOf({ v: '$ssn' }, '$$v'), 'the variable `v` cannot hold it'],
    ['a variable bound to the document', letOf({ v: '$$ROOT' }, 5), 'cannot hold it'],
    ['a rebound $$CURRENT', letOf({ CURRENT: '$list' }, '$name'), 'cannot replace the document'],
    ['$map as $$CURRENT', { $map: { input: '$l', as: 'CURRENT', in: '$name' } }, 'a new variable'],
    ['an unknown system variable', { $eq: ['$$SEARCH_META', 5] }, 'the variable is not known'],
    ['a path into ciphertext', { $eq: ['$ssn.x', 5] }, 'the path leads into an encrypted value'],
    ['a name that is computed', { $eq: [{ $getField: '$name' }, 5] }, 'names one field'],
    ['a dotted name', { $eq: [{ $getField: 'box.ssn' }, 5] }, 'names one field'],
    ['a position', { $eq: ['$box.0', 5] }, 'Array positions are not allowed'],
    ['two operators', { $eq: ['$a', 1], $ne: ['$a', 2] }, 'expected one operator'],
    ['an unknown operator', { $newer: '$name' }, 'Expression operator not supported'],
    ['$function', { $function: { args: ['$name'] } }, 'Expression operator not supported'],
  ])('%s', (_name, expression, message) => {
    expect(() => rewrittenExpression(expression)).toThrow(AnalysisError);
    expect(() => rewrittenExpression(expression)).toThrow(message);
  });

  it.each<[string, unknown]>([
    ['as the whole condition', '$ssn'],
    ['$and', { $and: ['$ssn', true] }],
    ['$or', { $or: ['$ssn'] }],
    ['$not', { $not: ['$ssn'] }],
    ['the condition of $cond', { $cond: ['$ssn', 1, 2] }],
    ['the condition of $cond, named', { $cond: { if: '$ssn', then: 1, else: 2 } }],
    ['the case of $switch', { $switch: { branches: [{ case: '$ssn', then: 1 }], default: 2 } }],
    ['$toBool', { $toBool: '$ssn' }],
    ['$filter', { $size: { $filter: { input: '$list', cond: '$ssn' } } }],
    ['an encrypted alternative', { $ifNull: ['$ssn', '$twin'] }],
  ])('where truth would be that of a ciphertext: %s', (_name, expression) => {
    expect(() => rewrittenExpression(expression)).toThrow(use);
  });

  it.each(
    `$add $bsonSize $cmp $concat $dateToString $gt $gte $indexOfArray $isNumber $lt $lte $max
     $regexMatch $setEquals $setIsSubset $strLenBytes $sum $toString $type $isArray $size $first
     $slice $arrayToObject`.split(/\s+/),
  )('%s of an encrypted field', (operator) => {
    const operands = ['$ssn', '$secret', '$history', '$box'].flatMap((path): unknown[] => [
      { [operator]: [path] },
      { [operator]: { input: path } },
      { $and: [{ [operator]: [path] }, true] },
    ]);
    for (const operand of operands) expect(() => rewrittenExpression(operand)).toThrow(use);
  });

  it('with the path, never with the value', () => {
    expect(() => rewrittenExpression({ $gt: ['$ssn', 'CANARY'] })).toThrow(/^(?!.*CANARY).*`ssn`/);
    expect(() => rewrittenExpression({ $eq: ['$ssn', 'CANARY'] })).toThrow(/^(?!.*CANARY).*`ssn`/);
  });
});

describe('a collation', () => {
  const find = (expression: unknown): Document => ({
    find: 'people',
    filter: { $expr: expression },
    collation: { locale: 'en' },
  });

  it.each([
    ['a constant', { $eq: ['$nick', 'J'] }],
    ['a candidate', { $in: ['$nick', ['J']] }],
    ['another field', { $eq: ['$nick', '$nickTwin'] }],
  ])('cannot apply to an encrypted string and %s', (_name, expression) => {
    expect(() => analysed(find(expression), clinic)).toThrow('A collation cannot apply');
  });

  it('is fine with other types', () => {
    expect(analysed(find({ $eq: ['$ssn', '$twin'] }), clinic)).toEqual(
      find({ $eq: ['$ssn', '$twin'] }),
    );
  });
});

function switchOf(then: string, otherwise: string): Document {
  return { $switch: { branches: [{ case: true, then }], default: otherwise } };
}

function letOf(vars: Document, inside: unknown): Document {
  return { $eq: [{ $let: { vars, in: inside } }, 5] };
}
