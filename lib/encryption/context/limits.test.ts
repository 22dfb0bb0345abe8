// The largest and the deepest that a server takes, and what is larger and deeper: handled or refused,
// never a stack overflow, and never work that grows faster than the input.
import { Binary, deserialize, type Document, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { analyseCommand, compileSchema } from '../analysis/index.ts';
import { BsonType, DocumentWriter, elements, encodeString, findBinaries } from '../bytes/index.ts';
import { encryptedSubtype, encryptValue, parseKeyDocument } from '../format/index.ts';
import { makeKey, run, testEngine } from '../testing/drive.ts';
import { bytesCopied } from '../testing/work.ts';
import { decryptReply } from './decrypt.ts';
import { encryptCommand } from './encrypt.ts';
import { decryptExplicitly, encryptExplicitly } from './explicit.ts';
import { SchemaStore } from './schema-store.ts';

const mebibyte = 1024 * 1024;
const material = Buffer.alloc(96, 9);
const key = makeKey(testEngine(), { keyMaterial: material });
const { keyId } = parseKeyDocument(key);
const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const namespace = 'db.coll';
const text = { bsonType: 'string', algorithm: deterministic, keyId: [new UUID(keyId)] };
const schema: Document = {
  bsonType: 'object',
  properties: {
    ssn: { encrypt: text },
    deep: { encrypt: { algorithm: random, keyId: [new UUID(keyId)] } },
  },
};

const engineWith = (local: Document = schema) =>
  testEngine({ schemas: new SchemaStore(serialize({ [namespace]: local }), () => 0) });
const encrypt = (command: Uint8Array, local?: Document): Buffer =>
  run(encryptCommand(engineWith(local), 'db', command), { keys: [key] }).output;
const decrypt = (reply: Uint8Array): Buffer =>
  run(decryptReply(testEngine(), reply), { keys: [key] }).output;
const sealed = (length: number): Binary => {
  const value = { type: BsonType.string, value: encodeString('x'.repeat(length)) };
  return new Binary(encryptValue('Random', keyId, material, value), encryptedSubtype);
};

/** `levels` documents, one in the other under `name`: built from its lengths, whatever their number. */
function nested(levels: number, name = 'a'): Uint8Array {
  const head = Buffer.from([0, 0, 0, 0, BsonType.object, ...Buffer.from(name), 0]);
  const bytes = Buffer.alloc((levels - 1) * (head.length + 1) + 5);
  for (let level = 0; level < levels; level++) {
    const at = level * head.length;
    if (level < levels - 1) bytes.set(head, at);
    bytes.writeInt32LE(bytes.length - level * (head.length + 1), at);
  }
  return bytes;
}

type Path = readonly (readonly [type: number, name: string])[];

const inside = (document: Uint8Array, path: Path): Uint8Array =>
  path.reduceRight(
    (inner, [type, name]) => new DocumentWriter().append(type, name, inner).finish(),
    document,
  );

/** A command on the collection whose last field holds `document` at the end of `path`. */
function commandWith(name: string, path: Path, document: Uint8Array): Uint8Array {
  const writer = new DocumentWriter().append(BsonType.string, name, encodeString('coll'));
  for (const { type, key: field, value } of elements(inside(document, path))) {
    writer.append(type, field, value);
  }
  return writer.finish();
}

const array = BsonType.array;
const object = BsonType.object;
const inserted = (document: Uint8Array) =>
  commandWith(
    'insert',
    [
      [array, 'documents'],
      [object, '0'],
    ],
    document,
  );
const filtered = (document: Uint8Array) => commandWith('find', [[object, 'filter']], document);
const piped = (document: Uint8Array) =>
  commandWith(
    'aggregate',
    [
      [array, 'pipeline'],
      [object, '0'],
    ],
    document,
  );

describe('nested levels', () => {
  it.each([1, 100, 200])('are read and decrypted when there are %i', (levels) => {
    expect(decrypt(nested(levels))).toEqual(Buffer.from(nested(levels)));
  });

  it.each([100, 190])('are encrypted as one value when there are %i', (levels) => {
    const message = inside(nested(levels), [[object, 'v']]);
    const options = { keyId, algorithm: random, expressionMode: false };
    const { output } = run(encryptExplicitly(testEngine(), message, options), { keys: [key] });
    const back = run(decryptExplicitly(testEngine(), output), { keys: [key] });
    expect(back.output).toEqual(Buffer.from(message));
  });

  it.each([100, 190])('are encrypted automatically when there are %i', (levels) => {
    const command = encrypt(inserted(inside(nested(levels), [[object, 'deep']])));
    expect(findBinaries(command, encryptedSubtype)).toHaveLength(1);
  });

  it.each([201, 1000, 100_000])('are refused with a clear error when there are %i', (levels) => {
    const message = 'Expected at most 200 nested levels in a BSON document, found more';
    for (const place of [inserted, filtered, piped]) {
      expect(() => encrypt(place(nested(levels)))).toThrow(message);
    }
    expect(() => decrypt(nested(levels))).toThrow(message);
  });

  it.each(['properties', 'not', 'items', 'allOf', 'dependencies', 'encrypt'])(
    'of a schema under `%s` are refused when there are 100000',
    (keyword) => {
      const compile = () => compileSchema(nested(100_000, keyword), 'remote', namespace);
      expect(compile).toThrow(/nested levels|Invalid schema/);
    },
  );

  it('are refused in every operator that holds others', () => {
    const operators = ['$and', '$or', '$not', '$expr', '$elemMatch', '$cond', '$facet', '$set'];
    for (const operator of operators) {
      const deep = nested(100_000, operator);
      for (const place of [inserted, filtered, piped]) {
        expect(() => encrypt(place(deep))).toThrow(/nested levels/);
      }
    }
  });
});

describe('16 MiB', () => {
  it('hold one encrypted field of 15 MiB, and give it back', () => {
    const document = { _id: 1, ssn: 'x'.repeat(15 * mebibyte) };
    const command = encrypt(serialize({ insert: 'coll', documents: [document] }));
    expect(command.length).toBeLessThan(16 * mebibyte);
    const sent = deserialize(command) as { documents: Document[] };
    const [stored] = sent.documents;
    const reply = decrypt(serialize({ cursor: { firstBatch: [stored] } }));
    const received = deserialize(reply) as { cursor: { firstBatch: Document[] } };
    expect(received.cursor.firstBatch[0]?.['ssn'] === document.ssn).toBe(true);
  });

  it('hold 10000 ciphertexts in one reply', () => {
    const one = sealed(1500);
    const firstBatch = Array.from({ length: 10_000 }, (_, _id) => ({ _id, v: one }));
    const reply = serialize({ cursor: { firstBatch } });
    expect(reply.length).toBeGreaterThan(15 * mebibyte);
    const plain = decrypt(reply);
    expect(plain.length).toBeLessThan(reply.length);
    expect(findBinaries(plain, encryptedSubtype)).toEqual([]);
  });
});

const fieldsOf = (count: number, value: unknown): Document =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, value]));
const wide = (count: number): Document => ({
  bsonType: 'object',
  properties: fieldsOf(count, { encrypt: text }),
});
const constants = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `s${index}`);

describe('many', () => {
  it('fields: a schema of 5000 encrypts a document of 5000', () => {
    const command = serialize({ insert: 'coll', documents: [fieldsOf(5000, 'x')] });
    const sent = encrypt(command, wide(5000));
    expect(findBinaries(sent, encryptedSubtype)).toHaveLength(5000);
  });

  it('constants: $in takes 100000', () => {
    const filter = { ssn: { $in: constants(100_000) } };
    const compiled = compileSchema(serialize(schema), 'local', namespace);
    const command = serialize({ find: 'coll', filter });
    const analysed = analyseCommand('db', command, new Map([[namespace, compiled]]));
    expect(findBinaries(analysed.command, encryptedSubtype)).toHaveLength(100_000);
  });
});

describe('twice as much', () => {
  const wrapped = (count: number): Document => {
    let document: Document = { v: Array.from({ length: count }, () => sealed(1)) };
    for (let level = 0; level < 150; level++) document = { a: document };
    return document;
  };
  const work: readonly (readonly [string, (count: number) => () => unknown])[] = [
    [
      'constants in $in',
      (count) => {
        const command = serialize({ find: 'coll', filter: { ssn: { $in: constants(count) } } });
        return () => encrypt(command);
      },
    ],
    [
      'documents in an insert',
      (count) => {
        const documents = Array.from({ length: count }, (_, _id) => ({ _id, ssn: 'x', a: [1] }));
        const command = serialize({ insert: 'coll', documents });
        return () => encrypt(command);
      },
    ],
    [
      'statements in an update',
      (count) => {
        const updates = constants(count).map((ssn) => ({ q: { ssn }, u: { $set: { ssn } } }));
        const command = serialize({ update: 'coll', updates });
        return () => encrypt(command);
      },
    ],
    [
      'fields in a document',
      (count) => {
        const local = wide(count);
        const command = serialize({ insert: 'coll', documents: [fieldsOf(count, 'x')] });
        return () => encrypt(command, local);
      },
    ],
    [
      'ciphertexts in a reply',
      (count) => {
        const firstBatch = Array.from({ length: count }, (_, _id) => ({ _id, v: sealed(9) }));
        const reply = serialize({ cursor: { firstBatch } });
        return () => decrypt(reply);
      },
    ],
    [
      'ciphertexts, deeply nested',
      (count) => {
        const reply = serialize(wrapped(count));
        return () => decrypt(reply);
      },
    ],
  ];

  it.each(work)('%s cost twice as much copying, not four times', (_, prepare) => {
    const [once, twice] = [bytesCopied(prepare(1000)), bytesCopied(prepare(2000))];
    expect(once).toBeGreaterThan(1000);
    expect(twice / once).toBeLessThan(2.5);
  });
});
