// Collations (csfle.md D.3), and the schema that create and collMod declare: in every command that has
// them, with a "cannot" beside every "can".
import { type Document, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { BsonType, DocumentWriter, encodeString } from '../bytes/index.ts';
import { AnalysisError, analyseCommand } from './index.ts';
import { analysed, database, passes, patientSchema, schemas } from './testing/inputs.ts';

const text = { nickname: 'J' };
const number = { ssn: 5 };
const plain = { name: 'J' };
const set = { $set: { name: 'x' } };

/** Each command with a filter, an explicit collation where the command takes it. */
const commands: [string, (filter: Document, collation?: Document) => Document][] = [
  ['find', (filter, collation) => ({ find: 'patients', filter, ...collation })],
  ['count', (query, collation) => ({ count: 'patients', query, ...collation })],
  ['distinct', (query, collation) => ({ distinct: 'patients', key: 'name', query, ...collation })],
  [
    'aggregate',
    (filter, collation) => ({
      aggregate: 'patients',
      pipeline: [{ $match: filter }],
      cursor: {},
      ...collation,
    }),
  ],
  [
    'findAndModify',
    (query, collation) => ({ findAndModify: 'patients', query, update: set, ...collation }),
  ],
  [
    'findAndModify with remove',
    (query, collation) => ({ findAndModify: 'patients', query, remove: true, ...collation }),
  ],
  [
    'a statement of update',
    (q, collation) => ({ update: 'patients', updates: [{ q, u: set, ...collation }] }),
  ],
  [
    'a statement of delete',
    (q, collation) => ({ delete: 'patients', deletes: [{ q, limit: 0, ...collation }] }),
  ],
];
const english = { collation: { locale: 'en', strength: 2 } };
const refused = 'A collation cannot apply to an encrypted string';

describe.each(commands)('a collation of %s', (_name, command) => {
  it('is refused as soon as it would compare an encrypted string', () => {
    const filters: Document[] = [
      text,
      { nickname: { $in: ['J', 'K'] } },
      { nickname: { $not: { $eq: 'J' } } },
      { $or: [plain, { $and: [number, text] }] },
    ];
    for (const filter of filters) {
      expect(() => analysed(command(filter, english))).toThrow(AnalysisError);
      expect(() => analysed(command(filter, english))).toThrow(refused);
      const explained = { explain: command(filter, english) };
      expect(() => analysed(explained)).toThrow(refused);
    }
    for (const odd of [{}, { locale: 5 }, 'simple', { strength: 1 }]) {
      expect(() => analysed(command(text, { collation: odd }))).toThrow(refused);
    }
  });

  it('may be simple, and may be any where no encrypted string is compared', () => {
    const simple = { collation: { locale: 'simple' } };
    expect(() => analysed(command(text, simple))).not.toThrow();
    expect(passes(command(text, simple))).toBe(false);
    expect(() => analysed(command(number, english))).not.toThrow();
    expect(() => analysed(command({ nickname: { $exists: true } }, english))).not.toThrow();
    expect(passes(command(plain, english))).toBe(true);
  });
});

describe('a distinct key under a collation', () => {
  const distinct = (key: string) => ({ distinct: 'patients', key, ...english });
  it('can be an encrypted number, and cannot be an encrypted string', () => {
    expect(passes(distinct('ssn'))).toBe(true);
    expect(() => analysed(distinct('nickname'))).toThrow(refused);
  });
});

describe.each(['create', 'collMod'])('the $jsonSchema of %s', (name) => {
  const command = (validator: Document): Document => ({ [name]: 'patients', validator });

  it('may have other rules beside it, and cannot come twice', () => {
    expect(passes(command({ $jsonSchema: patientSchema, name: { $type: 'string' } }))).toBe(true);
    const schema = serialize(patientSchema);
    const twice = new DocumentWriter()
      .append(BsonType.object, '$jsonSchema', schema)
      .append(BsonType.object, '$jsonSchema', schema)
      .finish();
    const bytes = new DocumentWriter()
      .append(BsonType.string, name, encodeString('patients'))
      .append(BsonType.object, 'validator', twice)
      .finish();
    for (const known of [schemas(), new Map<string, never>()]) {
      expect(() => analyseCommand(database, bytes, known)).toThrow('duplicate $jsonSchema');
    }
  });

  it('cannot come with `encryptedFields`, whatever the client knows', () => {
    const both = { ...command({ $jsonSchema: patientSchema }), encryptedFields: { fields: [] } };
    for (const known of [schemas(), new Map<string, never>()]) {
      expect(() => analysed(both, known)).toThrow('Queryable Encryption is not supported');
    }
  });

  it.each<[string, (schema: Document) => Document]>([
    [
      'a field less',
      ({ properties, ...rest }) => ({ ...rest, properties: omit(properties, 'ssn') }),
    ],
    [
      'a field more',
      ({ properties, ...rest }) => ({
        ...rest,
        properties: { ...(properties as Document), more: { encrypt: { bsonType: 'int' } } },
        encryptMetadata: {
          ...(rest['encryptMetadata'] as Document),
          algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Random',
        },
      }),
    ],
    [
      'an encrypted pattern more',
      (schema) => ({
        ...schema,
        patternProperties: {
          '^zz': { encrypt: { algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Random' } },
        },
      }),
    ],
  ])('cannot encrypt otherwise than `schemaMap`: %s', (_difference, change) => {
    const other = command({ $jsonSchema: change(patientSchema) });
    expect(() => analysed(other)).toThrow("Invalid schema containing the 'encrypt' keyword.");
    expect(() => analysed(other)).toThrow('it must encrypt the same fields in the same way');
  });
});

function omit(document: unknown, name: string): Document {
  const entries = Object.entries(document as Document).filter(([field]) => field !== name);
  return Object.fromEntries(entries);
}
