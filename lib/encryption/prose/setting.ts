// Prose tests: what each of them starts with: clients on the server under test, a database of its own
// for the key vault and the data, and the local provider.
import {
  ClientEncryption,
  MongoClient,
  type Collection,
  type Document,
  type MongoClientOptions,
} from 'mongodb';
import { testServerKind, testServerUri, uniqueName } from '../../testing/server.ts';

export const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
export const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/** The master key of every prose test that needs no cloud; a number of our own. */
export const localKey = Buffer.from('prose'.repeat(20)).subarray(0, 96);
export const localProviders = { local: { key: localKey } };

export interface Setting {
  readonly database: string;
  readonly keyVaultNamespace: string;
  /** Without encryption. */
  readonly client: MongoClient;
  readonly keyVault: Collection;
  readonly coll: Collection;
  /** With the local provider. */
  readonly clientEncryption: ClientEncryption;
  /** A client that `close` closes too. `prepare` may listen before it connects. */
  readonly connect: (
    options?: MongoClientOptions,
    uri?: string,
    prepare?: (client: MongoClient) => void,
  ) => Promise<MongoClient>;
  readonly close: () => Promise<void>;
}

export async function prepareSetting(name: string): Promise<Setting> {
  const database = uniqueName(name);
  const keyVaultNamespace = `${database}.keys`;
  const clients: MongoClient[] = [];
  const connect: Setting['connect'] = async (options = {}, uri = testServerUri(), prepare) => {
    const client = new MongoClient(uri, options);
    clients.push(client);
    prepare?.(client);
    return client.connect();
  };
  const client = await connect();
  const db = client.db(database);
  return {
    database,
    keyVaultNamespace,
    client,
    keyVault: db.collection('keys'),
    coll: db.collection('coll'),
    clientEncryption: new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: localProviders,
    }),
    connect,
    close: async () => {
      await db.dropDatabase();
      await Promise.all(clients.map((each) => each.close()));
    },
  };
}

/** Creates a collection whose validator is the encryption schema. */
export async function createWithSchema(collection: Collection, schema: Document): Promise<void> {
  const validator = { $jsonSchema: schema };
  await collection.db.createCollection(collection.collectionName, { validator });
  // FerretDB ignores the validator of `create` and takes that of `collMod`.
  if (testServerKind() === 'ferretdb') {
    await collection.db.command({ collMod: collection.collectionName, validator });
  }
}
