// Filters on typed documents: MongoDB's semantics of paths, arrays, null and types, one claim each.
import { BSONRegExp, Double, Int32, Long, MaxKey } from 'bson';
import { describe, expect, it } from 'vitest';

import { compileFilter } from './filter.ts';
import { decode, type Document, encode } from './values.ts';

function matches(filter: Document, document: Document): boolean {
  return compileFilter(decode(encode(filter)))(decode(encode(document)));
}

describe('paths', () => {
  it.each<[string, Document, Document, boolean]>([
    ['enter arrays of documents', { 'a.b': 1 }, { a: [{ b: 2 }, { b: 1 }] }, true],
    ['take array indexes', { 'a.1': 5 }, { a: [1, 5] }, true],
    ['take an index and a name', { 'a.0.b': 1 }, { a: [{ b: 1 }] }, true],
    ['do not enter arrays within arrays by name', { 'a.b': 1 }, { a: [[{ b: 1 }]] }, false],
    ['take a numeric field name of a document', { 'a.0': 1 }, { a: { 0: 1 } }, true],
    ['do not see properties of prototypes', { 'a.length': 1 }, { a: ['x'] }, false],
    ['do not see properties of BSON classes', { 'a.value': 1 }, { a: 1 }, false],
  ])('%s', (_, filter, document, expected) => {
    expect(matches(filter, document)).toBe(expected);
  });
});

describe('null and missing', () => {
  it.each<[string, Document, Document, boolean]>([
    ['null matches a missing field', { a: null }, {}, true],
    ['null matches below a scalar', { 'a.b': null }, { a: 1 }, true],
    [
      'null matches where one element lacks the field',
      { 'a.b': null },
      { a: [{ b: 1 }, {}] },
      true,
    ],
    ['null does not match an empty array', { a: null }, { a: [] }, false],
    ['$gte null matches null and missing', { a: { $gte: null } }, {}, true],
    ['$gt null matches nothing', { a: { $gt: null } }, { a: null }, false],
    ['$ne null does not match a missing field', { a: { $ne: null } }, {}, false],
    ['$exists is about the field, not its value', { a: { $exists: true } }, { a: null }, true],
    ['$in with null matches a missing field', { a: { $in: [null] } }, {}, true],
    ['$nin with null does not', { a: { $nin: [null] } }, {}, false],
  ])('%s', (_, filter, document, expected) => {
    expect(matches(filter, document)).toBe(expected);
  });
});

describe('comparison', () => {
  it.each<[string, Document, Document, boolean]>([
    ['stays in the bracket of the operand’s type', { a: { $gt: 1 } }, { a: 'x' }, false],
    ['is across numeric types', { a: { $lt: new Double(1.5) } }, { a: Long.ONE }, true],
    ['any element of an array may match', { a: { $gt: 5, $lt: 3 } }, { a: [2, 6] }, true],
    ['an array equals an array', { a: [1, 2] }, { a: [1, 2] }, true],
    ['and an element that is one', { a: [1, 2] }, { a: [[1, 2]] }, true],
    ['order of fields counts', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, false],
    ['MaxKey is above every type', { a: { $lt: new MaxKey() } }, { a: 'x' }, true],
    ['NaN equals NaN', { a: new Double(NaN) }, { a: new Double(NaN) }, true],
    ['and is below nothing', { a: { $lt: 5 } }, { a: new Double(NaN) }, false],
  ])('%s', (_, filter, document, expected) => {
    expect(matches(filter, document)).toBe(expected);
  });
});

describe('operators', () => {
  it.each<[string, Document, Document, boolean]>([
    [
      '$elemMatch wants one element for all',
      { a: { $elemMatch: { $gt: 1, $lt: 3 } } },
      { a: [0, 4] },
      false,
    ],
    ['$elemMatch on nested arrays', { a: { $elemMatch: { $size: 2 } } }, { a: [[1, 2]] }, true],
    ['$elemMatch needs an array', { a: { $elemMatch: { $gt: 1 } } }, { a: 2 }, false],
    ['$all with $elemMatch', { a: { $all: [{ $elemMatch: { b: 1 } }] } }, { a: [{ b: 1 }] }, true],
    ['$all of nothing matches nothing', { a: { $all: [] } }, { a: [] }, false],
    ['$size does not look into arrays', { a: { $size: 1 } }, { a: [[1], [2]] }, false],
    ['$type tells int from double', { a: { $type: 'int' } }, { a: new Double(1) }, false],
    ['$type by number', { a: { $type: 16 } }, { a: new Int32(1) }, true],
    ['$type number is all of them', { a: { $type: 'number' } }, { a: Long.ONE }, true],
    ['$mod truncates', { a: { $mod: [4, 1] } }, { a: 5.9 }, true],
    ['$not of an order matches other types', { a: { $not: { $gt: 1 } } }, { a: 'x' }, true],
    ['$nor', { $nor: [{ a: 1 }, { b: 1 }] }, { c: 1 }, true],
    ['$bitsAllSet', { a: { $bitsAllSet: [0, 2] } }, { a: 5 }, true],
    [
      'a stored pattern equals itself',
      { a: { $eq: new BSONRegExp('x') } },
      { a: new BSONRegExp('x') },
      true,
    ],
    ['but $eq does not match by it', { a: { $eq: new BSONRegExp('x') } }, { a: 'x' }, false],
    ['$regex option x', { a: { $regex: 'a b # c', $options: 'x' } }, { a: 'ab' }, true],
    ['$comment is ignored', { $comment: 'why', a: 1 }, { a: 1 }, true],
  ])('%s', (_, filter, document, expected) => {
    expect(matches(filter, document)).toBe(expected);
  });

  it.each<[string, Document]>([
    ['an unknown operator', { a: { $nope: 1 } }],
    ['the internal name of patterns', { a: { $pattern: 1 } }],
    ['an empty $or', { $or: [] }],
    ['$in without an array', { a: { $in: 1 } }],
    ['$where', { $where: 'true' }],
    ['$text', { $text: { $search: 'x' } }],
    ['an unknown regex option', { a: { $regex: 'x', $options: 'q' } }],
    ['$options alone', { a: { $options: 'i' } }],
    ['an invalid pattern', { a: { $regex: '(' } }],
    ['a name of JavaScript’s prototypes as operator', { a: { $gt: 1, toString: 1 } }],
  ])('refuses %s', (_, filter) => {
    expect(() => compileFilter(decode(encode(filter)))).toThrow();
  });

  it('refuses __proto__, which would match everything', () => {
    const filter = JSON.parse('{"__proto__": 1}') as Document;
    expect(() => compileFilter(filter)).toThrow(/__proto__/);
  });
});
