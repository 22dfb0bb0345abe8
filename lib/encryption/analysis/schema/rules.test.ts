// The tables of csfle.md B.5 in full: every keyword in a local and a remote schema, every BSON type
// under both algorithms, every way to inherit encryptMetadata, every escape in a pointer.
import { type Document, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { BsonType } from '../../bytes/index.ts';
import { typeNames } from '../../testing/documents.ts';
import { AnalysisError, compileSchema } from '../index.ts';
import {
  analysed,
  deterministic,
  namespace,
  otherKey,
  random,
  rnd,
  sharedKey,
} from '../testing/inputs.ts';
import { keywords } from './keywords.ts';
import { resolvePath } from './resolve.ts';
import { rootPosition } from './tree.ts';

const compile = (schema: Document, origin: 'local' | 'remote' = 'local') =>
  compileSchema(serialize(schema), origin, namespace);
const encrypt = { bsonType: 'string', algorithm: deterministic, keyId: [sharedKey] };
const object = (properties: Document, more: Document = {}): Document => ({
  bsonType: 'object',
  ...more,
  properties,
});

/** A valid value for each keyword that only a remote schema may have. */
const validating: Record<string, unknown> = {
  required: ['x'],
  minProperties: 1,
  maxProperties: 9,
  dependencies: { x: ['y'] },
  allOf: [{ bsonType: 'object' }],
  anyOf: [{ required: ['x'] }],
  oneOf: [{ minProperties: 1 }],
  not: { required: ['y'] },
  items: { bsonType: 'int' },
  additionalItems: false,
  minItems: 1,
  maxItems: 2,
  uniqueItems: true,
  enum: [1, 'x'],
  minimum: 1,
  maximum: 2,
  exclusiveMinimum: true,
  exclusiveMaximum: false,
  multipleOf: 2,
  minLength: 1,
  maxLength: 2,
  pattern: '^x',
};
/** A valid value for each keyword that structures. */
const structuring: Record<string, unknown> = {
  bsonType: 'object',
  type: 'object',
  title: 'x',
  description: 'x',
  encryptMetadata: { keyId: [sharedKey] },
  properties: {},
  patternProperties: {},
  additionalProperties: true,
};

describe('the keywords', () => {
  it('are all in one of the tables', () => {
    const tabled = [...Object.keys(validating), ...Object.keys(structuring), 'encrypt'];
    expect(tabled.sort()).toEqual([...keywords.keys()].sort());
  });

  it.each(Object.entries(validating))(
    '%s is for remote schemas only, at any depth',
    (name, value) => {
      const beside = object({ a: { encrypt } }, { [name]: value });
      const plainField = object({ a: { encrypt }, b: { [name]: value } });
      const parent = object({ o: object({ a: { encrypt } }, { [name]: value }) });
      const nothing = { [name]: value };
      const message = `JSON schema keyword '${name}' is only allowed with a remote schema`;
      for (const schema of [beside, plainField, parent, nothing]) {
        expect(() => compile(schema)).toThrow(AnalysisError);
        expect(() => compile(schema)).toThrow(message);
        expect(() => compile(schema, 'remote')).not.toThrow();
      }
      expect(() => compile(parent)).toThrow('at `$.properties.o`');
    },
  );

  it.each(Object.entries(structuring))('%s is for both', (name, value) => {
    const more = name === 'type' ? {} : { bsonType: 'object' };
    const schema = { properties: { a: { encrypt } }, ...more, [name]: value };
    for (const origin of ['local', 'remote'] as const) {
      expect(() => compile(schema, origin)).not.toThrow();
    }
  });

  it.each([...Object.entries(validating), ...Object.entries(structuring)])(
    '%s cannot stand beside `encrypt`, unless it only describes',
    (name, value) => {
      const schema = object({ a: { encrypt, [name]: value } });
      const start = () => compile(schema, 'remote');
      if (name === 'title' || name === 'description') return void start();
      expect(start).toThrow("Invalid schema containing the 'encrypt' keyword.");
      expect(start).toThrow(
        name === 'encryptMetadata'
          ? "Cannot specify both $jsonSchema keywords 'encrypt' and 'encryptMetadata'"
          : `'encrypt' cannot be used in conjunction with '${name}'`,
      );
    },
  );

  it.each(['allOf', 'anyOf', 'oneOf'])('%s hides no encryption in its branches', (name) => {
    for (const branch of [
      { encrypt },
      object({ a: { encrypt } }),
      { not: object({ a: { encrypt } }) },
    ]) {
      const schema = object({}, { [name]: [{ bsonType: 'object' }, branch] });
      expect(() => compile(schema, 'remote')).toThrow(`cannot stand under \`${name}\``);
    }
  });

  it.each(['$schema', '$ref', 'definitions', 'default', 'format', 'id', 'const', 'encrypted', ''])(
    'do not include %j',
    (name) => {
      for (const origin of ['local', 'remote'] as const) {
        expect(() => compile(object({ a: { encrypt } }, { [name]: 'x' }), origin)).toThrow(
          `unknown keyword \`${name}\``,
        );
      }
    },
  );
});

const never = ['minKey', 'maxKey', 'null', 'undefined'];
const randomOnly = ['double', 'decimal', 'bool', 'object', 'array', 'javascriptWithScope'];

describe('the types', () => {
  const field = (algorithm: string, bsonType: unknown) =>
    compile(object({ a: { encrypt: { algorithm, keyId: [sharedKey], bsonType } } }));

  it.each(typeNames)('%s can be encrypted by exactly the algorithms that take it', (type) => {
    const inRandom = !never.includes(type);
    const inDeterministic = inRandom && !randomOnly.includes(type);
    const message = (name: string) => `${name} cannot encrypt ${type}`;
    const attempts: [string, string, boolean][] = [
      [random, 'Random', inRandom],
      [deterministic, 'Deterministic', inDeterministic],
    ];
    for (const [algorithm, name, allowed] of attempts) {
      const start = () => field(algorithm, type);
      expect(throws(start, message(name))).toBe(!allowed);
    }
    const among = () => field(random, ['string', type]);
    expect(throws(among, '')).toBe(type === 'string' || never.includes(type));
  });

  it.each(['number', 'integer', 'Int', 'boolean', 'bindata', '', 16, null, ['int', 'int'], [[]]])(
    'do not include %j',
    (type) => {
      expect(() => field(random, type)).toThrow("Invalid schema containing the 'encrypt' keyword.");
    },
  );

  it('cannot be several, nor none, for Deterministic', () => {
    for (const bsonType of [['int', 'long'], []]) {
      expect(() => field(deterministic, bsonType)).toThrow('$.properties.a.encrypt.bsonType');
    }
    const untyped = object({ a: { encrypt: { algorithm: deterministic, keyId: [sharedKey] } } });
    expect(() => compile(untyped)).toThrow('Deterministic needs a single `bsonType`');
  });

  it.each(typeNames.filter((type) => type !== 'object'))(
    'of a parent of encrypted fields cannot be %s',
    (type) => {
      const wrong = {
        bsonType: 'object',
        properties: { o: { bsonType: type, properties: { a: { encrypt } } } },
      };
      expect(() => compile(wrong)).toThrow("must say `bsonType: 'object'`");
      expect(BsonType[type]).not.toBe(BsonType.object);
    },
  );
});

function throws(action: () => unknown, message: string): boolean {
  try {
    action();
    return false;
  } catch (error) {
    return error instanceof AnalysisError && error.message.includes(message);
  }
}

describe('encryptMetadata', () => {
  const metadata = (algorithm: string | undefined, keyId: unknown) => ({
    encryptMetadata: { ...(algorithm && { algorithm }), ...(keyId !== undefined && { keyId }) },
  });
  const encryptionAt = (schema: Document, path: string) => {
    const position = resolvePath(rootPosition(compile(schema).root), path);
    if (position.kind !== 'encrypted') throw new Error(`${path} is ${position.kind}`);
    const { algorithm, keyId } = position.encryption;
    return [
      algorithm,
      keyId.kind === 'uuid' ? new UUID(Buffer.from(keyId.id)).toString() : keyId.pointer.text,
    ];
  };
  const [shared, other] = [sharedKey.toString(), otherKey.toString()];
  const leaf = (own: Document = {}) => ({ encrypt: { bsonType: 'string', ...own } });

  it('comes from the nearest ancestor that says it, key by key', () => {
    const schema = object(
      {
        a: leaf(),
        o: object(
          {
            b: leaf(),
            p: object({ c: leaf(), d: leaf({ keyId: [otherKey] }) }, metadata(undefined, '/name')),
            e: leaf({ algorithm: deterministic, keyId: [otherKey] }),
          },
          metadata(random, undefined),
        ),
        q: object({ f: leaf() }, metadata(undefined, [otherKey])),
      },
      metadata(deterministic, [sharedKey]),
    );
    expect(encryptionAt(schema, 'a')).toEqual(['Deterministic', shared]);
    expect(encryptionAt(schema, 'o.b')).toEqual(['Random', shared]);
    expect(encryptionAt(schema, 'o.p.c')).toEqual(['Random', '/name']);
    expect(encryptionAt(schema, 'o.p.d')).toEqual(['Random', other]);
    expect(encryptionAt(schema, 'o.e')).toEqual(['Deterministic', other]);
    expect(encryptionAt(schema, 'q.f')).toEqual(['Deterministic', other]);
  });

  it('reaches patternProperties and additionalProperties', () => {
    const schema = {
      bsonType: 'object',
      ...metadata(random, [otherKey]),
      patternProperties: { '^s': leaf() },
      additionalProperties: object({ x: leaf({ keyId: [sharedKey] }) }),
    };
    expect(encryptionAt(schema, 'ssn')).toEqual(['Random', other]);
    expect(encryptionAt(schema, 'any.x')).toEqual(['Random', shared]);
  });

  it('never reaches a sibling or the type', () => {
    const sibling = object({ o: object({}, metadata(random, [sharedKey])), a: leaf() });
    expect(() => compile(sibling)).toThrow('no `algorithm`, here or inherited');
    const typed = object({ a: { encrypt: {} } }, metadata(deterministic, [sharedKey]));
    expect(() => compile(typed)).toThrow('Deterministic needs a single `bsonType`');
  });

  it.each<[string, unknown, string]>([
    ['a string', 'x', 'must be an object'],
    ['an unknown field', { keyId: [sharedKey], more: 1 }, 'unknown field `more`'],
    ['a wrong algorithm', { algorithm: 'Deterministic' }, "found 'Deterministic'"],
    ['a wrong key', { keyId: [] }, 'found 0 elements'],
  ])('cannot be or have %s', (_name, value, message) => {
    expect(() => compile(object({}, { encryptMetadata: value }))).toThrow(message);
  });
});

describe('a JSON pointer', () => {
  it.each<[string, Document]>([
    ['/k', { k: 'alt' }],
    ['/a/b/k', { a: { b: { k: 'alt' } } }],
    ['/a~1b', { 'a/b': 'alt' }],
    ['/a~0b', { 'a~b': 'alt' }],
    ['/a~01', { 'a~1': 'alt' }],
    ['/a b', { 'a b': 'alt' }],
  ])('%s leads to the name of the key', (keyId, document) => {
    const known = new Map([
      [namespace, compile(object({ s: { encrypt: { ...encrypt, algorithm: random, keyId } } }))],
    ]);
    const inserted = { insert: 'patients', documents: [{ ...document, s: 'x' }] };
    expect(analysed(inserted, known)).toEqual({
      insert: 'patients',
      documents: [{ ...document, s: rnd('x', 'alt') }],
    });
    const lacking = { insert: 'patients', documents: [{ s: 'x' }] };
    expect(() => analysed(lacking, known)).toThrow('the document lacks it');
  });

  it.each(['', '/', 'k', 'a/k', '#/k', '/a~', '/a~2', './k'])('cannot be %j', (keyId) => {
    const schema = object({ s: { encrypt: { ...encrypt, algorithm: random, keyId } } });
    expect(() => compile(schema)).toThrow(
      `starts with '/' and names a field (RFC 6901), found '${keyId}'`,
    );
  });
});
