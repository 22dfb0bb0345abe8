// Path resolution: exactly encrypted, prefix, below, unencrypted; conservative about positions.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { compiled, deterministic, patientSchema, sharedKey } from '../testing/inputs.ts';
import { resolvePath } from './resolve.ts';
import { rootPosition } from './tree.ts';

const encrypt = { bsonType: 'string', algorithm: deterministic, keyId: [sharedKey] };
const kind = (path: string, schema: Document = patientSchema) =>
  resolvePath(rootPosition(compiled(schema).root), path).kind;

describe('a path in the patient schema', () => {
  it.each([
    ['ssn', 'encrypted'],
    ['insurance.policyNumber', 'encrypted'],
    ['medicalRecords', 'encrypted'],
    ['insurance', 'prefix'],
    ['ssn.x', 'below'],
    ['medicalRecords.0.weightKg', 'below'],
    ['insurance.policyNumber.x.y', 'below'],
    ['name', 'plain'],
    ['name.0.x', 'plain'],
    ['insurance.provider', 'plain'],
    ['insurance.provider.0', 'plain'],
    ['0', 'plain'],
    ['', 'plain'],
  ])('`%s` is %s', (path, expected) => {
    expect(kind(path)).toBe(expected);
  });

  it('is refused at an array position of an object with encrypted fields', () => {
    expect(() => kind('insurance.0')).toThrow('Array positions are not allowed');
    expect(() => kind('insurance.0.policyNumber')).toThrow('Array positions are not allowed');
  });
});

describe('patternProperties and additionalProperties', () => {
  const schema = {
    bsonType: 'object',
    properties: { open: { bsonType: 'string' }, secretObject: { bsonType: 'object' } },
    patternProperties: { '^secret': { encrypt }, Twice$: { encrypt } },
    additionalProperties: { bsonType: 'object', properties: { inner: { encrypt } } },
  };

  it.each([
    ['open', 'plain'],
    ['secretNote', 'encrypted'],
    ['secretTwice', 'encrypted'],
    ['other', 'prefix'],
    ['other.inner', 'encrypted'],
    ['other.outer', 'plain'],
  ])('`%s` is %s', (path, expected) => {
    expect(kind(path, schema)).toBe(expected);
  });

  it('are refused where they disagree', () => {
    expect(() => kind('secretObject', schema)).toThrow('do not agree');
  });

  it('merges objects that several subschemas describe', () => {
    const merged = {
      bsonType: 'object',
      properties: { box: { bsonType: 'object', properties: { a: { encrypt } } } },
      patternProperties: { '^b': { bsonType: 'object', properties: { c: { encrypt } } } },
    };
    expect(kind('box.a', merged)).toBe('encrypted');
    expect(kind('box.c', merged)).toBe('encrypted');
    expect(kind('box.d', merged)).toBe('plain');
  });
});
