// How a conversion reads and encrypts: a client that decrypts replies and never encrypts a command, and explicit
// encryption beside it. Its caches are its own and are thrown away regularly, so memory stays flat over any number of keys.
import 'server-only';
import { MongoClient, type ClientEncryption, type Collection, type ObjectId } from 'mongodb';
import { currentNames, keyVaultDb } from '@/lib/db/connections';
import { createClientEncryption } from '@/lib/db/doctor-client';
import { PATIENTS } from '@/lib/db/names';
import { env } from '@/lib/env';
import { kmsOptions } from '../kms';
import { readClearRecord, type ClearRecord } from './convert-values';

/** Batches after which the caches go. The shared keys are then asked for anew, too. */
const BATCHES_PER_CACHE = 20;
/** Longer than that many batches take, even with a KMS far away. */
const CACHE_MS = 60_000;

export class ConversionClient {
  #client: MongoClient | undefined;
  #clientEncryption: ClientEncryption | undefined;
  #batches = 0;

  /** For what must be made or asked through the encryption client. Do not keep it over batches. */
  get clientEncryption(): ClientEncryption {
    return (this.#clientEncryption ??= createClientEncryption(keyVaultDb().client, {
      names: currentNames(),
      kms: kmsOptions(),
      keyExpirationMS: CACHE_MS,
    }));
  }

  /** Call between batches. */
  async nextBatch(): Promise<void> {
    if (++this.#batches % BATCHES_PER_CACHE === 0) await this.close();
  }

  /** Decrypts these patients; with `without` fields left out. Fails as a whole if one value does not decrypt. */
  async read(ids: readonly ObjectId[], without: readonly string[] = []): Promise<ClearRecord[]> {
    if (ids.length === 0) return [];
    const names = ['name', 'nameKeys', 'contact', 'phoneKey', ...without];
    const projection = Object.fromEntries(names.map((name) => [name, 0]));
    const found = this.#patients().find({ _id: { $in: [...ids] } }, { projection, raw: true });
    const records: ClearRecord[] = [];
    for await (const bytes of found as AsyncIterable<unknown>) {
      if (!(bytes instanceof Uint8Array)) throw new TypeError('Expected a document as bytes');
      records.push(readClearRecord(bytes));
    }
    return records;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#clientEncryption = undefined;
    await client?.close();
  }

  #patients(): Collection {
    this.#client ??= openDecryptingClient();
    return this.#client.db(currentNames().patients).collection(PATIENTS);
  }
}

function openDecryptingClient(): MongoClient {
  const uri = env().mongodbUri;
  if (uri === undefined) throw new TypeError('Expected `MONGODB_URI`, got none');
  return new MongoClient(uri, {
    appName: 'medcomd-convert',
    maxPoolSize: 4,
    autoEncryption: {
      bypassAutoEncryption: true,
      keyVaultNamespace: currentNames().keyVaultNamespace,
      keyVaultClient: keyVaultDb().client,
      ...kmsOptions(),
      keyExpirationMS: CACHE_MS,
    },
  });
}
