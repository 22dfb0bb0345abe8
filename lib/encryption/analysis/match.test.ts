// Match expressions (csfle.md D.2): what is encrypted, what passes, what is refused.
import { Binary, BSONRegExp, type Document, Long, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, det, passes, schemas } from './testing/inputs.ts';

const find = (filter: unknown): Document => ({ find: 'patients', filter });
const rewritten = (filter: Document): unknown => (analysed(find(filter)) as Document)['filter'];

describe('constants compared with a Deterministic field become markings', () => {
  it.each<[string, Document, Document]>([
    ['implicit equality', { ssn: 5 }, { ssn: det(5) }],
    ['$eq', { ssn: { $eq: 5 } }, { ssn: { $eq: det(5) } }],
    ['$ne', { ssn: { $ne: 5 } }, { ssn: { $ne: det(5) } }],
    ['$in', { ssn: { $in: [5, 6] } }, { ssn: { $in: [det(5), det(6)] } }],
    ['$nin', { ssn: { $nin: [5], $exists: true } }, { ssn: { $nin: [det(5)], $exists: true } }],
    ['$not', { ssn: { $not: { $eq: 5 } } }, { ssn: { $not: { $eq: det(5) } } }],
    ['a dotted path', { 'insurance.policyNumber': 5 }, { 'insurance.policyNumber': det(5) }],
    [
      '$and, $or, $nor',
      { $and: [{ ssn: 1 }, { $or: [{ name: 'x' }, { $nor: [{ nickname: 'J' }] }] }] },
      { $and: [{ ssn: det(1) }, { $or: [{ name: 'x' }, { $nor: [{ nickname: det('J') }] }] }] },
    ],
    [
      'an object with encrypted members, in order',
      { insurance: { policyNumber: 5, provider: 'x' } },
      { insurance: { policyNumber: det(5), provider: 'x' } },
    ],
    [
      'such objects in $in',
      { insurance: { $in: [null, { policyNumber: 5 }, 'x'] } },
      { insurance: { $in: [null, { policyNumber: det(5) }, 'x'] } },
    ],
    [
      'such objects in $not and $ne',
      { insurance: { $not: { $ne: { policyNumber: 5 } } } },
      { insurance: { $not: { $ne: { policyNumber: det(5) } } } },
    ],
    [
      '$expr beside its own',
      { ssn: 5, $expr: { $eq: [6, '$ssn'] } },
      { ssn: det(5), $expr: { $eq: [det(6), '$ssn'] } },
    ],
    ['beside plain conditions', { name: 'a', ssn: 5, age: 6 }, { name: 'a', ssn: det(5), age: 6 }],
  ])('%s', (_name, filter, expected) => {
    expect(rewritten(filter)).toEqual(expected);
  });
});

describe('a filter without such constants passes as it is', () => {
  it.each<[string, Document]>([
    ['empty', {}],
    ['unencrypted fields', { name: { $regex: '^a' }, age: { $gt: 1, $lt: 5 } }],
    ['$elemMatch on an unencrypted array', { list: { $elemMatch: { ssn: 5, x: { $gt: 1 } } } }],
    ['$exists on an encrypted field', { ssn: { $exists: true }, bloodType: { $exists: 0 } }],
    ['$exists on an object', { insurance: { $exists: false } }],
    ['$exists below an encrypted scalar', { 'ssn.x': { $exists: true } }],
    ['$comment', { $comment: 'why' }],
    ['a scalar compared with an object', { insurance: null }],
    [
      'scalar operators on an object',
      { insurance: { $gt: 5, $type: ['object', 'int'], $size: 1 } },
    ],
    ['$expr on unencrypted fields', { $expr: { $gt: ['$age', { $add: ['$$ROOT.limit', 1] }] } }],
    ['a plain position', { 'list.0.ssn': 5, 'insurance.provider.0': 'x' }],
  ])('%s', (_name, filter) => {
    expect(passes(find(filter))).toBe(true);
  });

  it('with every operator where the collection has no schema', () => {
    expect(passes({ find: 'other', filter: { $where: 'true', ssn: /x/ } })).toBe(true);
  });

  it('with every operator where the schema encrypts nothing', () => {
    const none = schemas({ bsonType: 'object', properties: { a: { bsonType: 'object' } } });
    expect(passes(find({ $jsonSchema: {}, ssn: { $gt: 5 } }), none)).toBe(true);
  });
});

const invalid = 'Invalid match expression operator on encrypted field';
const randomized = 'Cannot query on fields encrypted with the randomized encryption';

describe('a filter is refused', () => {
  it.each<[string, unknown, string]>([
    ...['$gt', '$gte', '$lt', '$lte', '$mod', '$size', '$type', '$all', '$elemMatch'].map(
      (operator): [string, Document, string] => [
        `${operator} on Deterministic`,
        { ssn: { [operator]: 5 } },
        invalid,
      ],
    ),
    ...['$bitsAllSet', '$near', '$geoWithin', '$geoIntersects', '$regex', '$new'].map(
      (operator): [string, Document, string] => [
        `${operator} on Random`,
        { diagnosis: { [operator]: 5 } },
        invalid,
      ],
    ),
    ['a regular expression', { nickname: /^J/ }, invalid],
    ['a regular expression in $in', { nickname: { $in: [new BSONRegExp('J')] } }, invalid],
    ['a regular expression in $not', { nickname: { $not: /J/ } }, invalid],
    ['equality with null', { ssn: null }, 'Illegal equality to null predicate for encrypted field'],
    ['$ne null', { ssn: { $ne: null } }, 'Illegal equality to null predicate'],
    [
      'null in $in',
      { ssn: { $in: [5, null] } },
      'Illegal equality to null inside $in against an encrypted field',
    ],
    ['equality on Random', { diagnosis: 'x' }, randomized],
    ['null on Random', { diagnosis: null }, randomized],
    ['$in on Random', { bloodType: { $in: ['A'] } }, randomized],
    ['an array on Random', { medicalRecords: [] }, randomized],
    ['a path into Random', { 'medicalRecords.weight': 5 }, invalid],
    ['$exists below a Random array', { 'medicalRecords.0': { $exists: true } }, invalid],
    ['equality below Deterministic', { 'ssn.x': 5 }, invalid],
    ['another integer type', { ssn: Long.fromNumber(5) }, 'Cannot encrypt element of type: long'],
    ['a double', { ssn: 5.5 }, 'Cannot encrypt element of type: double'],
    ['an object', { ssn: { a: 5 } }, 'Cannot encrypt element of type: object'],
    ['an array', { ssn: [5] }, 'Cannot encrypt element of type: array'],
    [
      'a ciphertext',
      { ssn: new Binary(Buffer.alloc(80, 1), 6) },
      'Cannot encrypt element of type: binData of subtype 6',
    ],
    ['a timestamp', { ssn: { $eq: new Timestamp({ t: 0, i: 0 }) } }, 'type: timestamp'],
    ['a constant as flag', { ssn: { $exists: 901010001 } }, 'expected true or false'],
    ['$in without array', { ssn: { $in: 5 } }, 'Expected array, found int'],
    [
      'a Random member of an object',
      { box: { x: 1 }, insurance: { $eq: [{ policyNumber: 1 }] } },
      'array',
    ],
    ['a range over an object', { insurance: { $gt: { policyNumber: 5 } } }, invalid],
    ['$all on an object', { insurance: { $all: [{ policyNumber: 5 }] } }, invalid],
    ['$elemMatch on an object', { insurance: { $elemMatch: { policyNumber: 5 } } }, invalid],
    ['an array of an object', { insurance: [{ policyNumber: 5 }] }, 'type: array'],
    ['operators inside an object', { insurance: { a: 1, $eq: { policyNumber: 5 } } }, '`$`'],
    ['a dotted name in an object', { $or: [{ insurance: { 'policyNumber.x': 5 } }] }, 'dotted'],
    ['a position', { 'insurance.0.policyNumber': 5 }, 'Array positions are not allowed'],
    ['$where', { $where: 'this.ssn == 5' }, 'Unsupported match expression operator for encryption'],
    ['$text', { $text: { $search: 'x' } }, 'Unsupported match expression operator for encryption'],
    ['$jsonSchema', { $jsonSchema: {} }, 'Unsupported match expression operator for encryption'],
    ['$where in $elemMatch', { list: { $elemMatch: { $where: 'x' } } }, 'Unsupported match'],
    ['an unknown operator', { $query: { ssn: 5 } }, 'Unsupported match expression operator'],
    ['$and without array', { $and: { ssn: 5 } }, 'Expected array, found object'],
    ['a scalar in $or', { $or: [5] }, 'Expected object, found int'],
    ['a filter that is no object', 5, 'Expected object, found int'],
    ['$expr with an encrypted condition', { $expr: '$ssn' }, 'cannot use encrypted'],
    ['$expr with a range', { $expr: { $gt: ['$ssn', 5] } }, 'cannot use encrypted'],
    ['$expr with an object', { $expr: { $eq: ['$insurance', 5] } }, 'cannot use encrypted'],
    ['$expr with a path', { $expr: '$$CURRENT.insurance.policyNumber' }, 'cannot use encrypted'],
    ['$expr with the document', { $expr: { $eq: ['$$ROOT', {}] } }, 'cannot use encrypted'],
    ['$expr with $getField', { $expr: { $getField: 'ssn' } }, 'cannot use encrypted'],
    ['$expr with $function', { $expr: { $function: {} } }, 'not supported with encrypted fields'],
  ])('%s', (_name, filter, message) => {
    expect(() => rewritten(filter as Document)).toThrow(AnalysisError);
    expect(() => rewritten(filter as Document)).toThrow(message);
  });

  it('with the field and never the value in the message', () => {
    expect(() => rewritten({ ssn: 'CANARY' })).toThrow(/^(?!.*CANARY).*`ssn`/);
    expect(() => rewritten({ nickname: { $regex: 'CANARY' } })).toThrow(
      /^(?!.*CANARY).*`nickname`/,
    );
  });
});
