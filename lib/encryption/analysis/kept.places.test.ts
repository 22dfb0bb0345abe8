// Every place where create, collMod and createIndexes leave an expression on the server.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, passes, patientSchema } from './testing/inputs.ts';

const comparison = 'Comparison to encrypted fields not supported';
const create = (more: Document): Document => ({ create: 'patients', ...more });
const validated = (validator: Document) => create({ validator });
const schemed = (schema: Document) => validated({ $jsonSchema: schema });
const indexed = (index: Document): Document => ({
  createIndexes: 'patients',
  indexes: [{ key: { name: 1 }, name: 'x', ...index }],
});

/** The message of an `AnalysisError`. */
function refusal(command: Document): string {
  try {
    analysed(command);
  } catch (error) {
    if (error instanceof AnalysisError) return error.message;
    throw error;
  }
  return 'not refused';
}

describe('an index', () => {
  it.each<[string, Document]>([
    ['weights', { weights: { name: 5, ssn: 1 } }],
    ['a key pattern', { keyPattern: { ssn: 1 } }],
    ['options of the storage engine', { storageEngine: { a: { b: 1 } } }],
    ['a wildcard projection', { key: { '$**': 1 }, wildcardProjection: { name: 1 } }],
    ['keys of every type', { key: { ssn: 'hashed', name: 'text', a: '2d', b: '2dsphere' } }],
    ['a constant on an unencrypted field', { key: { name: 901010001 } }],
    ['scalars that are not known', { newer: 5, sparse: true }],
  ])('passes with %s', (_name, index) => {
    expect(passes(indexed(index))).toBe(true);
  });

  it.each<[string, Document, string]>([
    ['a constant as weight', { weights: { ssn: 901010001 } }, 'Expected a direction in `weights`'],
    ['a constant in a key pattern', { keyPattern: { ssn: 'x' } }, 'Expected a direction'],
    ['another word as index type', { key: { ssn: '901-01-0001' } }, 'Expected a direction'],
    ['a constant in a projection', { wildcardProjection: { ssn: { $eq: 5 } } }, 'ssn'],
    ['keys that are no object', { key: [{ ssn: 5 }] }, 'Expected object'],
    ['an unknown array', { newer: [{ ssn: 5 }] }, 'Unknown field in an index'],
    ['a filter that is no object', { partialFilterExpression: [{ ssn: 5 }] }, 'Expected object'],
  ])('is refused with %s', (_name, index, message) => {
    expect(refusal(indexed(index))).toContain(message);
  });

  it('is read wherever a command holds one', () => {
    const wrong = { key: { ssn: 901010001 } };
    for (const command of [
      create({ clusteredIndex: wrong }),
      create({ idIndex: wrong }),
      { collMod: 'patients', index: wrong },
      { createIndexes: 'patients', indexes: [{ key: { name: 1 } }, wrong] },
    ]) {
      expect(refusal(command)).toContain('Expected a direction in `key`');
    }
    expect(passes(create({ clusteredIndex: { key: { _id: 1 }, unique: true } }))).toBe(true);
    expect(refusal({ createIndexes: 'patients', indexes: wrong })).toContain('Expected');
    expect(refusal({ createIndexes: 'patients', indexes: [5] })).toContain('Expected object');
  });
});

describe('options of a collection', () => {
  it.each([
    ...['timeseries', 'storageEngine', 'indexOptionDefaults', 'changeStreamPreAndPostImages'],
  ])('pass as documents: %s', (name) => {
    expect(passes(create({ [name]: { a: { b: true } } }))).toBe(true);
    expect(passes({ collMod: 'patients', [name]: { a: true } })).toBe(true);
  });

  it('are refused when unknown or when they make a view of it', () => {
    expect(refusal(create({ newer: { ssn: 5 } }))).toContain('Unknown field in a command');
    for (const view of [{ viewOn: 'open' }, { pipeline: [] }, { viewOn: 'open', pipeline: [] }]) {
      expect(refusal(create(view))).toContain('cannot auto encrypt a view');
      expect(refusal({ collMod: 'patients', ...view })).toContain('cannot auto encrypt a view');
    }
    expect(passes({ createIndexes: 'patients', indexes: [], commitQuorum: { a: 1 } })).toBe(true);
  });
});

describe('a validator', () => {
  it.each<[string, Document]>([
    ['operators on flags, not $exists', { ssn: { $ne: true } }],
    ['another operator beside $exists', { ssn: { $exists: true, $eq: 1 } }],
    ['a constant for $exists', { ssn: { $exists: 901010001 } }],
    ['an empty object', { ssn: {} }],
    ['a constant in $nor', { $nor: [{ name: 'x' }, { ssn: 5 }] }],
    ['a constant in $or', { $or: [{ ssn: 5 }] }],
  ])('is refused with %s', (_name, validator) => {
    expect(refusal(validated(validator))).toContain(comparison);
  });

  it('passes with $nor, $comment and several conditions on other fields', () => {
    const nor = { $nor: [{ name: 'x' }, { ssn: { $exists: false } }] };
    expect(passes(validated({ ...nor, $comment: 'why', $expr: { $gt: ['$a', 1] } }))).toBe(true);
  });

  it('brings no code in below an unencrypted field', () => {
    expect(refusal(validated({ list: { $elemMatch: { $where: 'x' } } }))).toContain('$where');
    expect(refusal(validated({ $text: { $search: 'x' } }))).toContain('$text');
  });

  it('may have a plain $jsonSchema or a field of that name below the top, no encryption', () => {
    const plain = { $jsonSchema: { bsonType: 'object' } };
    expect(passes({ create: 'open', validator: { $and: [plain] } })).toBe(true);
    expect(passes(validated({ $and: [{ 'encrypt.x': 1 }, { a: { encrypt: 1 } }] }))).toBe(true);
    const metadata = {
      $jsonSchema: { encryptMetadata: patientSchema['encryptMetadata'] as unknown },
    };
    expect(refusal(validated({ $or: [metadata] }))).toContain('stands at the top of its validator');
  });

  it('is governed by the schema of the client when its own encrypts nothing', () => {
    const properties = { encrypt: { bsonType: 'string' } };
    expect(passes(schemed({ properties }))).toBe(true);
    expect(refusal(validated({ $jsonSchema: { properties }, ssn: 5 }))).toContain(comparison);
  });
});

describe('the $jsonSchema of a validator', () => {
  const plain = { properties: { name: { enum: ['a'] }, ssn: { bsonType: 'binData' } } };
  const constant = { properties: { ssn: { enum: [5] } } };

  it.each(['allOf', 'anyOf', 'oneOf'])('is read inside %s', (name) => {
    expect(passes(schemed({ [name]: [plain, plain] }))).toBe(true);
    expect(refusal(schemed({ [name]: [plain, constant] }))).toContain(comparison);
  });

  it('is read inside `not` and inside an object with encrypted fields', () => {
    expect(passes(schemed({ not: plain }))).toBe(true);
    expect(refusal(schemed({ not: constant }))).toContain(comparison);
    expect(refusal(schemed({ not: { not: { anyOf: [constant] } } }))).toContain(comparison);
    const inside = {
      properties: { insurance: { not: { properties: { policyNumber: { enum: [5] } } } } },
    };
    expect(refusal(schemed(inside))).toContain('`insurance.policyNumber`');
  });

  it.each(['bsonType', 'type', 'title', 'description'])(
    'may say `%s` of an encrypted field',
    (name) => {
      expect(passes(schemed({ properties: { ssn: { [name]: 'binData' } } }))).toBe(true);
    },
  );

  it.each<[string, unknown]>([
    ['required', ['x']],
    ['minimum', 5],
    ['pattern', '^x'],
    ['items', { bsonType: 'int' }],
    ['properties', { x: { bsonType: 'int' } }],
    ['not', { bsonType: 'int' }],
  ])('cannot say `%s` of an encrypted field', (name, operand) => {
    expect(refusal(schemed({ properties: { ssn: { [name]: operand } } }))).toContain(
      `\`${name}\` in $jsonSchema`,
    );
  });

  it.each<[string, Document]>([
    ['of the whole document', { enum: [{ ssn: 5 }] }],
    ['in an array of schemas', { items: [{ enum: [5] }] }],
    ['in an array below', { patternProperties: { x: { allOf: [{ enum: [5] }] } } }],
    ['under additionalProperties', { additionalProperties: { enum: [5] } }],
    ['under dependencies', { dependencies: { name: { properties: { ssn: { minimum: 5 } } } } }],
  ])('cannot compare %s', (_name, schema) => {
    expect(refusal(schemed(schema))).toContain(comparison);
  });
});
