// The one extension: an update whose filter pins the field that a JSON pointer leads to.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, random, rnd, schemas } from './testing/inputs.ts';

const visits = [{ weightKg: 80 }];
const add = { $set: { medicalRecords: visits }, $inc: { revision: 1 } };
const update = (q: Document, u: unknown, more: Document = {}): Document => ({
  update: 'patients',
  updates: [{ q, u, ...more }],
});
const unsupported = 'A non-static (JSONPointer) keyId is not supported';

describe('a filter that pins the key alt name lets an update write the field', () => {
  it.each<[string, Document]>([
    ['implicit equality', { keyAltName: 'k', revision: 3 }],
    ['$eq', { keyAltName: { $eq: 'k' } }],
    ['$eq beside another operator', { keyAltName: { $eq: 'k', $ne: 'other' } }],
    ['a top-level $and', { $and: [{ revision: 3 }, { keyAltName: 'k' }] }],
    ['$and in $and', { $and: [{ $and: [{ keyAltName: 'k' }] }] }],
    ['the same pin twice', { keyAltName: 'k', $and: [{ keyAltName: { $eq: 'k' } }] }],
  ])('by %s', (_name, filter) => {
    const expected = { ...add, $set: { medicalRecords: rnd(visits, 'k') } };
    const multi = { multi: true };
    expect(analysed(update(filter, add))).toEqual(update(filter, expected));
    expect(analysed(update(filter, add, multi))).toEqual(update(filter, expected, multi));
  });

  it('by a replacement that repeats it', () => {
    const document = { keyAltName: 'k', bloodType: 'A' };
    const expected = { ...document, bloodType: rnd('A', 'k') };
    const filter = { keyAltName: 'k' };
    expect(analysed(update(filter, document))).toEqual(update(filter, expected));
  });

  it('in findAndModify', () => {
    const command = (value: unknown) => ({
      findAndModify: 'patients',
      query: { keyAltName: 'k', revision: 1 },
      update: { $set: { bloodType: value } },
      new: true,
    });
    expect(analysed(command('A'))).toEqual(command(rnd('A', 'k')));
  });

  it('at a nested pointer', () => {
    const known = schemas({
      bsonType: 'object',
      properties: { a: { encrypt: { algorithm: random, keyId: '/key/name' } } },
    });
    const command = (value: unknown, filter: Document = { 'key.name': 'k' }) =>
      update(filter, { $set: { a: value } });
    expect(analysed(command(1), known)).toEqual(command(rnd(1, 'k')));
    expect(() => analysed(command(1, { key: { name: 'k' } }), known)).toThrow(unsupported);
  });
});

describe('the update is refused', () => {
  it.each<[string, Document]>([
    ['without pin', { _id: 1 }],
    ['with a pin in $or', { $or: [{ keyAltName: 'k' }] }],
    ['with a pin in $nor', { $nor: [{ keyAltName: 'k' }] }],
    ['with $in', { keyAltName: { $in: ['k'] } }],
    ['with $ne', { keyAltName: { $ne: 'k' } }],
    ['with $not', { keyAltName: { $not: { $eq: 'k' } } }],
    ['with a number', { keyAltName: 5 }],
    ['with a regular expression', { keyAltName: /k/ }],
    ['with an array', { keyAltName: ['k'] }],
    ['with a pin below', { 'keyAltName.x': 'k' }],
  ])('%s', (_name, filter) => {
    expect(() => analysed(update(filter, add))).toThrow(AnalysisError);
    expect(() => analysed(update(filter, add))).toThrow(unsupported);
  });

  it.each<[string, Document]>([
    ['at the top level', { keyAltName: 'k', $and: [{ keyAltName: 'other' }] }],
    ['inside $and', { $and: [{ keyAltName: 'k' }, { keyAltName: { $eq: 'other' } }] }],
    ['in one $eq', { keyAltName: { $eq: 'k' }, $and: [{ keyAltName: 'other' }] }],
  ])('with two different pins %s', (_name, filter) => {
    expect(() => analysed(update(filter, add))).toThrow('to two different strings');
  });

  it.each([true, 1, 'yes'])('when it may insert (upsert %s)', (upsert) => {
    expect(() => analysed(update({ keyAltName: 'k' }, add, { upsert }))).toThrow(unsupported);
  });

  it.each<[string, Document]>([
    ['sets it', { $set: { bloodType: 'A', keyAltName: 'k' } }],
    ['unsets it', { $set: { bloodType: 'A' }, $unset: { keyAltName: '' } }],
    ['renames it', { $set: { bloodType: 'A' }, $rename: { keyAltName: 'x' } }],
    ['renames another field to it', { $set: { bloodType: 'A' }, $rename: { x: 'keyAltName' } }],
    ['writes below it', { $set: { bloodType: 'A', 'keyAltName.0': 'k' } }],
    ['writes a position of it', { $set: { bloodType: 'A', 'keyAltName.$[]': 'k' } }],
  ])('when it %s', (_name, u) => {
    expect(() => analysed(update({ keyAltName: 'k' }, u))).toThrow('the update itself changes');
  });

  it('when it writes a prefix of the pointed-to field', () => {
    const known = schemas({
      bsonType: 'object',
      properties: { a: { encrypt: { algorithm: random, keyId: '/key/name' } } },
    });
    const command = update({ 'key.name': 'k' }, { $set: { a: 1, key: { name: 'x' } } });
    expect(() => analysed(command, known)).toThrow('the update itself changes');
  });

  it('when a replacement changes or loses it', () => {
    const q = { keyAltName: 'k' };
    expect(() => analysed(update(q, { bloodType: 'A', keyAltName: 'x' }))).toThrow(unsupported);
    expect(() => analysed(update(q, { bloodType: 'A' }))).toThrow('the document lacks it');
  });

  it('when a collation makes other names equal to the pin', () => {
    const more = { collation: { locale: 'en', strength: 1 } };
    expect(() => analysed(update({ keyAltName: 'k' }, add, more))).toThrow('A collation');
  });
});
