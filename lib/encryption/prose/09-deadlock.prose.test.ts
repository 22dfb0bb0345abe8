// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#9-deadlock-tests
// One command needs up to three more: the schema, the keys, itself. A pool of one connection would
// wait for itself, so the driver makes an internal client then. Shown: nothing waits forever, how many
// clients there are, and which client sends what. The driver copies listeners to its internal client.
import { Binary, type MongoClient, type MongoClientOptions } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createWithSchema,
  deterministic,
  localProviders,
  prepareSetting,
  type Setting,
} from './setting.ts';

let setting: Setting;
let ciphertext: Binary;
beforeAll(async () => {
  setting = await prepareSetting('prose9');
  const { clientEncryption, coll } = setting;
  const keyId = await clientEncryption.createDataKey('local', { keyAltNames: ['local'] });
  const encrypt = { keyId: [keyId], bsonType: 'string', algorithm: deterministic };
  await createWithSchema(coll, { bsonType: 'object', properties: { encrypted: { encrypt } } });
  ciphertext = await clientEncryption.encrypt('string0', {
    keyAltName: 'local',
    algorithm: deterministic,
  });
});
afterAll(() => setting.close());
beforeEach(() => setting.coll.deleteMany({}));

interface Watched {
  readonly client: MongoClient;
  /** `find keys` and the like, in order. */
  readonly sent: string[];
  readonly topologies: () => number;
}

async function watch(options: MongoClientOptions): Promise<Watched> {
  const sent: string[] = [];
  let opened = 0;
  // Before it connects: a topology opens once.
  const client = await setting.connect({ ...options, monitorCommands: true }, undefined, (made) => {
    made.on('topologyOpening', () => opened++);
    made.on('commandStarted', ({ commandName, command }) => {
      const target: unknown = (command as Record<string, unknown>)[commandName];
      if (commandName !== 'endSessions') {
        sent.push(typeof target === 'string' ? `${commandName} ${target}` : commandName);
      }
    });
  });
  return { client, sent, topologies: () => opened };
}

const schema = 'listCollections';
const keys = 'find keys';
const insert = 'insert coll';
const find = 'find coll';

describe('9. no deadlock, whatever the pool holds', () => {
  it.each([
    { number: 1, maxPoolSize: 1, sent: [schema, keys, insert, find], clients: 2 },
    { number: 2, maxPoolSize: 1, external: true, sent: [schema, insert, find], clients: 2 },
    { number: 3, maxPoolSize: 1, bypass: true, sent: [find, keys], clients: 2 },
    { number: 4, maxPoolSize: 1, bypass: true, external: true, sent: [find], clients: 1 },
    // The key vault is read by the client itself: its collection is looked up too.
    { number: 5, maxPoolSize: 0, sent: [schema, schema, keys, insert, find], clients: 1 },
    { number: 6, maxPoolSize: 0, external: true, sent: [schema, insert, find], clients: 1 },
    { number: 7, maxPoolSize: 0, bypass: true, sent: [find, keys], clients: 1 },
    { number: 8, maxPoolSize: 0, bypass: true, external: true, sent: [find], clients: 1 },
  ])(
    'case $number: maxPoolSize $maxPoolSize, bypass $bypass, external key vault client $external',
    async ({ maxPoolSize, bypass = false, external = false, sent, clients }) => {
      const keyVault = await watch({ maxPoolSize: 1 });
      const encrypted = await watch({
        maxPoolSize,
        autoEncryption: {
          keyVaultNamespace: setting.keyVaultNamespace,
          kmsProviders: localProviders,
          bypassAutoEncryption: bypass,
          ...(external && { keyVaultClient: keyVault.client }),
        },
      });
      const coll = encrypted.client.db(setting.database).collection<{ _id: number }>('coll');
      if (bypass) await setting.coll.insertOne({ _id: 0, encrypted: ciphertext } as object);
      else await coll.insertOne({ _id: 0, encrypted: 'string0' } as { _id: number });
      expect(await coll.findOne({ _id: 0 })).toEqual({ _id: 0, encrypted: 'string0' });

      expect(encrypted.sent).toEqual(sent);
      expect(keyVault.sent).toEqual(external ? [keys] : []);
      expect(encrypted.topologies()).toBe(clients);
    },
  );

  it('a hundred at once over one connection', async () => {
    const encrypted = await watch({
      maxPoolSize: 1,
      autoEncryption: {
        keyVaultNamespace: setting.keyVaultNamespace,
        kmsProviders: localProviders,
      },
    });
    const coll = encrypted.client.db(setting.database).collection<{ _id: number }>('coll');
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    await Promise.all(
      numbers.map((_id) =>
        coll.insertOne({ _id, encrypted: `string${String(_id)}` } as object as { _id: number }),
      ),
    );
    const found = await coll.find({}).sort({ _id: 1 }).toArray();
    expect(found).toEqual(numbers.map((_id) => ({ _id, encrypted: `string${String(_id)}` })));
  });
});
