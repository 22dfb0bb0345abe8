// create, collMod, createIndexes: expressions that the server keeps compare ciphertext.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import {
  analysed,
  compiled,
  deterministic,
  namespace,
  passes,
  patientSchema,
  schemas,
  sharedKey,
} from './testing/inputs.ts';

const comparison = 'Comparison to encrypted fields not supported';
const binary = { bsonType: 'binData' };
/** The validator of the clinic: encrypted fields must be BinData. */
const clinicValidator = {
  $jsonSchema: {
    bsonType: 'object',
    required: ['name'],
    properties: {
      name: { bsonType: 'string', minLength: 1 },
      ssn: binary,
      bloodType: { ...binary, description: 'encrypted' },
      insurance: {
        bsonType: 'object',
        required: ['provider'],
        properties: { provider: { enum: ['a', 'b'] }, policyNumber: binary },
      },
    },
    anyOf: [{ required: ['ssn'] }, { properties: { name: { pattern: '^x' } } }],
  },
};

describe.each(['create', 'collMod'])('%s', (name) => {
  const command = (validator: Document, more: Document = {}): Document => ({
    [name]: 'patients',
    validator,
    ...more,
  });

  it.each<[string, Document]>([
    ['types of encrypted fields in $jsonSchema', clinicValidator],
    ['conditions on unencrypted fields', { name: { $type: 'string' }, $or: [{ age: { $gt: 1 } }] }],
    ['$exists on encrypted fields', { ssn: { $exists: true } }],
    ['the same encryption schema as the client', { $jsonSchema: patientSchema }],
    ['$expr on unencrypted fields', { $expr: { $gt: ['$age', 0] } }],
  ])('passes with %s', (_name, validator) => {
    expect(passes(command(validator, { validationLevel: 'strict' }))).toBe(true);
  });

  it.each<[string, Document, string]>([
    ['equality', { ssn: 5 }, comparison],
    ['a type', { ssn: { $type: 'int' } }, comparison],
    ['a path below', { 'ssn.x': { $exists: true } }, comparison],
    ['a constant in $and', { $and: [{ 'insurance.policyNumber': { $gt: 5 } }] }, comparison],
    ['an object', { insurance: { policyNumber: 5 } }, comparison],
    ['an enum', { $jsonSchema: { properties: { ssn: { enum: [5] } } } }, comparison],
    [
      'a minimum inside an object',
      {
        $jsonSchema: {
          properties: { insurance: { properties: { policyNumber: { minimum: 5 } } } },
        },
      },
      comparison,
    ],
    ['an enum of documents', { $jsonSchema: { enum: [{ ssn: 5 }] } }, comparison],
    [
      'a negated enum',
      { $jsonSchema: { not: { properties: { ssn: { enum: [5] } } } } },
      comparison,
    ],
    [
      'a constant in allOf',
      { $jsonSchema: { allOf: [{ properties: { ssn: { maximum: 5 } } }] } },
      comparison,
    ],
    [
      'a constant under patternProperties',
      { $jsonSchema: { patternProperties: { '^ss': { enum: [5] } } } },
      comparison,
    ],
    ['an encrypted field in $expr', { $expr: { $eq: ['$ssn', 5] } }, comparison],
    ['an encrypted condition', { $expr: '$ssn' }, 'cannot use encrypted fields'],
    ['$where', { $where: 'this.ssn' }, 'Unsupported match expression operator'],
    [
      'another encryption schema than the client',
      {
        $jsonSchema: {
          bsonType: 'object',
          properties: {
            ssn: { encrypt: { bsonType: 'long', algorithm: deterministic, keyId: [sharedKey] } },
          },
        },
      },
      'it must encrypt the same fields in the same way',
    ],
    [
      'an encryption schema below the top',
      { $and: [{ $jsonSchema: patientSchema }] },
      'stands at the top of its validator',
    ],
    [
      'a wrong encryption schema',
      { $jsonSchema: { properties: { a: { encrypt: {} } } } },
      "Invalid schema containing the 'encrypt' keyword.",
    ],
  ])('is refused with %s', (_name, validator, message) => {
    expect(() => analysed(command(validator))).toThrow(AnalysisError);
    expect(() => analysed(command(validator))).toThrow(message);
  });

  it('takes the encryption of its own validator where the client has no schema', () => {
    const none = new Map<string, never>();
    expect(passes(command({ $jsonSchema: patientSchema, name: 'x' }), none)).toBe(true);
    expect(passes(command({ ssn: 5 }), none)).toBe(true);
    expect(() => analysed(command({ $jsonSchema: patientSchema, ssn: 5 }), none)).toThrow(
      comparison,
    );
  });

  it('may replace a remote schema by another', () => {
    const other = { bsonType: 'object', properties: { a: { bsonType: 'object' } } };
    const known = new Map([[namespace, compiled(patientSchema, 'remote')]]);
    expect(passes(command({ $jsonSchema: other }), known)).toBe(true);
  });

  it('refuses Queryable Encryption and views on encrypted collections', () => {
    expect(() => analysed(command({}, { encryptedFields: { fields: [] } }))).toThrow(
      'Queryable Encryption is not supported',
    );
    const view = { [name]: 'view', viewOn: 'patients', pipeline: [{ $match: { ssn: 5 } }] };
    expect(() => analysed(view)).toThrow('cannot auto encrypt a view: medicalRecords.patients');
    expect(passes({ ...view, viewOn: 'open' }, schemas())).toBe(true);
  });
});

describe('createIndexes', () => {
  const command = (...indexes: Document[]): Document => ({ createIndexes: 'patients', indexes });

  it('passes with keys on encrypted fields and a partial filter by $exists', () => {
    const partial = { partialFilterExpression: { ssn: { $exists: true } }, unique: true };
    expect(
      passes(
        command(
          { key: { ssn: 1 }, name: 'ssn', ...partial },
          { key: { 'insurance.policyNumber': 'hashed', name: -1 }, name: 'policy' },
        ),
      ),
    ).toBe(true);
  });

  it.each<[string, Document, string]>([
    ['a comparison', { key: { a: 1 }, partialFilterExpression: { ssn: 5 } }, comparison],
    [
      'a comparison in $and',
      { key: { a: 1 }, partialFilterExpression: { $and: [{ insurance: { policyNumber: 5 } }] } },
      comparison,
    ],
    ['a constant as direction', { key: { ssn: 901010001 } }, 'Expected a direction in `key`'],
    ['an unknown object', { key: { a: 1 }, newer: { ssn: 5 } }, 'Unknown field in an index'],
  ])('is refused with %s', (_name, index, message) => {
    expect(() => analysed(command({ name: 'x', ...index }))).toThrow(message);
  });
});
