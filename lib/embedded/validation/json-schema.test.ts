import { Binary, Decimal128, Double, Int32, Long } from 'bson';
import { describe, expect, it } from 'vitest';

import { decode, type Document, encode } from '../query/values.ts';
import { compileJsonSchema } from './json-schema.ts';

/** Through bytes, so that schema and value have BSON types as from the wire. */
function passes(schema: Document, value: unknown): boolean {
  const typed = decode(encode({ schema: { properties: { v: schema } }, document: { v: value } }));
  return compileJsonSchema(typed['schema'])(typed['document']).length === 0;
}

function codeOf(schema: unknown): number {
  try {
    compileJsonSchema(schema);
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

function encrypted(typeByte: number, subtype = 6): Binary {
  const bytes = new Uint8Array(66);
  bytes[0] = 1;
  bytes[17] = typeByte;
  return new Binary(bytes, subtype);
}

type Case = [name: string, schema: Document, accepted: unknown[], refused: unknown[]];

const CASES: Case[] = [
  [
    'bsonType int',
    { bsonType: 'int' },
    [new Int32(5)],
    [Long.fromNumber(5), new Double(5), '5', null],
  ],
  ['bsonType long', { bsonType: 'long' }, [Long.fromNumber(5)], [new Int32(5)]],
  ['bsonType double', { bsonType: 'double' }, [new Double(5)], [new Int32(5)]],
  ['bsonType decimal', { bsonType: 'decimal' }, [Decimal128.fromString('5')], [new Double(5)]],
  ['bsonType number', { bsonType: 'number' }, [new Int32(5), new Double(0.5), Long.ONE], ['5']],
  ['bsonType list', { bsonType: ['string', 'null'] }, ['a', null], [new Int32(1)]],
  [
    'bsonType binData',
    { bsonType: 'binData' },
    [new Binary(Buffer.from('a'))],
    ['a', new Int32(1)],
  ],
  ['bsonType object', { bsonType: 'object' }, [{}], [[], null]],
  ['bsonType bool, date', { bsonType: ['bool', 'date'] }, [true, new Date(0)], [new Int32(1)]],
  ['type number', { type: 'number' }, [new Int32(5), new Double(5)], ['5', null]],
  ['type list', { type: ['boolean', 'array'] }, [true, []], [{}]],
  ['enum', { enum: ['a', 1, null] }, ['a', new Double(1), null], ['b', new Int32(2)]],
  ['minimum', { minimum: 5 }, [5, 6, 'a'], [4, new Double(4.9)]],
  ['exclusiveMinimum', { minimum: 5, exclusiveMinimum: true }, [6], [5]],
  ['exclusiveMinimum false', { minimum: 5, exclusiveMinimum: false }, [5], [4]],
  ['maximum', { maximum: 5 }, [5, 'a'], [6, Long.fromBigInt(2n ** 60n)]],
  ['exclusiveMaximum', { maximum: 5, exclusiveMaximum: true }, [4], [5]],
  ['multipleOf', { multipleOf: 3 }, [9, 0, 'a'], [10, new Double(0.5)]],
  ['minLength', { minLength: 2 }, ['ab', 5], ['a', '😀']],
  ['maxLength', { maxLength: 2 }, ['ab', '😀😀'], ['abc']],
  ['pattern', { pattern: '^[a-z]+$' }, ['abc', 5], ['aBc', '']],
  ['required', { required: ['a'] }, [{ a: null }, 'x'], [{}, { b: 1 }]],
  ['properties', { properties: { a: { bsonType: 'int' } } }, [{ a: 1 }, {}, []], [{ a: 'x' }]],
  [
    'patternProperties',
    { patternProperties: { '^s': { bsonType: 'string' } } },
    [{ s1: 'a', t: 1 }],
    [{ s1: 1 }],
  ],
  [
    'additionalProperties false',
    { properties: { a: {} }, patternProperties: { '^s': {} }, additionalProperties: false },
    [{ a: 1, s1: 2 }, {}],
    [{ a: 1, b: 2 }],
  ],
  [
    'additionalProperties schema',
    { additionalProperties: { bsonType: 'int' } },
    [{ a: 1 }],
    [{ a: 'x' }],
  ],
  ['minProperties', { minProperties: 1 }, [{ a: 1 }, []], [{}]],
  ['maxProperties', { maxProperties: 1 }, [{ a: 1 }], [{ a: 1, b: 1 }]],
  ['dependencies on names', { dependencies: { a: ['b'] } }, [{ a: 1, b: 1 }, { b: 1 }], [{ a: 1 }]],
  [
    'dependencies on a schema',
    { dependencies: { a: { required: ['c'] } } },
    [{ a: 1, c: 1 }],
    [{ a: 1 }],
  ],
  ['items schema', { items: { bsonType: 'int' } }, [[1, 2], [], 'x'], [[1, 'a']]],
  ['items list', { items: [{ bsonType: 'int' }] }, [[1, 'a'], []], [['a']]],
  ['additionalItems false', { items: [{}], additionalItems: false }, [[1]], [[1, 2]]],
  [
    'additionalItems schema',
    { items: [{}], additionalItems: { bsonType: 'int' } },
    [['a', 2]],
    [[1, 'a']],
  ],
  ['additionalItems without a list', { items: {}, additionalItems: false }, [[1, 2]], []],
  ['minItems', { minItems: 1 }, [[1], 'x'], [[]]],
  ['maxItems', { maxItems: 1 }, [[1]], [[1, 2]]],
  ['uniqueItems', { uniqueItems: true }, [[1, 2], []], [[1, new Double(1)]]],
  ['uniqueItems false', { uniqueItems: false }, [[1, 1]], []],
  ['allOf', { allOf: [{ minimum: 1 }, { maximum: 3 }] }, [2], [0, 4]],
  ['anyOf', { anyOf: [{ minimum: 5 }, { maximum: 3 }] }, [2, 6], [4]],
  ['oneOf', { oneOf: [{ minimum: 2 }, { maximum: 3 }] }, [1, 4], [2, 3]],
  ['not', { not: { bsonType: 'string' } }, [1], ['a']],
  ['title and description', { title: 't', description: 'd' }, [1], []],
  [
    'encrypt',
    { encrypt: {} },
    [encrypted(2), encrypted(16)],
    ['a', encrypted(2, 0), new Binary(Buffer.alloc(3), 6)],
  ],
  ['encrypt bsonType', { encrypt: { bsonType: 'int' } }, [encrypted(16)], [encrypted(2), 5]],
  [
    'encrypt bsonType list',
    { encrypt: { bsonType: ['int', 'string'] } },
    [encrypted(2)],
    [encrypted(1)],
  ],
  ['empty', {}, [1, 'a', null], []],
];

describe('$jsonSchema', () => {
  it.each(CASES)(
    '%s accepts what conforms and refuses what does not',
    (_, schema, accepted, refused) => {
      expect(accepted.filter((value) => !passes(schema, value))).toEqual([]);
      expect(refused.filter((value) => passes(schema, value))).toEqual([]);
    },
  );

  it('says nothing about a property that is missing', () => {
    expect(compileJsonSchema({ properties: { a: { bsonType: 'int' } } })({})).toEqual([]);
  });

  it('is not deceived by the names of JavaScript prototypes', () => {
    expect(compileJsonSchema({ required: ['constructor'] })({})).toHaveLength(1);
    expect(compileJsonSchema({ properties: { toString: { bsonType: 'int' } } })({})).toEqual([]);
    expect(codeOf({ constructor: {} })).toBe(9);
  });

  it.each([
    ['an unknown keyword', { minimun: 1 }, 9],
    ['a reference', { $ref: '#/a' }, 9],
    ['draft-6 `const`', { const: 1 }, 9],
    ['a format', { format: 'date' }, 9],
    ['an unknown keyword in a nested schema', { properties: { a: { not: { foo: 1 } } } }, 9],
    ['`type: integer`, which MongoDB lacks', { type: 'integer' }, 9],
    ['`type` beside `bsonType`', { type: 'string', bsonType: 'string' }, 9],
    ['`encrypt` beside `bsonType`', { encrypt: {}, bsonType: 'int' }, 9],
    ['an unknown option of `encrypt`', { encrypt: { key: 1 } }, 9],
    ['an unknown BSON type', { bsonType: 'integer' }, 2],
    ['an empty `enum`', { enum: [] }, 9],
    ['an empty `required`', { required: [] }, 9],
    ['a name twice in `required`', { required: ['a', 'a'] }, 9],
    ['an empty `anyOf`', { anyOf: [] }, 9],
    ['a negative `minLength`', { minLength: -1 }, 9],
    ['`exclusiveMinimum` without `minimum`', { exclusiveMinimum: true }, 9],
    ['a numeric `exclusiveMinimum`', { minimum: 1, exclusiveMinimum: 1 }, 14],
    ['`multipleOf` zero', { multipleOf: 0 }, 9],
    ['`properties` that are no object', { properties: [] }, 14],
    ['a schema that is no object', 5, 14],
    ['a title that is no string', { title: 1 }, 14],
    ['an invalid pattern', { pattern: '(' }, 51091],
  ])('refuses %s', (_, schema, code) => {
    expect(codeOf(schema)).toBe(code);
  });
});
