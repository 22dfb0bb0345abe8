// The same random operations through the official driver on an encrypted collection and on a
// plaintext twin: what is accepted gives the same answers, and no secret crosses the wire.
import fc from 'fast-check';
import {
  ClientEncryption,
  type Collection,
  type Document,
  type Filter,
  MongoClient,
  type MongoClientOptions,
} from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../../testing/server.ts';

const database = uniqueName('twins');
const keyVaultNamespace = `${database}.keyVault`;
const kmsProviders = { local: { key: Buffer.alloc(96, 7) } };
const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

type Row = Document & { readonly _id: number };

const clients: MongoClient[] = [];
const sent: string[] = [];
let twin: Collection<Row>;
let encrypted: Collection<Row>;

async function connect(options: MongoClientOptions = {}): Promise<MongoClient> {
  const client = new MongoClient(testServerUri(), options);
  clients.push(client);
  return client.connect();
}

beforeAll(async () => {
  const plain = await connect();
  const encryption = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
  const shared = await encryption.createDataKey('local', { keyAltNames: ['shared'] });
  await encryption.createDataKey('local', { keyAltNames: ['k1'] });
  await encryption.createDataKey('local', { keyAltNames: ['k2'] });
  const number = { encrypt: { bsonType: 'int', algorithm: deterministic } };
  const text = { encrypt: { bsonType: 'string', algorithm: deterministic } };
  const schemaMap = {
    [`${database}.rows`]: {
      bsonType: 'object',
      encryptMetadata: { keyId: [shared] },
      properties: {
        n: number,
        formerN: number,
        s: text,
        box: { bsonType: 'object', properties: { n: number, s: text } },
        hidden: { encrypt: { algorithm: random } },
        own: { encrypt: { algorithm: random, bsonType: 'array', keyId: '/key' } },
      },
    },
  };
  const client = await connect({
    monitorCommands: true,
    autoEncryption: { keyVaultNamespace, kmsProviders, schemaMap },
  });
  client.on('commandStarted', ({ command }) => sent.push(JSON.stringify(command)));
  twin = plain.db(database).collection('twin');
  encrypted = client.db(database).collection('rows');
});

afterAll(async () => {
  await clients[0]?.db(database).dropDatabase();
  await Promise.all(clients.map((client) => client.close()));
});

const number = fc.integer({ min: 1, max: 3 });
const secret = fc.constantFrom('secret-1', 'secret-2');
const open = fc.constantFrom('open-1', 'open-2');
const key = fc.constantFrom('k1', 'k2');
const box = fc.record({ n: number, s: secret, open }, { requiredKeys: [] });
const own = fc.array(secret, { maxLength: 2 });
const hidden = fc.oneof(secret, fc.record({ deep: secret }), fc.array(secret, { maxLength: 2 }));

const row = fc.record(
  { n: number, s: secret, box, hidden, own, open, count: number, list: fc.array(number) },
  { requiredKeys: [] },
);
const rows = fc
  .array(fc.tuple(row, key), { minLength: 1, maxLength: 4 })
  .map((drawn) => drawn.map(([fields, name], _id): Row => ({ _id, key: name, ...fields })));

const operators = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    value,
    fc.tuple(fc.constantFrom('$eq', '$ne', '$gt'), value).map(([name, each]) => ({ [name]: each })),
    fc
      .tuple(fc.constantFrom('$in', '$nin'), fc.array(value, { maxLength: 2 }))
      .map(([name, each]) => ({ [name]: each })),
    fc.boolean().map((exists) => ({ $exists: exists })),
    value.map((each) => ({ $not: { $eq: each } })),
  );

const field: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(fc.constantFrom('n', 'box.n', 'count'), operators(number)).map(toDocument),
  fc.tuple(fc.constantFrom('s', 'box.s'), operators(secret)).map(toDocument),
  fc.tuple(fc.constantFrom('open', 'box.open'), operators(open)).map(toDocument),
  fc.tuple(fc.constant('box'), operators(fc.oneof(box, fc.constant(null)))).map(toDocument),
  fc.tuple(fc.constantFrom('hidden', 'hidden.deep', 'n.x'), operators(secret)).map(toDocument),
  key.map((name) => ({ key: name })),
  fc
    .tuple(fc.constantFrom('$eq', '$ne'), fc.constantFrom('$n', '$box.n', '$count'), number)
    .map(([operator, path, value]) => ({ $expr: { [operator]: [path, value] } })),
  fc
    .tuple(fc.constantFrom('$s', '$box.s', '$hidden'), fc.array(secret, { maxLength: 2 }))
    .map(([path, values]) => ({ $expr: { $in: [path, values] } })),
);

function toDocument([name, value]: readonly [string, unknown]): Document {
  return { [name]: value };
}

const filter: fc.Arbitrary<Document> = fc.oneof(
  { weight: 4, arbitrary: field },
  { weight: 1, arbitrary: fc.tuple(field, field).map(([a, b]) => ({ ...a, ...b })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('$and', '$or', '$nor'),
        fc.array(field, { minLength: 1, maxLength: 3 }),
      )
      .map(toDocument),
  },
);

const change: fc.Arbitrary<Document> = fc.oneof(
  { weight: 3, arbitrary: row.filter((fields) => Object.keys(fields).length > 0).map(set) },
  fc.tuple(fc.constantFrom('n', 'box.n', 'count'), number).map((pair) => set(toDocument(pair))),
  fc.constantFrom('n', 'box', 'box.s', 'hidden', 'own').map((name) => ({ $unset: { [name]: '' } })),
  fc.constantFrom({ $rename: { n: 'formerN' } }, { $rename: { n: 'count' } }),
  fc.constantFrom({ $inc: { count: 1 } }, { $inc: { n: 1 } }, { $push: { own: 'secret-1' } }),
);

function set(fields: Document): Document {
  return { $set: fields };
}

type Operation = (collection: Collection<Row>) => Promise<unknown>;
interface Named {
  readonly name: string;
  readonly run: Operation;
}

const byId = { sort: { _id: 1 } } as const;
const named = (name: string, run: Operation): Named => ({ name, run });
const query = filter.map((each) => each as Filter<Row>);

/** Half of the writes pin the key alt name, so that they may write the field with a pointer. */
const writable = fc
  .tuple(query, fc.option(key))
  .map(([q, name]): Filter<Row> => (name === null ? q : { $and: [q, { key: name }] }));

/** Which of several matches a write of one document takes is the server's choice, so it names one. */
const id = fc.integer({ min: 0, max: 3 });

const operation: fc.Arbitrary<Named> = fc.oneof(
  query.map((q) => named('find', (c) => c.find(q, byId).toArray())),
  query.map((q) => named('count', (c) => c.countDocuments(q))),
  fc
    .tuple(fc.constantFrom('n', 's', 'box.n', 'open', 'hidden', 'box'), query)
    .map(([name, q]) =>
      named('distinct', async (c) => (await c.distinct(name, q)).map(String).sort()),
    ),
  query.map((q) =>
    named('aggregate', (c) =>
      c
        .aggregate([
          { $match: q },
          { $group: { _id: '$open', n: { $sum: '$count' } } },
          { $sort: { _id: 1 } },
        ])
        .toArray(),
    ),
  ),
  fc.tuple(writable, change, fc.option(id)).map(([q, u, _id]) =>
    named('update', async (c) => {
      const updated = _id === null ? c.updateMany(q, u) : c.updateOne({ $and: [q, { _id }] }, u);
      return (await updated).matchedCount;
    }),
  ),
  fc.tuple(query, row, key, fc.boolean(), id).map(([q, fields, name, pinned, _id]) =>
    named('replace', async (c) => {
      const one = { $and: [q, pinned ? { _id, key: name } : { _id }] };
      return (await c.replaceOne(one, { ...fields, key: name })).matchedCount;
    }),
  ),
  fc
    .tuple(writable, change)
    .map(([q, u]) =>
      named('findAndModify', (c) => c.findOneAndUpdate(q, u, { ...byId, returnDocument: 'after' })),
    ),
  query.map((q) => named('delete', async (c) => (await c.deleteMany(q)).deletedCount)),
);

const counts = new Map<string, { accepted: number; refused: number }>();

function count(name: string, outcome: 'accepted' | 'refused'): void {
  const entry = counts.get(name) ?? { accepted: 0, refused: 0 };
  entry[outcome] += 1;
  counts.set(name, entry);
}

/** Whether query analysis is the cause: a failed decryption is an answer, and a wrong one. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AnalysisError' || isRefusal(error.cause));
}

/** The answer, or the fact that the analysis or the server refused. */
async function answer(run: Operation, collection: Collection<Row>): Promise<unknown> {
  try {
    return { value: await run(collection) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return isRefusal(error) ? 'refused' : 'server error';
  }
}

function contents(collection: Collection<Row>): Promise<Document[]> {
  return collection.find({}, byId).toArray();
}

describe('an encrypted collection and its plaintext twin', () => {
  it('give the same answers to every operation that is accepted, and hold the same rows', async () => {
    const operations = fc.array(operation, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rows, operations, async (initial, steps) => {
        await Promise.all([twin.deleteMany({}), encrypted.deleteMany({})]);
        await Promise.all([twin.insertMany(initial), encrypted.insertMany(initial)]);
        for (const { name, run } of steps) {
          const found = await answer(run, encrypted);
          count(name, found === 'refused' ? 'refused' : 'accepted');
          if (found === 'refused') continue;
          expect({ name, found }).toEqual({ name, found: await answer(run, twin) });
          expect(await contents(encrypted)).toEqual(await contents(twin));
        }
      }),
      { numRuns: 120 },
    );
  }, 300_000);

  it.each([
    'find',
    'count',
    'distinct',
    'aggregate',
    'update',
    'replace',
    'findAndModify',
    'delete',
  ])('were asked %s often enough without a refusal', (name) => {
    const { accepted = 0, refused = 0 } = counts.get(name) ?? {};
    expect(accepted / (accepted + refused)).toBeGreaterThan(0.15);
  });

  it('never let a secret cross the wire', () => {
    expect(sent.length).toBeGreaterThan(100);
    expect(sent.filter((command) => command.includes('secret-'))).toEqual([]);
  });
});
