// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#25-test-lookup
// `$lookup` over several collections, each with its own encryption schema or none, by a client that
// knows no schema beforehand. Cases 1, 3, 5 and 7 are those without Queryable Encryption. Cases 2, 4,
// 6, 8 and 10 have a collection with Queryable Encryption on one side: here they are refused, before
// any aggregate is sent. Case 9 wants old versions of mongocryptd to ask for an upgrade; the analysis
// is part of the client here, so what is shown is that the version of the server does not matter.
import type { Collection, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerKind, testServerUri } from '../../testing/server.ts';
import { startCommandProxy, type CommandProxy } from '../testing/command-proxy.ts';
import {
  createWithSchema,
  deterministic,
  localProviders,
  prepareSetting,
  type Setting,
} from './setting.ts';

let setting: Setting;
let proxy: CommandProxy;
/** What the server said it is. */
let serverVersion: string;

/** Two collections with a schema each, two without; one document in each, told by its own name. */
const withSchema = ['csfle', 'csfle2'] as const;
const withoutSchema = ['plain', 'plain2'] as const;
const plainCollection = (name: string): Collection =>
  setting.client.db(setting.database).collection(name);

async function connectEncrypted(uri?: string): Promise<{ client: MongoClient; sent: string[] }> {
  const { keyVaultNamespace, connect } = setting;
  const autoEncryption = { keyVaultNamespace, kmsProviders: localProviders };
  const sent: string[] = [];
  const client = await connect({ autoEncryption, monitorCommands: true }, uri);
  client.on('commandStarted', ({ commandName }) => sent.push(commandName));
  return { client, sent };
}

/** A collection with Queryable Encryption, as MongoDB lists it; only MongoDB could hold one. */
function listQueryable(command: Document): Document {
  const encryptedFields = { escCollection: 'e', ecocCollection: 'o', fields: [] };
  const { filter, $db: database } = command as { filter: Document; $db: string };
  const name = filter['name'] as string | { $in: string[] };
  const names = typeof name === 'string' ? [name] : name.$in;
  const firstBatch = names
    .filter((each) => each.startsWith('qe'))
    .map((each) => ({ name: each, type: 'collection', options: { encryptedFields } }));
  return { ok: 1, cursor: { id: 0n, ns: `${database}.$cmd.listCollections`, firstBatch } };
}

beforeAll(async () => {
  setting = await prepareSetting('prose25');
  const { client, clientEncryption, database } = setting;
  const keyId = await clientEncryption.createDataKey('local');
  for (const name of withSchema) {
    const encrypt = { keyId: [keyId], bsonType: 'string', algorithm: deterministic };
    const schema = { bsonType: 'object', properties: { [name]: { encrypt } } };
    await createWithSchema(plainCollection(name), schema);
  }
  const { client: encrypted } = await connectEncrypted();
  for (const name of [...withSchema, ...withoutSchema]) {
    await encrypted
      .db(database)
      .collection(name)
      .insertOne({ [name]: name });
  }
  proxy = await startCommandProxy(testServerUri(), (command, name) =>
    name === 'listCollections' ? listQueryable(command) : undefined,
  );
  const info = await client.db('admin').command({ buildInfo: 1 });
  serverVersion = String(info['version']);
});
afterAll(async () => {
  await setting.close();
  await proxy.close();
});

/** Joins each document of `from` whose field has the collection's name with those of `to`. */
function join(from: string, to: string): Document[] {
  const matching = (name: string) => [{ $match: { [name]: name } }, { $project: { _id: 0 } }];
  const [match, project] = matching(from);
  const lookup = { $lookup: { from: to, as: 'matched', pipeline: matching(to) } };
  return [match ?? {}, lookup, project ?? {}];
}

describe('25. $lookup', () => {
  let encrypted: MongoClient;
  let sent: string[];
  beforeEach(async () => {
    // A client of its own: nothing of a schema is in a cache.
    ({ client: encrypted, sent } = await connectEncrypted());
  });

  it('what is joined is ciphertext to a client without keys', async () => {
    for (const name of withSchema) {
      expect((await plainCollection(name).findOne({}))?.[name]).toMatchObject({ sub_type: 6 });
    }
    const raw = await plainCollection('csfle').aggregate(join('csfle', 'plain')).toArray();
    expect(raw).toEqual([]);
  });

  it.each([
    { number: 1, from: 'csfle', to: 'plain' },
    { number: 3, from: 'plain', to: 'csfle' },
    { number: 5, from: 'csfle', to: 'csfle2' },
    { number: 7, from: 'plain', to: 'plain2' },
  ])('case $number: $from joins $to, and both are read as plaintext', async ({ from, to }) => {
    const coll = encrypted.db(setting.database).collection(from);
    const found = await coll.aggregate(join(from, to)).toArray();
    expect(found).toEqual([{ [from]: from, matched: [{ [to]: to }] }]);
    // Both schemas in one question.
    expect(sent.filter((name) => name === 'listCollections')).toHaveLength(1);
  });

  it.each([
    { number: 2, from: 'qe', to: 'plain' },
    { number: 4, from: 'plain', to: 'qe' },
    { number: 6, from: 'qe', to: 'qe2' },
    { number: 8, from: 'csfle', to: 'qe' },
    { number: 10, from: 'qe', to: 'validated' },
  ])(
    'case $number: $from joins $to is not supported, and nothing is sent',
    async ({ from, to }) => {
      const { client, sent: throughProxy } = await connectEncrypted(proxy.uri);
      const coll = client.db(setting.database).collection(from);
      await expect(coll.aggregate(join(from, to)).toArray()).rejects.toThrow(
        'Queryable Encryption is not supported',
      );
      expect(throughProxy.filter((name) => name !== 'listCollections')).toEqual([]);
    },
  );

  it('case 9: no version of the server is too old', async () => {
    // Both servers that are no MongoDB present themselves as one before 8.1.
    const limit = testServerKind() === 'mongodb' ? Infinity : 8.1;
    expect(Number.parseFloat(serverVersion)).toBeLessThan(limit);
    const coll = encrypted.db(setting.database).collection('csfle');
    expect(await coll.aggregate(join('csfle', 'plain')).toArray()).toHaveLength(1);
  });
});
