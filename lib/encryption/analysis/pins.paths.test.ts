// Which paths pin a key, and which writes leave the pin alone, at their edges.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, random, rnd, schemas } from './testing/inputs.ts';

const known = (keyId: string) =>
  schemas({ bsonType: 'object', properties: { a: { encrypt: { algorithm: random, keyId } } } });
const update = (q: Document, u: Document): Document => ({
  update: 'patients',
  updates: [{ q, u }],
});
const unsupported = 'A non-static (JSONPointer) keyId is not supported';

describe('a pointer that a query path would read otherwise pins nothing', () => {
  it.each([
    ['a number', '/keys/0', 'keys.0'],
    ['a number at the top', '/0', '0'],
    ['a dollar', '/keys/$x', 'keys.$x'],
    ['a dot', '/keys.name', 'keys.name'],
    ['an empty name', '/keys/', 'keys.'],
    ['an empty name inside', '/keys//name', 'keys..name'],
  ])('%s', (_name, pointer, path) => {
    const command = update({ [path]: 'k' }, { $set: { a: 1 } });
    expect(() => analysed(command, known(pointer))).toThrow(AnalysisError);
  });

  it.each([
    ['a name that ends with a digit', '/key1', 'key1'],
    ['a name that starts with a digit', '/keys/1st', 'keys.1st'],
    ['a name with a dollar inside', '/a$b', 'a$b'],
  ])('yet %s does', (_name, pointer, path) => {
    const command = (value: unknown) => update({ [path]: 'k' }, { $set: { a: value } });
    expect(analysed(command(1), known(pointer))).toEqual(command(rnd(1, 'k')));
  });
});

describe('an update beside a pinned nested field', () => {
  const schema = known('/key/name');
  const filter = { 'key.name': 'k' };

  it.each<[string, Document]>([
    ['a sibling', { $set: { a: 1, 'key.other': 'x' } }],
    ['a sibling whose name starts alike', { $set: { a: 1, 'key.names': 'x' } }],
    ['the same name elsewhere', { $set: { a: 1, name: 'x', 'other.name': 'y' } }],
    ['a value that spells the path', { $set: { a: 1, b: 'key.name' } }],
  ])('may write %s', (_name, u) => {
    const expected = { $set: { ...(u['$set'] as Document), a: rnd(1, 'k') } };
    expect(analysed(update(filter, u), schema)).toEqual(update(filter, expected));
  });

  it.each<[string, Document]>([
    ['it', { $set: { a: 1, 'key.name': 'x' } }],
    ['it with another operator', { $set: { a: 1 }, $push: { 'key.name': 'x' } }],
    ['above it', { $set: { a: 1 }, $unset: { key: '' } }],
    ['below it', { $set: { a: 1 }, $inc: { 'key.name.x': 1 } }],
    ['a position above it', { $set: { a: 1, 'key.$[].name': 'x' } }],
    ['another field onto it', { $set: { a: 1 }, $rename: { b: 'key.name' } }],
    ['another field above it', { $set: { a: 1 }, $rename: { b: 'key' } }],
  ])('cannot write %s', (_name, u) => {
    expect(() => analysed(update(filter, u), schema)).toThrow('the update itself changes');
  });
});

describe('a filter', () => {
  const schema = known('/k');
  const set = { $set: { a: 1 } };

  it.each<[string, Document]>([
    ['$eq of a number', { k: { $eq: 5 } }],
    ['$eq of an array', { k: { $eq: ['k'] } }],
    ['an object with a field like an operator', { k: { x: 'k', $eq: 'k' } }],
    ['$gt', { k: { $gt: 'k' } }],
    ['a field below', { x: { k: 'k' } }],
    ['$elemMatch', { k: { $elemMatch: { $eq: 'k' } } }],
    ['$or inside $and', { $and: [{ $or: [{ k: 'k' }] }] }],
    ['nothing', {}],
  ])('pins nothing with %s', (_name, filter) => {
    expect(() => analysed(update(filter, set), schema)).toThrow(unsupported);
  });

  it('is refused as such when its $and is no array of objects', () => {
    expect(() => analysed(update({ $and: { k: 'k' } }, set), schema)).toThrow(AnalysisError);
    expect(() => analysed(update({ $and: ['k'] }, set), schema)).toThrow(AnalysisError);
  });

  it('pins no other field than the pointed-to one', () => {
    const two = schemas({
      bsonType: 'object',
      properties: {
        a: { encrypt: { algorithm: random, keyId: '/k' } },
        b: { encrypt: { algorithm: random, keyId: '/l' } },
      },
    });
    const command = (a: unknown, b: unknown, filter: Document) =>
      update(filter, { $set: { a, b } });
    const both = { k: 'one', l: 'two' };
    expect(analysed(command(1, 2, both), two)).toEqual(command(rnd(1, 'one'), rnd(2, 'two'), both));
    expect(() => analysed(command(1, 2, { k: 'one' }), two)).toThrow(unsupported);
  });
});
