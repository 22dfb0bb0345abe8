// Rewraps copies of data keys beside the vault and proves them, so that the vault itself only ever sees a wrapped key
// that was opened and found equal. One batch takes a dozen round trips, however many keys it has.
import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import {
  MongoClient,
  type AutoEncryptionOptions,
  type ClientEncryption,
  type Collection,
  type DataKey,
  type UUID,
} from 'mongodb';
import { currentNames, keyVault, keyVaultDb } from '@/lib/db/connections';
import { createClientEncryption } from '@/lib/db/doctor-client';
import { env } from '@/lib/env';
import { storedMasterKey } from '../cmk-groups';
import { KeyError } from '../errors';
import { kmsOptions, type CustomerMasterKey } from '../kms';

/** Copies of data keys; empty between operations, since a copy must not outlive its original. */
export const REWRAP_COPIES = '__keyVaultRewrap';
/** What the originals encrypted and the rewrapped copies must decrypt. */
export const REWRAP_PROBES = '__keyVaultRewrapProbes';

/** The clients see each key once; this only keeps the memory flat. */
const CACHE_MS = 1000;

interface Probe {
  _id: UUID;
  /** Alt name of the copy; the encryption schema points here. */
  name: string;
  probe: string;
}

/** Use a new one for each pass over the vault: no key may be proved by what a cache remembers of it. */
export class RewrapBench {
  readonly #target: CustomerMasterKey;
  readonly #copies: Collection<DataKey>;
  readonly #clientEncryption: ClientEncryption;
  /** Encrypts probes with the copies before they are rewrapped. */
  readonly #sealing: MongoClient;
  /** Decrypts them with the rewrapped ones; it has seen neither before. */
  readonly #opening: MongoClient;

  constructor(target: CustomerMasterKey) {
    const db = keyVaultDb();
    const names = {
      ...currentNames(),
      keyVaultNamespace: `${db.databaseName}.${REWRAP_COPIES}`,
    };
    this.#target = target;
    this.#copies = db.collection(REWRAP_COPIES);
    this.#clientEncryption = createClientEncryption(db.client, {
      names,
      kms: kmsOptions(),
      keyExpirationMS: CACHE_MS,
    });
    const encryption = { ...kmsOptions(), keyVaultNamespace: names.keyVaultNamespace };
    this.#sealing = open(encryption, {
      schemaMap: { [`${db.databaseName}.${REWRAP_PROBES}`]: PROBE_SCHEMA },
    });
    this.#opening = open(encryption, { bypassAutoEncryption: true });
  }

  /** Copies these keys as they were read, and encrypts one probe with each. Fails if a key does not open. */
  async copy(keys: readonly DataKey[]): Promise<void> {
    await this.clear();
    const names = keys.map((key) => key._id.toHexString());
    await this.#copies.insertMany(
      keys.map((key, at) => ({ ...key, keyAltNames: [names[at] ?? ''] })),
    );
    const probes = keys.map(({ _id }, at) => ({
      _id,
      name: names[at] ?? '',
      probe: names[at] ?? '',
    }));
    await this.#probes(this.#sealing).insertMany(probes);
  }

  /** Rewraps the copies under the target. */
  async rewrap(): Promise<void> {
    const { provider, masterKey } = this.#target;
    await this.#clientEncryption.rewrapManyDataKey(
      {},
      { provider, ...(masterKey && { masterKey }) },
    );
  }

  /**
   * The rewrapped copies of these keys, in their order, each proved: it is under exactly the target and decrypts what
   * its original encrypted. Throws KeyError `VAULT` at the first that is not, or does not.
   */
  async proved(keys: readonly DataKey[]): Promise<DataKey[]> {
    const copies = new Map<string, DataKey>();
    for await (const copy of this.#copies.find()) copies.set(copy._id.toHexString(), copy);
    const probes = await this.#openProbes();
    const expected = storedMasterKey(this.#target);
    return keys.map((key) => {
      const id = key._id.toHexString();
      const copy = copies.get(id);
      if (copy === undefined || !isDeepStrictEqual(copy.masterKey, expected)) {
        throw refusal(id, 'one that is under another CMK');
      }
      if (probes.get(id) !== id) throw refusal(id, 'one that does not');
      return copy;
    });
  }

  /**
   * Puts proved copies in the place of their originals, each on the condition that the vault still holds the bytes
   * that were copied: a key that was erased or rewrapped meanwhile is left as it is.
   */
  async replace(keys: readonly DataKey[], proved: readonly DataKey[]): Promise<void> {
    const writes = keys.flatMap(({ _id, keyMaterial }, at) => {
      const copy = proved[at];
      if (copy === undefined) return [];
      const $set = { keyMaterial: copy.keyMaterial, masterKey: copy.masterKey };
      const update = { $set, $currentDate: { updateDate: true as const } };
      return [{ updateOne: { filter: { _id, keyMaterial }, update } }];
    });
    await keyVault().bulkWrite(writes, { ordered: false, writeConcern: { w: 'majority' } });
  }

  /** Leaves no copy of a key behind. */
  async clear(): Promise<void> {
    await this.#copies.deleteMany({});
    await keyVaultDb().collection(REWRAP_PROBES).deleteMany({});
  }

  async close(): Promise<void> {
    await Promise.all([this.#sealing.close(), this.#opening.close()]);
  }

  async #openProbes(): Promise<Map<string, string>> {
    try {
      const probes = await this.#probes(this.#opening).find().toArray();
      return new Map(probes.map(({ _id, probe }) => [_id.toHexString(), probe]));
    } catch (cause) {
      throw new KeyError(
        'VAULT',
        'Expected rewrapped keys that decrypt what their originals encrypted, got one that does not; ' +
          'the vault keeps the originals',
        cause,
      );
    }
  }

  #probes(client: MongoClient): Collection<Probe> {
    return client.db(keyVaultDb().databaseName).collection(REWRAP_PROBES);
  }
}

const PROBE_SCHEMA = {
  bsonType: 'object',
  properties: {
    probe: {
      encrypt: {
        bsonType: 'string',
        algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Random',
        keyId: '/name',
      },
    },
  },
};

function open(...parts: readonly AutoEncryptionOptions[]): MongoClient {
  const uri = env().mongodbUri;
  if (uri === undefined) throw new TypeError('Expected `MONGODB_URI`, got none');
  return new MongoClient(uri, {
    appName: 'medcomd-rewrap',
    maxPoolSize: 2,
    autoEncryption: Object.assign(
      { keyVaultClient: keyVaultDb().client, keyExpirationMS: CACHE_MS },
      ...parts,
    ) as AutoEncryptionOptions,
  });
}

function refusal(id: string, got: string): KeyError {
  return new KeyError(
    'VAULT',
    `Expected the rewrapped key ${id} to be under the target and to open what its original encrypted, got ${got}; ` +
      'the vault keeps the original',
  );
}
