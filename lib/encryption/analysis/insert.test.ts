// Inserted documents (csfle.md D.4): encrypted in place, or refused.
import { Binary, Code, type Document, Double, Long, MaxKey, MinKey, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import {
  analysed,
  det,
  deterministic,
  passes,
  patientSchema,
  random,
  rnd,
  schemas,
  sharedKey,
} from './testing/inputs.ts';

const insert = (...documents: Document[]) => ({ insert: 'patients', documents, ordered: true });
const ciphertext = new Binary(Buffer.from([1, ...Buffer.alloc(80)]), 6);

describe('an inserted document', () => {
  it('has its encrypted values replaced in place, all else untouched', () => {
    const document = {
      _id: 1,
      name: 'Jon',
      ssn: 901010001,
      keyAltName: 'patient:1',
      bloodType: 'AB+',
      insurance: { provider: 'MaestCare', policyNumber: 123142 },
      medicalRecords: [{ weight: 180 }],
      contact: { ssn: 5 },
    };
    expect(analysed(insert({ name: 'none' }, document))).toEqual(
      insert(
        { name: 'none' },
        {
          ...document,
          ssn: det(901010001),
          bloodType: rnd('AB+', 'patient:1'),
          insurance: { provider: 'MaestCare', policyNumber: det(123142) },
          medicalRecords: rnd([{ weight: 180 }], 'patient:1'),
        },
      ),
    );
  });

  it('passes as it is without encrypted values, and in a collection without schema', () => {
    expect(passes(insert({ name: 'x', insurance: { provider: 'y' } }))).toBe(true);
    expect(passes({ insert: 'other', documents: [{ ssn: 1 }] })).toBe(true);
  });

  it('passes a scalar in the place of an object, which has nothing to encrypt', () => {
    expect(passes(insert({ insurance: 'none' }))).toBe(true);
    expect(passes(insert({ insurance: null }))).toBe(true);
  });

  it('may carry explicit ciphertext in a field without automatic encryption', () => {
    expect(passes(insert({ name: ciphertext, list: [ciphertext] }))).toBe(true);
  });

  it('encrypts any type at a Random field without types', () => {
    const values = [1.5, true, [1], { a: 1 }, 'x', new Date(0)];
    for (const value of values) {
      expect(analysed(insert({ anything: value }))).toEqual(insert({ anything: rnd(value) }));
    }
  });

  it('takes the key from a nested pointer', () => {
    const schema = {
      bsonType: 'object',
      properties: { a: { encrypt: { algorithm: random, keyId: '/key/na~1me' } } },
    };
    expect(analysed(insert({ a: 1, key: { 'na/me': 'alt' } }), schemas(schema))).toEqual(
      insert({ a: rnd(1, 'alt'), key: { 'na/me': 'alt' } }),
    );
  });
});

describe('an inserted document is refused', () => {
  it.each<[string, Document, string]>([
    ['long for int', { ssn: Long.fromNumber(5) }, 'Cannot encrypt element of type: long'],
    ['double for int', { ssn: new Double(5) }, 'Cannot encrypt element of type: double'],
    ['string for int', { ssn: '5' }, 'Cannot encrypt element of type: string, at `ssn`'],
    ['null', { ssn: null }, 'Cannot encrypt element of type: null'],
    ['null at Random without types', { anything: null }, 'element of type: null'],
    ['minKey', { anything: new MinKey() }, 'Cannot encrypt element of type: minKey'],
    ['maxKey', { anything: new MaxKey() }, 'Cannot encrypt element of type: maxKey'],
    ['an array for int', { ssn: [5] }, 'Cannot encrypt element of type: array'],
    ['a ciphertext', { ssn: ciphertext }, 'binData of subtype 6, at `ssn`'],
    ['a ciphertext at Random', { anything: ciphertext }, 'binData of subtype 6, at `anything`'],
    [
      'an array in the place of an object',
      { insurance: [{ policyNumber: 1 }] },
      'Cannot encrypt element of type: array, at `insurance`',
    ],
    [
      'Timestamp(0, 0)',
      { anything: new Timestamp({ t: 0, i: 0 }) },
      'A command that inserts cannot supply Timestamp(0, 0) for an encrypted',
    ],
    ['a pointer to nothing', { bloodType: 'A' }, 'the document lacks it'],
    ['a pointer to a number', { bloodType: 'A', keyAltName: 5 }, 'to lead to a string'],
    ['a pointer to an array', { bloodType: 'A', keyAltName: ['k'] }, 'to lead to a string'],
    ['a dotted name', { 'insurance.policyNumber': 5 }, 'A dotted field name cannot spell'],
    ['a dotted name below', { 'ssn.x': 5 }, 'A dotted field name cannot spell'],
    ['an operator name', { $ssn: 5 }, 'cannot start with `$`'],
    ['an operator name inside', { insurance: { $eq: 5 } }, 'cannot start with `$`'],
  ])('%s', (_name, document, message) => {
    expect(() => analysed(insert(document))).toThrow(AnalysisError);
    expect(() => analysed(insert(document))).toThrow(message);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 1],
    ['code', new Code('x', {})],
  ])('a document that is %s', (_name, document) => {
    expect(() => analysed({ insert: 'patients', documents: [document] })).toThrow(
      'Expected object',
    );
  });

  it('documents that are no array', () => {
    expect(() => analysed({ insert: 'patients', documents: { a: 1 } })).toThrow('Expected array');
  });

  it('a document without the `_id` that the schema encrypts', () => {
    const known = schemas({
      bsonType: 'object',
      properties: {
        _id: { encrypt: { bsonType: 'int', algorithm: deterministic, keyId: [sharedKey] } },
      },
    });
    expect(() => analysed(insert({ a: 1 }), known)).toThrow('must supply it');
    expect(analysed(insert({ _id: 1 }), known)).toEqual(insert({ _id: det(1) }));
  });

  it('never shows the value in the message', () => {
    const attempt = () => analysed(insert({ ssn: 'CANARY-VALUE' }));
    expect(attempt).toThrow(/^(?!.*CANARY)/);
  });
});

describe('many pointers in one document', () => {
  it('are resolved once each', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `f${index}`);
    const field = { encrypt: { algorithm: random, keyId: '/keyAltName' } };
    const known = schemas({
      ...patientSchema,
      properties: Object.fromEntries(names.map((name) => [name, field])),
    });
    const document = Object.fromEntries(names.map((name) => [name, 1]));
    const encrypted = Object.fromEntries(names.map((name) => [name, rnd(1, 'k')]));
    expect(analysed(insert({ ...document, keyAltName: 'k' }), known)).toEqual(
      insert({ ...encrypted, keyAltName: 'k' }),
    );
  });
});
