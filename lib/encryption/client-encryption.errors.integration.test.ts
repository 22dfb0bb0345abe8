// What this module says more of than the official addon: which key, which provider, and that Queryable
// Encryption is not supported. Through the official driver, over a socket.
import { ClientEncryption, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../testing/server.ts';

const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const database = uniqueName('errors');
const keyVaultNamespace = `${database}.keyVault`;
const kmsProviders = { local: { key: Buffer.alloc(96, 1) } };
let client: MongoClient;
let encryption: ClientEncryption;

beforeAll(async () => {
  client = await new MongoClient(testServerUri()).connect();
  encryption = new ClientEncryption(client, { keyVaultNamespace, kmsProviders });
});

afterAll(async () => {
  await client.db(database).dropDatabase();
  await client.close();
});

describe('an error of explicit encryption', () => {
  it('refuses Queryable Encryption by name', async () => {
    const keyId = await encryption.createDataKey('local');
    const attempt = encryption.encrypt(1, { keyId, algorithm: 'Indexed', contentionFactor: 1 });
    await expect(attempt).rejects.toThrow('Queryable Encryption is not supported');
    await expect(attempt).rejects.toHaveProperty('name', 'MongoCryptError');
  });

  it('names the key that is not there', async () => {
    const attempt = encryption.encrypt(1, { keyAltName: 'missing', algorithm });
    await expect(attempt).rejects.toThrow(
      'not all keys requested were satisfied: no data key with alt name `missing`',
    );
  });

  it('names the key that another local master key wraps', async () => {
    const keyId = await encryption.createDataKey('local');
    const wrong = new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: { local: { key: Buffer.alloc(96, 9) } },
    });
    await expect(wrong.encrypt(1, { keyId, algorithm })).rejects.toThrow(
      `HMAC validation failure while unwrapping data key ${keyId.toString()} with provider local`,
    );
  });

  it('names the key that was deleted', async () => {
    const keyId = await encryption.createDataKey('local');
    const secret = await encryption.encrypt('gone', { keyId, algorithm });
    await encryption.deleteKey(keyId);
    const fresh = new ClientEncryption(client, { keyVaultNamespace, kmsProviders });
    await expect(fresh.decrypt(secret)).rejects.toThrow(`no data key with id ${keyId.toString()}`);
  });
});
