// Test support: one key vault on the server under test and two parties at it, the official driver with this
// module and PyMongo with libmongocrypt, both with the same KMS providers.
import {
  ClientEncryption,
  type ClientEncryptionOptions,
  type Collection,
  type Document,
  type KMSProviders,
  MongoClient,
} from 'mongodb';
import type { Pymongo, PymongoParty } from '../../../../peers/pymongo.ts';
import { testServerUri, uniqueName } from '../../../testing/server.ts';

/** What both sides are configured with. The names are the driver's. */
export interface VaultOptions {
  readonly kmsProviders: Document;
  readonly tlsOptions?: Document;
  /** How this side reaches a KMS, and where the other side finds the same hosts. */
  readonly kmsConnectCallback?: NonNullable<ClientEncryptionOptions['kmsConnectCallback']>;
  readonly routes?: Readonly<Record<string, number>>;
}

export interface SharedVault {
  readonly database: string;
  readonly keyVaultNamespace: string;
  /** A client of the driver without encryption. */
  readonly plain: MongoClient;
  /** The key vault as a plain collection. */
  readonly keys: Collection;
  /** A new client of this module, which has seen no key yet. */
  readonly ours: (changes?: Partial<VaultOptions>) => ClientEncryption;
  /** A new client of the driver that decrypts by itself with this module. */
  readonly automatic: () => Promise<MongoClient>;
  /** The same on PyMongo's side, both in one. */
  readonly theirs: (changes?: Partial<VaultOptions>) => Promise<PymongoParty>;
  readonly close: () => Promise<void>;
}

/** Opens a vault with the unique index on alt names. */
export async function openSharedVault(
  pymongo: Pymongo,
  options: VaultOptions,
): Promise<SharedVault> {
  const uri = testServerUri();
  const database = uniqueName('interop');
  const keyVaultNamespace = `${database}.keyVault`;
  const plain = await new MongoClient(uri).connect();
  const keys = plain.db(database).collection('keyVault');
  const partialFilterExpression = { keyAltNames: { $exists: true } };
  await keys.createIndexes([{ key: { keyAltNames: 1 }, unique: true, partialFilterExpression }]);
  const clients = [plain];
  const parties: PymongoParty[] = [];
  const driverOptions = (changes: Partial<VaultOptions>) => {
    const { kmsProviders, tlsOptions = {}, kmsConnectCallback } = { ...options, ...changes };
    return {
      keyVaultNamespace,
      kmsProviders: kmsProviders as KMSProviders,
      tlsOptions,
      ...(kmsConnectCallback && { kmsConnectCallback }),
    };
  };
  return {
    database,
    keyVaultNamespace,
    plain,
    keys,
    ours: (changes = {}) => new ClientEncryption(plain, driverOptions(changes)),
    automatic: async () => {
      const autoEncryption = { ...driverOptions({}), bypassAutoEncryption: true };
      const client = await new MongoClient(uri, { autoEncryption }).connect();
      clients.push(client);
      return client;
    },
    theirs: async (changes = {}) => {
      const { kmsProviders, tlsOptions = {}, routes = {} } = { ...options, ...changes };
      const party = await pymongo.open({
        uri,
        keyVaultNamespace,
        kmsProviders,
        tlsOptions,
        routes,
      });
      parties.push(party);
      return party;
    },
    close: async () => {
      await Promise.all(parties.map((party) => party.close()));
      await plain.db(database).dropDatabase();
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

export const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
export const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
