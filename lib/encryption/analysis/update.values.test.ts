// Values that an update carries beside `$set`: each could be a constant in clear.
import { type Document, serialize, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { BsonType, DocumentWriter, elements, encodeString } from '../bytes/index.ts';
import { analyseCommand, AnalysisError } from './index.ts';
import { parsePointer } from './pointers.ts';
import {
  analysed,
  database,
  det,
  deterministic,
  passes,
  random,
  rnd,
  schemas,
  sharedKey,
} from './testing/inputs.ts';

const update = (u: unknown, more: Document = {}): Document => ({
  update: 'patients',
  updates: [{ q: {}, u, ...more }],
});

describe('the operand of $unset', () => {
  it.each(['', null, true, false, 0, 1])('may be %j', (operand) => {
    expect(passes(update({ $unset: { ssn: operand } }))).toBe(true);
  });

  it.each(['901-01-0001', ' ', 5, 1.5, ['x'], { a: 1 }, new Date(0)])('cannot be %j', (operand) => {
    expect(() => analysed(update({ $unset: { ssn: operand } }))).toThrow(AnalysisError);
    expect(() => analysed(update({ $unset: { insurance: operand } }))).toThrow(
      'Expected an empty string for $unset',
    );
    expect(passes(update({ $unset: { name: operand } }))).toBe(true);
  });
});

describe('an upsert with an encrypted `_id`', () => {
  const known = schemas({
    bsonType: 'object',
    properties: {
      _id: { encrypt: { bsonType: 'int', algorithm: deterministic, keyId: [sharedKey] } },
    },
  });
  const upsert = (u: Document) => update(u, { upsert: true });

  it.each<[string, Document, Document]>([
    ['$set', { $set: { _id: 1 } }, { $set: { _id: det(1) } }],
    ['$setOnInsert', { $setOnInsert: { _id: 1 } }, { $setOnInsert: { _id: det(1) } }],
    ['a replacement', { _id: 1, a: 1 }, { _id: det(1), a: 1 }],
  ])('passes when %s supplies it', (_name, u, expected) => {
    expect(analysed(upsert(u), known)).toEqual(upsert(expected));
  });

  it.each<[string, Document]>([
    ['another operator names it', { $unset: { _id: '' } }],
    ['a field of another name is set', { $set: { id: 1, 'x._id': 1 } }],
    ['a replacement has it below', { a: { _id: 1 } }],
  ])('is refused when %s', (_name, u) => {
    expect(() => analysed(upsert(u), known)).toThrow('must supply it');
  });
});

describe('a dotted name', () => {
  it('may stand in a document where it spells no path of the schema', () => {
    const document = { 'a.b': 1, 'contact.ssn': 2 };
    expect(passes({ insert: 'patients', documents: [document] })).toBe(true);
  });
});

/** An insert of a document whose names can come twice. */
function inserting(...parts: readonly Document[]): Uint8Array {
  const document = new DocumentWriter();
  for (const part of parts) {
    for (const { type, key, value } of elements(serialize(part))) document.append(type, key, value);
  }
  const list = new DocumentWriter().append(BsonType.object, '0', document.finish()).finish();
  return new DocumentWriter()
    .append(BsonType.string, 'insert', encodeString('patients'))
    .append(BsonType.array, 'documents', list)
    .finish();
}

describe('the field that a JSON pointer names', () => {
  const analyse = (...parts: readonly Document[]) =>
    analyseCommand(database, inserting(...parts), schemas());

  it('cannot come twice, with the same value or with another', () => {
    expect(analyse({ bloodType: 'A', keyAltName: 'k' }).hasPlaceholders).toBe(true);
    for (const second of ['k', 'other']) {
      const twice = () => analyse({ bloodType: 'A', keyAltName: 'k' }, { keyAltName: second });
      expect(twice).toThrow('the document has it more than once');
    }
  });

  it('is a string, not an object around one, nor below a string', () => {
    expect(() => analyse({ bloodType: 'A', keyAltName: { k: 'k' } })).toThrow('lead to a string');
    expect(() => analyse({ bloodType: 'A', keyAltName: null })).toThrow('lead to a string');
  });
});

describe('a JSON pointer', () => {
  it('is refused when any of its parts has a wrong escape', () => {
    expect(parsePointer('/a/b~0c/~1')?.components).toEqual(['a', 'b~c', '/']);
    for (const text of ['/a~2/b', '/a/b~', '/~/b', 'a', '', '/']) {
      expect(parsePointer(text)).toBeUndefined();
    }
  });
});

describe('a pointer to a nested field', () => {
  const known = schemas({
    bsonType: 'object',
    properties: { a: { encrypt: { algorithm: random, keyId: '/key/name' } } },
  });
  const insert = (a: unknown, key: unknown) => ({ insert: 'patients', documents: [{ a, key }] });

  it('leads to the string at its end and to none on the way', () => {
    expect(analysed(insert(1, { name: 'k' }), known)).toEqual(insert(rnd(1, 'k'), { name: 'k' }));
    for (const key of [
      'k',
      5,
      null,
      [{ name: 'k' }],
      ['k'],
      { name: { name: 'k' } },
      { name: 5 },
    ]) {
      expect(() => analysed(insert(1, key), known)).toThrow(AnalysisError);
      expect(() => analysed(insert(1, key), known)).toThrow('to lead to a string');
    }
    expect(() => analysed(insert(1, {}), known)).toThrow('the document lacks it');
  });
});

describe('a timestamp', () => {
  it('is encrypted unless the server would replace it', () => {
    for (const value of [
      new Timestamp({ t: 0, i: 5 }),
      new Timestamp({ t: 5, i: 0 }),
      new Timestamp({ t: 1, i: 1 }),
    ]) {
      const set = (anything: unknown) => update({ $set: { anything } });
      expect(analysed(set(value))).toEqual(set(rnd(value)));
    }
    const zero = update({ $set: { anything: new Timestamp({ t: 0, i: 0 }) } });
    expect(() => analysed(zero)).toThrow('cannot supply Timestamp(0, 0)');
  });
});
