// Updates (csfle.md D.4): operators, replacements, upserts, findAndModify.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import {
  analysed,
  det,
  deterministic,
  passes,
  patientSchema,
  rnd,
  schemas,
  sharedKey,
} from './testing/inputs.ts';

const update = (u: unknown, more: Document = {}): Document => ({
  update: 'patients',
  updates: [{ q: { name: 'x' }, u, ...more }],
});
const twin = {
  encrypt: { bsonType: 'int', algorithm: deterministic, keyId: [sharedKey] },
};
const withTwin = schemas({
  ...patientSchema,
  properties: { ...(patientSchema['properties'] as Document), formerSsn: twin },
});

describe('an update with operators', () => {
  it.each<[string, Document, Document]>([
    ['$set', { $set: { ssn: 5, name: 'y' } }, { $set: { ssn: det(5), name: 'y' } }],
    ['$setOnInsert', { $setOnInsert: { nickname: 'J' } }, { $setOnInsert: { nickname: det('J') } }],
    ['$set on Random', { $set: { diagnosis: 'x' } }, { $set: { diagnosis: rnd('x') } }],
    [
      '$set of a path',
      { $set: { 'insurance.policyNumber': 5 }, $inc: { revision: 1 } },
      { $set: { 'insurance.policyNumber': det(5) }, $inc: { revision: 1 } },
    ],
    [
      '$set of an object',
      { $set: { insurance: { provider: 'x', policyNumber: 5 } } },
      { $set: { insurance: { provider: 'x', policyNumber: det(5) } } },
    ],
  ])('encrypts %s', (_name, u, expected) => {
    expect(analysed(update(u))).toEqual(update(expected));
  });

  it.each<[string, Document]>([
    ['unencrypted fields', { $set: { name: 'y' }, $push: { list: 1 }, $inc: { 'a.b': 1 } }],
    ['positions of unencrypted arrays', { $set: { 'list.$.x': 1, 'list.$[].y': 2, 'a.0': 1 } }],
    ['$unset of encrypted fields', { $unset: { ssn: '', insurance: 1, bloodType: true } }],
    ['$rename of unencrypted fields', { $rename: { name: 'fullName' } }],
    ['a scalar in the place of an object', { $set: { insurance: 'none' } }],
  ])('passes %s', (_name, u) => {
    expect(passes(update(u))).toBe(true);
  });

  it('renames between fields with the same metadata', () => {
    expect(passes(update({ $rename: { ssn: 'formerSsn' } }), withTwin)).toBe(true);
  });

  it('passes a pipeline and anything else where nothing is encrypted', () => {
    expect(passes({ update: 'other', updates: [{ q: {}, u: [{ $set: { ssn: 1 } }] }] })).toBe(true);
  });

  it('analyses each statement and its filter', () => {
    const statement = (ssn: unknown) => ({ q: { ssn }, u: { $set: { a: 1 } }, multi: true });
    expect(analysed({ update: 'patients', updates: [statement(1), statement(2)] })).toEqual({
      update: 'patients',
      updates: [statement(det(1)), statement(det(2))],
    });
  });

  it('passes array filters', () => {
    expect(passes(update({ $set: { 'list.$[i].x': 1 } }, { arrayFilters: [{ 'i.y': 5 }] }))).toBe(
      true,
    );
  });
});

const metadata =
  '$rename between two encrypted fields must have the same metadata or both be unencrypted';
const arrays = 'Array update operations not allowed on encrypted values';
const positional = "Cannot encrypt fields below '$' positional update operator";

describe('an update is refused', () => {
  it.each<[string, unknown, string]>([
    ['$inc', { $inc: { ssn: 1 } }, '$inc and $mul not allowed on encrypted values'],
    ['$mul', { $mul: { ssn: 1 } }, '$inc and $mul not allowed on encrypted values'],
    ['$min', { $min: { ssn: 1 } }, '$max and $min not allowed on encrypted values'],
    [
      '$max of an object',
      { $max: { insurance: { policyNumber: 1 } } },
      '$max and $min not allowed on encrypted values',
    ],
    ...['$addToSet', '$currentDate', '$pop', '$pull', '$pullAll', '$push', '$bit'].map(
      (name): [string, Document, string] => [
        name,
        { [name]: { medicalRecords: 1 } },
        `${name} not allowed on encrypted values`,
      ],
    ),
    ['$push below', { $push: { 'medicalRecords.0.notes': 1 } }, '$push not allowed'],
    ['$set below', { $set: { 'medicalRecords.0': 1 } }, 'Cannot update a part of an encrypted'],
    ['$unset below', { $unset: { 'ssn.x': '' } }, 'Cannot update a part of an encrypted'],
    ['a constant for $unset', { $unset: { ssn: 901010001 } }, 'Expected an empty string'],
    ['$rename to U', { $rename: { ssn: 'open' } }, metadata],
    ['$rename from U', { $rename: { name: 'nickname' } }, metadata],
    ['$rename to other metadata', { $rename: { ssn: 'nickname' } }, metadata],
    ['$rename of an object', { $rename: { insurance: 'cover' } }, metadata],
    ['$rename into an object', { $rename: { name: 'insurance' } }, metadata],
    ['$rename to a number', { $rename: { ssn: 1 } }, 'Expected a field name for $rename'],
    ['positional', { $set: { 'insurance.$.policyNumber': 1 } }, positional],
    ['positional below', { $set: { 'ssn.$': 1 } }, positional],
    ['all positions', { $set: { 'insurance.$[].policyNumber': 1 } }, arrays],
    ['filtered positions', { $set: { 'insurance.$[i].policyNumber': 1 } }, arrays],
    ['a position', { $set: { 'insurance.0.policyNumber': 1 } }, 'Array positions are not allowed'],
    ['an array for an object', { $set: { insurance: [{ policyNumber: 1 }] } }, 'type: array'],
    ['another type', { $set: { ssn: 'x' } }, 'Cannot encrypt element of type: string'],
    ['a type in an object', { $set: { insurance: { policyNumber: 1.5 } } }, 'type: double'],
    ['null', { $set: { ssn: null } }, 'Cannot encrypt element of type: null'],
    ['an unknown operator', { $setSecret: { ssn: 5 } }, 'Update operator not supported'],
    ['an operator without object', { $set: 5 }, 'Expected object, found int'],
    ['operators and fields', { $set: { a: 1 }, ssn: 5 }, 'cannot mix operators and fields'],
    ['a pipeline', [{ $set: { a: 1 } }], 'Pipelines are not allowed'],
    ['a scalar', 5, 'Pipelines are not allowed'],
    ['a pointer key', { $set: { bloodType: 'A' } }, 'A non-static (JSONPointer) keyId'],
    ['a pointer key in a replacement', { bloodType: 'A', keyAltName: 'k' }, 'A non-static'],
  ])('%s', (_name, u, message) => {
    expect(() => analysed(update(u))).toThrow(AnalysisError);
    expect(() => analysed(update(u))).toThrow(message);
  });

  it('with a filter on a Random field', () => {
    const command = { update: 'patients', updates: [{ q: { diagnosis: 'x' }, u: { $set: {} } }] };
    expect(() => analysed(command)).toThrow('Cannot query on fields encrypted with the randomized');
  });

  it('with constants for a pipeline, with code in array filters, with unknown objects', () => {
    expect(() => analysed(update({ $set: {} }, { c: { ssn: 5 } }))).toThrow('Field not allowed');
    const filters = { arrayFilters: [{ $where: 'x' }] };
    expect(() => analysed(update({ $set: {} }, filters))).toThrow('Unsupported match expression');
    expect(() => analysed(update({ $set: {} }, { newer: { ssn: 5 } }))).toThrow('Unknown field');
  });
});

describe('a replacement', () => {
  it('is encrypted like an inserted document', () => {
    expect(analysed(update({ name: 'x', ssn: 5, insurance: { policyNumber: 6 } }))).toEqual(
      update({ name: 'x', ssn: det(5), insurance: { policyNumber: det(6) } }),
    );
  });
});

describe('an upsert', () => {
  it('encrypts the equality constants of the filter, which become fields', () => {
    const command = (ssn: unknown) => ({
      update: 'patients',
      updates: [{ q: { ssn }, u: { $set: { name: 'x' } }, upsert: true }],
    });
    expect(analysed(command(5))).toEqual(command(det(5)));
  });

  it('must supply an encrypted `_id`, not only in the filter', () => {
    const known = schemas({ bsonType: 'object', properties: { _id: twin } });
    const command = (u: Document, upsert: unknown = true) => ({
      update: 'patients',
      updates: [{ q: { _id: 1 }, u, upsert }],
    });
    expect(() => analysed(command({ $set: { a: 1 } }), known)).toThrow('must supply it');
    expect(() => analysed(command({ a: 1 }), known)).toThrow('must supply it');
    expect(() => analysed(command({ a: 1 }, 1), known)).toThrow('must supply it');
    expect(analysed(command({ a: 1 }, false), known)).toBeDefined();
    expect(analysed(command({ $setOnInsert: { _id: 1 } }), known)).toBeDefined();
  });
});

describe('findAndModify', () => {
  const modify = (more: Document): Document => ({ findAndModify: 'patients', ...more });

  it('encrypts query and update', () => {
    expect(
      analysed(modify({ query: { ssn: 5 }, update: { $set: { ssn: 6 } }, fields: { ssn: 1 } })),
    ).toEqual(
      modify({ query: { ssn: det(5) }, update: { $set: { ssn: det(6) } }, fields: { ssn: 1 } }),
    );
  });

  it('encrypts the query of a removal', () => {
    expect(analysed(modify({ query: { ssn: 5 }, remove: true }))).toEqual(
      modify({ query: { ssn: det(5) }, remove: true }),
    );
  });

  it('is refused where its update is, and when it sorts by ciphertext', () => {
    expect(() => analysed(modify({ update: { $inc: { ssn: 1 } } }))).toThrow('$inc and $mul');
    expect(() => analysed(modify({ update: [{ $set: { a: 1 } }] }))).toThrow('Pipelines');
    expect(() => analysed(modify({ sort: { ssn: 1 }, remove: true }))).toThrow('`sort`');
  });
});

describe('delete', () => {
  it('encrypts the filter of each statement', () => {
    const command = (ssn: unknown) => ({ delete: 'patients', deletes: [{ q: { ssn }, limit: 1 }] });
    expect(analysed(command(5))).toEqual(command(det(5)));
    expect(() => analysed(command({ $gt: 5 }))).toThrow(AnalysisError);
  });
});
