// Every field of a command or statement beside its filter: passed, analysed or refused.
import { Code, type Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, deterministic, passes, schemas, sharedKey } from './testing/inputs.ts';

const find = (more: Document): Document => ({ find: 'patients', filter: { name: 'x' }, ...more });
const update = (more: Document): Document => ({
  update: 'patients',
  updates: [{ q: {}, u: { $set: { name: 'x' } }, ...more }],
});
const remove = (more: Document): Document => ({
  delete: 'patients',
  deletes: [{ q: {}, ...more }],
});
const modify = (more: Document): Document => ({ findAndModify: 'patients', ...more });
const direction = 'Expected a direction in `hint`';

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

describe('fields that every command can have', () => {
  it.each([
    ...['$audit', '$client', '$clusterTime', '$readPreference', 'collation', 'comment', 'cursor'],
    ...['let', 'lsid', 'readConcern', 'writeConcern', 'stmtIds'],
  ])('%s passes as a document', (name) => {
    expect(passes(find({ [name]: { a: { b: 1 } } }))).toBe(true);
  });

  it('pass as scalars, known or not, and are refused as documents or arrays when unknown', () => {
    expect(passes(find({ newer: 5, limit: 1, tailable: false }))).toBe(true);
    expect(refusal(find({ newer: { ssn: 5 } }))).toContain('Unknown field in a command');
    expect(refusal(find({ newer: [{ ssn: 5 }] }))).toContain('Unknown field in a command');
    expect(refusal(update({ newer: [{ ssn: 5 }] }))).toContain('Unknown field in a command');
  });
});

describe('a hint', () => {
  it.each([
    ['find', find],
    ['update', update],
    ['delete', remove],
    ['findAndModify', (more: Document) => modify({ remove: true, ...more })],
    ['count', (more: Document): Document => ({ count: 'patients', ...more })],
    ['distinct', (more: Document): Document => ({ distinct: 'patients', key: 'name', ...more })],
    [
      'aggregate',
      (more: Document): Document => ({ aggregate: 'patients', pipeline: [], cursor: {}, ...more }),
    ],
  ])('of %s names an index or its keys, and brings no constant', (_name, command) => {
    expect(passes(command({ hint: 'ssn_1' }))).toBe(true);
    expect(passes(command({ hint: { ssn: 1, name: -1 } }))).toBe(true);
    expect(passes(command({ hint: { name: 901010001 } }))).toBe(true);
    expect(refusal(command({ hint: { ssn: 901010001 } }))).toContain(direction);
    expect(refusal(command({ hint: { ssn: '901-01-0001' } }))).toContain(direction);
    expect(refusal(command({ hint: { 'insurance.policyNumber': 5 } }))).toContain(direction);
  });

  it.each(['hashed', 'text', '2d', '2dsphere'])('takes the index type %s', (type) => {
    expect(passes(find({ hint: { ssn: type } }))).toBe(true);
  });
});

describe('a sort', () => {
  it.each([
    ['find', find],
    ['update', update],
    ['findAndModify', (more: Document) => modify({ update: { $set: { a: 1 } }, ...more })],
  ])('of %s is refused on encrypted fields', (_name, command) => {
    expect(passes(command({ sort: { name: 1 } }))).toBe(true);
    expect(refusal(command({ sort: { name: 1, ssn: 1 } }))).toContain(
      '`sort` not allowed on encrypted fields',
    );
    expect(refusal(command({ sort: { insurance: 1 } }))).toContain(
      '`sort` not allowed on encrypted fields',
    );
  });

  it.each(['min', 'max'])('and `%s` of find too', (bound) => {
    expect(passes(find({ [bound]: { name: 'a' } }))).toBe(true);
    expect(refusal(find({ [bound]: { ssn: 5 } }))).toContain(
      `\`${bound}\` not allowed on encrypted fields`,
    );
  });
});

describe('what must be an array or an object', () => {
  it.each<[string, Document, string]>([
    ['updates', { update: 'patients', updates: { q: { ssn: 5 } } }, 'Expected array'],
    ['a statement', { update: 'patients', updates: [5] }, 'Expected object'],
    ['deletes', { delete: 'patients', deletes: { q: { ssn: 5 } } }, 'Expected array'],
    ['arrayFilters', update({ arrayFilters: { ssn: 5 } }), 'Expected array'],
    ['arrayFilters of findAndModify', modify({ arrayFilters: { a: 5 } }), 'Expected array'],
    ['a filter', find({ filter: [{ ssn: 5 }] }), 'Expected object'],
    ['a hint', find({ hint: [{ ssn: 5 }] }), 'Expected object'],
    ['the key of distinct', { distinct: 'patients', key: { ssn: 5 } }, '`key` of distinct'],
    ['the key of distinct as a symbol', { distinct: 'patients', key: new Code('ssn') }, '`key`'],
  ])('is refused otherwise: %s', (_name, command, message) => {
    expect(refusal(command)).toContain(message);
  });
});

describe('code and schemas', () => {
  it.each([
    ['update', (filters: unknown) => update({ arrayFilters: filters })],
    [
      'findAndModify',
      (filters: unknown) => modify({ update: { $set: { a: 1 } }, arrayFilters: filters }),
    ],
  ])('are refused in array filters of %s', (_name, command) => {
    expect(passes(command([{ 'i.x': 5 }]))).toBe(true);
    expect(refusal(command([{ i: { $elemMatch: { $where: 'x' } } }]))).toContain(
      'Unsupported match expression',
    );
  });
});

describe('a projection of count', () => {
  it('is analysed like that of find', () => {
    expect(passes({ count: 'patients', fields: { ssn: 1 } })).toBe(true);
    expect(refusal({ count: 'patients', fields: { ssn: { $slice: 901010001 } } })).toContain('ssn');
  });
});

describe('a findAndModify without query', () => {
  it('pins no key', () => {
    expect(refusal(modify({ update: { $set: { bloodType: 'A' } } }))).toContain(
      'A non-static (JSONPointer) keyId',
    );
  });
});

describe('a collation on an encrypted text', () => {
  const text = (bsonType: string) =>
    schemas({
      bsonType: 'object',
      properties: {
        text: { encrypt: { bsonType, algorithm: deterministic, keyId: [sharedKey] } },
      },
    });
  const command = (constant: unknown, collation: unknown) =>
    find({ filter: { text: constant }, collation });

  it.each([{ locale: 'en' }, { locale: 5 }, { strength: 1 }, {}, 'simple', 5, ['simple']])(
    'is refused unless it is the simple one: %j',
    (collation) => {
      expect(() => analysed(command('x', collation), text('string'))).toThrow(
        'A collation cannot apply to an encrypted string',
      );
    },
  );

  it('is refused for code as for strings', () => {
    expect(() => analysed(command(new Code('x'), { locale: 'en' }), text('javascript'))).toThrow(
      'A collation cannot apply to an encrypted string',
    );
    expect(
      analysed(command(new Code('x'), { locale: 'simple' }), text('javascript')),
    ).toBeDefined();
  });
});
