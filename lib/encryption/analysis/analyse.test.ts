// Whole commands: the fields beside filters and documents (csfle.md D.3), explain, and what is
// refused before any schema is looked at.
import { Binary, Code, type Document, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError, analyseCommand } from './index.ts';
import { analysed, database, det, passes, schemas, toBytes } from './testing/inputs.ts';

const find = (more: Document): Document => ({ find: 'patients', ...more });
const english = { locale: 'en' };

describe('the fields of find', () => {
  it('stay as they are beside the filter, unknown scalars included', () => {
    const command = (ssn: unknown) =>
      find({
        filter: { ssn },
        projection: { ssn: 1, list: { $slice: 2 } },
        sort: { name: -1 },
        hint: { ssn: 1 },
        collation: english,
        let: { x: 5 },
        comment: { why: 'x' },
        readConcern: { level: 'local' },
        limit: 1,
        newer: true,
        lsid: { id: 1 },
        $db: 'medicalRecords',
      });
    expect(analysed(command(5))).toEqual(command(det(5)));
  });

  it('have the constants of a computed projection encrypted', () => {
    const command = (ssn: unknown) =>
      find({ filter: {}, projection: { a: '$ssn', same: { $eq: ['$ssn', ssn] } } });
    expect(analysed(command({ $literal: 5 }))).toEqual(command({ $literal: det(5) }));
  });

  it.each<[string, Document, string]>([
    ['a sort by ciphertext', { sort: { ssn: 1 } }, '`sort` not allowed on encrypted fields'],
    ['a sort by an object', { sort: { insurance: 1 } }, '`sort` not allowed on encrypted fields'],
    ['index bounds', { min: { ssn: 5 } }, '`min` not allowed on encrypted fields'],
    ['upper bounds', { max: { ssn: 5 } }, '`max` not allowed on encrypted fields'],
    ['a constant as hint', { hint: { ssn: 901010001 } }, 'Expected a direction in `hint`'],
    [
      'a projected sum',
      { projection: { x: { $add: ['$ssn', 1] } } },
      'cannot use encrypted fields',
    ],
    ['a projection into a part', { projection: { 'ssn.x': '$name' } }, 'cannot write below'],
    ['a projected range', { projection: { x: { $gt: ['$ssn', 5] } } }, 'cannot use encrypted'],
    ['$elemMatch', { projection: { medicalRecords: { $elemMatch: { a: 1 } } } }, 'cannot compute'],
    ['$slice', { projection: { medicalRecords: { $slice: 1 } } }, 'cannot compute'],
    [
      'an expression in $elemMatch',
      { projection: { list: { $elemMatch: { $expr: { $eq: ['$$ROOT.ssn', 5] } } } } },
      'Unsupported match expression operator',
    ],
    ['a part', { projection: { 'medicalRecords.note': 0 } }, 'a part of an encrypted field'],
    ['a position', { projection: { 'medicalRecords.$': 1 } }, 'positional projection'],
    ['a constant as flag', { projection: { ssn: 901010001 } }, 'cannot compute'],
    ['an unknown object', { newer: { ssn: 5 } }, 'Unknown field in a command'],
  ])('are refused with %s', (_name, more, message) => {
    expect(() => analysed(find({ filter: {}, ...more }))).toThrow(AnalysisError);
    expect(() => analysed(find({ filter: {}, ...more }))).toThrow(message);
  });
});

describe('a collation', () => {
  const refused = 'A collation cannot apply to an encrypted string';

  it('is refused with an encrypted string', () => {
    expect(() => analysed(find({ filter: { nickname: 'J' }, collation: english }))).toThrow(
      refused,
    );
    expect(() => analysed(find({ collation: english, filter: { nickname: 'J' } }))).toThrow(
      refused,
    );
    const statement = { q: { nickname: 'J' }, limit: 0, collation: english };
    expect(() => analysed({ delete: 'patients', deletes: [statement] })).toThrow(refused);
    const pipeline = [{ $match: { nickname: { $in: ['J'] } } }];
    expect(() => analysed({ aggregate: 'patients', pipeline, collation: english })).toThrow(
      refused,
    );
    expect(() => analysed({ distinct: 'patients', key: 'nickname', collation: english })).toThrow(
      refused,
    );
  });

  it('is fine when simple, with other types, and for another statement', () => {
    const simple = { collation: { locale: 'simple' } };
    expect(analysed(find({ filter: { nickname: 'J' }, ...simple }))).toBeDefined();
    expect(analysed(find({ filter: { ssn: 5 }, collation: english }))).toBeDefined();
    expect(passes({ distinct: 'patients', key: 'ssn', collation: english })).toBe(true);
    const deletes = [
      { q: { nickname: 'J' }, limit: 0 },
      { q: { name: 'x' }, limit: 0, collation: english },
    ];
    expect(analysed({ delete: 'patients', deletes })).toBeDefined();
  });
});

describe('count and distinct', () => {
  it('have their query encrypted', () => {
    const count = (ssn: unknown) => ({ count: 'patients', query: { ssn } });
    const distinct = (ssn: unknown) => ({ distinct: 'patients', key: 'name', query: { ssn } });
    expect(analysed(count(5))).toEqual(count(det(5)));
    expect(analysed(distinct(5))).toEqual(distinct(det(5)));
  });

  it('take a Deterministic or unencrypted key', () => {
    expect(passes({ distinct: 'patients', key: 'ssn' })).toBe(true);
    expect(passes({ distinct: 'patients', key: 'insurance.provider' })).toBe(true);
  });

  it.each([
    ['diagnosis', 'Cannot query on fields encrypted with the randomized encryption'],
    [
      'bloodType',
      'The distinct key is not allowed to be marked for encryption with a non-UUID keyId',
    ],
    ['insurance', 'The distinct key cannot have encrypted fields'],
    ['ssn.x', 'The distinct key cannot have encrypted fields'],
  ])('refuse the key %s', (key, message) => {
    expect(() => analysed({ distinct: 'patients', key })).toThrow(message);
  });
});

describe('explain', () => {
  it('has the inner command analysed, all else kept', () => {
    const command = (ssn: unknown) => ({
      explain: { find: 'patients', filter: { ssn } },
      verbosity: 'executionStats',
    });
    expect(analysed(command(5))).toEqual(command(det(5)));
  });

  it('is refused where the inner command is', () => {
    const inner = { find: 'patients', filter: { ssn: { $gt: 5 } } };
    expect(() => analysed({ explain: inner })).toThrow('Invalid match expression operator');
  });
});

describe('any analysed command', () => {
  const marking = new Binary(Buffer.from([0, 5, 0, 0, 0, 0]), 6);

  it.each<[string, Document]>([
    ['in a document', { insert: 'patients', documents: [{ a: { b: [marking] } }] }],
    [
      'in a value that will be encrypted',
      { insert: 'patients', documents: [{ anything: [marking] }] },
    ],
    ['in a collection without schema', { insert: 'open', documents: [{ a: marking }] }],
    ['in a filter', { find: 'patients', filter: { name: marking } }],
    ['in the scope of code', { find: 'open', filter: { a: new Code('x', { y: marking }) } }],
    ['in an explained command', { explain: { find: 'open', filter: { a: marking } } }],
  ])('cannot bring its own marking %s', (_name, command) => {
    expect(() => analysed(command)).toThrow('cannot bring its own intent-to-encrypt marking');
  });

  it('may carry ciphertext elsewhere', () => {
    const ciphertext = new Binary(Buffer.from([2, ...Buffer.alloc(80)]), 6);
    expect(passes({ find: 'patients', filter: { name: ciphertext } })).toBe(true);
  });

  it('is refused beyond the nesting limit, without a stack overflow', () => {
    let bytes = toBytes({ a: 1 });
    for (let depth = 0; depth < 5000; depth++) {
      const frame = Buffer.concat([
        Buffer.alloc(4),
        Buffer.from([3, 0x61, 0]),
        bytes,
        Buffer.alloc(1),
      ]);
      frame.writeInt32LE(frame.length);
      bytes = frame;
    }
    const head = toBytes({ find: 'patients' });
    const command = Buffer.concat([
      head.subarray(0, -1),
      Buffer.from([3, 0x61, 0]),
      bytes,
      Buffer.alloc(1),
    ]);
    command.writeInt32LE(command.length);
    expect(() => analyseCommand(database, command, schemas())).toThrow('nested levels');
  });

  it('is refused with a field that is given twice', () => {
    const head = toBytes({ find: 'patients', filter: { ssn: 1 } });
    const more = toBytes({ filter: { name: Long.fromNumber(1) } });
    const command = Buffer.concat([head.subarray(0, -1), more.subarray(4)]);
    command.writeInt32LE(command.length);
    expect(() => analyseCommand(database, command, schemas())).toThrow('A field is given twice');
  });

  it('passes without analysis when it has no field values', () => {
    expect(passes({ ping: 1, x: marking })).toBe(true);
    expect(() => analysed({ mapReduce: 'patients' })).toThrow('command not supported');
  });
});
