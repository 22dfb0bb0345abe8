// Rules of csfle.md B.5: where encryption may be declared, and how a broken rule is reported.
import { Binary, type Document, ObjectId, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError, compileSchema } from '../index.ts';
import { deterministic, patientSchema, random, sharedKey } from '../testing/inputs.ts';
import { sameTree } from './tree.ts';

const compile = (schema: Document, origin: 'local' | 'remote' = 'local') =>
  compileSchema(serialize(schema), origin, 'db.coll');

const encrypt = { bsonType: 'string', algorithm: deterministic, keyId: [sharedKey] };
const field = (declared: Document): Document => ({
  bsonType: 'object',
  properties: { a: { encrypt: declared } },
});
const below = (subschema: Document): Document => ({
  bsonType: 'object',
  properties: { a: subschema },
});
const nested = (depth: number): Document =>
  depth === 0 ? { encrypt } : { bsonType: 'object', properties: { a: nested(depth - 1) } };

describe('a schema that is accepted', () => {
  it.each<[string, Document]>([
    ['the patient schema of the guide', patientSchema],
    ['a Random field without types', field({ algorithm: random, keyId: [sharedKey] })],
    [
      'a Random field with several types',
      field({ algorithm: random, keyId: [sharedKey], bsonType: ['array', 'object', 'double'] }),
    ],
    ['a JSON pointer for Random', field({ ...encrypt, algorithm: random, keyId: '/key/name' })],
    ['a pointer with escapes', field({ ...encrypt, algorithm: random, keyId: '/a~1b/c~0d' })],
    [
      '`type` instead of `bsonType` on the parent',
      { type: 'object', properties: { a: { encrypt } } },
    ],
    [
      'a title and a description beside `encrypt`',
      below({ encrypt, title: 'SSN', description: 'never in clear' }),
    ],
    [
      'patternProperties and additionalProperties',
      {
        bsonType: 'object',
        patternProperties: { '^secret': { encrypt } },
        additionalProperties: { encrypt: { ...encrypt, bsonType: 'int' } },
      },
    ],
    ['an encrypted `_id`', { bsonType: 'object', properties: { _id: { encrypt } } }],
    ['a property that is called encrypt', { properties: { encrypt: { bsonType: 'object' } } }],
    ['fifty nested objects', nested(50)],
  ])('%s', (_name, schema) => {
    expect(compile(schema).namespace).toBe('db.coll');
  });

  it('says whether anything is encrypted', () => {
    expect(compile(patientSchema).encrypts).toBe(true);
    expect(
      compile({ bsonType: 'object', properties: { a: { bsonType: 'string' } } }).encrypts,
    ).toBe(false);
    expect(compile({ properties: { encrypt: { bsonType: 'object' } } }).encrypts).toBe(false);
  });

  it('lets a remote schema have every validation keyword', () => {
    const schema = {
      bsonType: 'object',
      required: ['a'],
      minProperties: 1,
      properties: { a: { encrypt }, b: { enum: [1], minimum: 0, items: { bsonType: 'int' } } },
      allOf: [{ properties: { c: { bsonType: 'int' } } }],
      dependencies: { a: ['b'], b: { required: ['c'] } },
    };
    expect(compile(schema, 'remote').encrypts).toBe(true);
  });
});

const invalid = "Invalid schema containing the 'encrypt' keyword.";

describe('a schema that is refused', () => {
  it.each<[string, Document, string]>([
    ['a root without object type', { properties: { a: { encrypt } } }, `${invalid} At \`$\``],
    [
      'a parent without object type',
      below({ properties: { b: { encrypt } } }),
      `${invalid} At \`$.properties.a\``,
    ],
    [
      'a parent of two types',
      { bsonType: ['object', 'array'], properties: { a: { encrypt } } },
      "must say `bsonType: 'object'`, found array as `bsonType`",
    ],
    ['`encrypt` at the root', { encrypt }, 'a whole document cannot be encrypted'],
    [
      '`bsonType` beside `encrypt`',
      below({ encrypt, bsonType: 'object' }),
      "'encrypt' cannot be used in conjunction with 'bsonType'",
    ],
    [
      '`type` beside `encrypt`',
      below({ encrypt, type: 'string' }),
      "'encrypt' cannot be used in conjunction with 'type'",
    ],
    [
      '`encryptMetadata` beside `encrypt`',
      below({ encrypt, encryptMetadata: { algorithm: random } }),
      'Cannot specify both $jsonSchema keywords',
    ],
    ['an unknown field in `encrypt`', field({ ...encrypt, iv: 1 }), 'unknown field `iv`'],
    ['an initialization vector', field({ ...encrypt, initializationVector: 1 }), 'unknown field'],
    ['no algorithm', field({ bsonType: 'int', keyId: [sharedKey] }), 'no `algorithm`'],
    ['no key', field({ bsonType: 'int', algorithm: deterministic }), 'no `keyId`'],
    ['an unknown algorithm', field({ ...encrypt, algorithm: 'AES' }), '.encrypt.algorithm`'],
    ['a Deterministic field without type', field({ ...encrypt, bsonType: [] }), 'one or more'],
    [
      'a Deterministic field of two types',
      field({ ...encrypt, bsonType: ['int', 'long'] }),
      'needs a single `bsonType`',
    ],
    [
      'Deterministic with a pointer',
      field({ ...encrypt, keyId: '/a' }),
      'Deterministic needs a UUID `keyId`',
    ],
    ['a pointer without slash', field({ ...encrypt, algorithm: random, keyId: 'b' }), "'/'"],
    ['an empty pointer', field({ ...encrypt, algorithm: random, keyId: '/' }), "'/'"],
    ['two keys', field({ ...encrypt, keyId: [sharedKey, sharedKey] }), 'exactly one UUID, found 2'],
    ['no key in the array', field({ ...encrypt, keyId: [] }), 'exactly one UUID, found 0'],
    [
      'a key id as string',
      field({ ...encrypt, keyId: ['11111111-1111-4111-8111-111111111111'] }),
      'Array elements must have type BinData, found string; `keyId: [id]` takes what',
    ],
    [
      'a key id of another subtype',
      field({ ...encrypt, keyId: [new Binary(new UUID().buffer, 0)] }),
      'expected a UUID: BinData of subtype 4 and 16 bytes, found subtype 0 and 16 bytes',
    ],
    ['a short UUID', field({ ...encrypt, keyId: [new Binary(Buffer.alloc(4), 4)] }), 'a UUID'],
    [
      'a key id without array',
      field({ ...encrypt, keyId: sharedKey }),
      'expected an array with one UUID or a JSON pointer, found binData; `keyId: [id]` takes what',
    ],
    ['a key id of digits', field({ ...encrypt, keyId: 5 }), 'or a JSON pointer, found int'],
    [
      'a key id that is an ObjectId',
      field({ ...encrypt, keyId: [new ObjectId()] }),
      'Array elements must have type BinData, found objectId',
    ],
    ['a broken escape', field({ ...encrypt, algorithm: random, keyId: '/a~2b' }), "'/a~2b'"],
    ['an open escape', field({ ...encrypt, algorithm: random, keyId: '/a~' }), "found '/a~'"],
    ['an unknown BSON type', field({ ...encrypt, bsonType: 'integer' }), 'name of a BSON type'],
    ['an inherited name as BSON type', field({ ...encrypt, bsonType: 'toString' }), 'BSON type'],
    ...['double', 'decimal', 'bool', 'object', 'array', 'javascriptWithScope'].map(
      (type): [string, Document, string] => [
        `Deterministic ${type}`,
        field({ ...encrypt, bsonType: type }),
        `Deterministic cannot encrypt ${type}`,
      ],
    ),
    ...['minKey', 'maxKey', 'null', 'undefined'].map((type): [string, Document, string] => [
      `Random ${type}`,
      field({ ...encrypt, algorithm: random, bsonType: type }),
      `Random cannot encrypt ${type}`,
    ]),
    [
      'empty `encryptMetadata`',
      { bsonType: 'object', encryptMetadata: {} },
      'expected `algorithm` or `keyId`',
    ],
    [
      '`bsonType` in `encryptMetadata`',
      { bsonType: 'object', encryptMetadata: { bsonType: 'int' } },
      'unknown field `bsonType`',
    ],
    [
      '`encryptMetadata` without object type',
      { encryptMetadata: { keyId: [sharedKey] } },
      '`encryptMetadata` needs',
    ],
    [
      'an encrypted name with a dot',
      { bsonType: 'object', properties: { 'a.b': { encrypt } } },
      'At `$.properties.a.b`',
    ],
    ['an encrypted empty name', { bsonType: 'object', properties: { '': { encrypt } } }, 'empty'],
    [
      'an invalid pattern',
      { bsonType: 'object', patternProperties: { '(': { encrypt } } },
      'regular expression',
    ],
    ['an unknown keyword', { bsonType: 'object', fields: {} }, 'unknown keyword `fields`'],
    ['`properties` that is no object', { properties: 1 }, '`properties` must be an object'],
    [
      'a pointer to an encrypted field',
      {
        bsonType: 'object',
        properties: {
          a: { encrypt },
          b: { encrypt: { bsonType: 'string', algorithm: random, keyId: '/a' } },
        },
      },
      'cannot lead to an encrypted field',
    ],
    [
      'a local schema that validates',
      { bsonType: 'object', required: ['a'], properties: { a: { encrypt } } },
      "JSON schema keyword 'required' is only allowed with a remote schema",
    ],
    [
      'a local schema that only validates',
      { properties: { test: { bsonType: 'string' } }, required: ['test'] },
      "JSON schema keyword 'required' is only allowed with a remote schema",
    ],
  ])('%s', (_name, schema, message) => {
    expect(() => compile(schema)).toThrow(AnalysisError);
    expect(() => compile(schema)).toThrow(message);
  });

  it('says in which schema, at which path and which rule is broken', () => {
    const missing = below({ bsonType: ['object', 'array'], properties: { b: { encrypt } } });
    const place =
      "At `$.properties.a`: the parent of an encrypted field must say `bsonType: 'object'`";
    expect(() => compile(missing)).toThrow(
      `${invalid} ${place}, found array as \`bsonType\` (\`schemaMap\` of \`db.coll\`)`,
    );
    expect(() => compile(missing, 'remote')).toThrow('(validator of `db.coll`)');
    const wrong = below({ type: 'array', properties: { b: { encrypt } } });
    expect(() => compile(wrong)).toThrow("found `type: 'array'`");
    const both = below({ type: 'object', bsonType: 'object', properties: { b: { encrypt } } });
    expect(() => compile(both)).toThrow('found both `bsonType` and `type`');
  });

  it.each<[string, Document]>([
    ['items', { items: { encrypt } }],
    ['items', { items: [{ bsonType: 'int' }, { encrypt }] }],
    ['additionalItems', { additionalItems: { encrypt } }],
    ['allOf', { allOf: [{ properties: { a: { encrypt } } }] }],
    ['anyOf', { anyOf: [{ bsonType: 'object', properties: { a: { encrypt } } }] }],
    ['oneOf', { oneOf: [{ encrypt }] }],
    ['not', { not: { encrypt } }],
    ['dependencies', { dependencies: { b: { properties: { a: { encrypt } } } } }],
    ['items', { items: { bsonType: 'object', encryptMetadata: { keyId: [sharedKey] } } }],
  ])('encryption under `%s`', (keyword, subschema) => {
    const schema = { bsonType: 'object', properties: { list: subschema } };
    expect(() => compile(schema, 'remote')).toThrow(invalid);
    expect(() => compile(schema, 'remote')).toThrow(`cannot stand under \`${keyword}\``);
  });

  it('a keyword that is given twice', () => {
    const once = serialize({ bsonType: 'object' });
    const twice = Buffer.concat([once.subarray(0, -1), once.subarray(4)]);
    twice.writeInt32LE(twice.length);
    expect(() => compileSchema(twice, 'local', 'db.coll')).toThrow('given twice');
  });

  it('nesting beyond the limit, without a stack overflow', () => {
    expect(() => compile(nested(300))).toThrow('nested levels');
  });
});

describe('encryptMetadata', () => {
  const inherits = (declared: Document, parent: Document = { keyId: [sharedKey] }) =>
    compile({ ...field(declared), encryptMetadata: parent });

  it('is inherited key by key by the nearest descendant', () => {
    const inherited = inherits(
      { bsonType: 'int' },
      { keyId: [sharedKey], algorithm: deterministic },
    );
    const explicit = compile(field({ ...encrypt, bsonType: 'int' }));
    expect(sameTree(inherited.root, explicit.root)).toBe(true);
  });

  it('gives way to what the field itself says', () => {
    const own = inherits({ ...encrypt, keyId: [new UUID('33333333-3333-4333-8333-333333333333')] });
    expect(sameTree(own.root, compile(field(encrypt)).root)).toBe(false);
  });

  it('never inherits a pointer into a Deterministic field', () => {
    expect(() => inherits({ bsonType: 'int', algorithm: deterministic }, { keyId: '/k' })).toThrow(
      'Deterministic needs a UUID `keyId`',
    );
  });
});
