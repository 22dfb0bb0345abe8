// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#2-data-key-and-double-encryption
// With each KMS provider: a data key is made and stored with majority, a value is encrypted by the
// key's id and by its alt name to the same bytes, automatic decryption reads it. What is ciphertext
// already cannot be written to a field that is encrypted automatically.
import { Binary, ClientEncryption, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hasKmip,
  masterKeys,
  providerNames,
  startKmsServers,
  type KmsServers,
} from '../testing/kms-servers.ts';
import { deterministic, prepareSetting, random, type Setting } from './setting.ts';

let setting: Setting;
let servers: KmsServers;
let clientEncryption: ClientEncryption;
let encrypted: MongoClient;
const inserts: Document[] = [];
beforeAll(async () => {
  [setting, servers] = await Promise.all([prepareSetting('prose2'), startKmsServers()]);
  const { database, keyVaultNamespace, connect } = setting;
  const client = await connect({ monitorCommands: true });
  client.on('commandStarted', ({ command, commandName }) => {
    if (commandName === 'insert') inserts.push(command);
  });
  clientEncryption = new ClientEncryption(client, { keyVaultNamespace, ...servers.options });
  const encrypt = { keyId: '/placeholder', bsonType: 'string', algorithm: random };
  const properties = { encrypted_placeholder: { encrypt } };
  const schemaMap = { [`${database}.coll`]: { bsonType: 'object', properties } };
  encrypted = await connect({
    autoEncryption: { keyVaultNamespace, ...servers.options, schemaMap },
  });
});
afterAll(async () => {
  await setting.close();
  await servers.close();
});

describe('2. data keys and double encryption', () => {
  for (const provider of providerNames) {
    it.skipIf(provider === 'kmip' && !hasKmip)(`works with ${provider}`, async () => {
      const keyAltName = `${provider} key`;
      const masterKey = masterKeys[provider];
      const keyId = await clientEncryption.createDataKey(provider, {
        keyAltNames: [keyAltName],
        ...(masterKey && { masterKey }),
      });
      expect(keyId.sub_type).toBe(Binary.SUBTYPE_UUID);
      const stored = await setting.keyVault.find({ _id: keyId as Document }).toArray();
      expect(stored).toMatchObject([{ masterKey: { provider } }]);
      expect(inserts.at(-1)).toMatchObject({ insert: 'keys', writeConcern: { w: 'majority' } });

      const hello = `hello ${provider}`;
      const byId = await clientEncryption.encrypt(hello, { keyId, algorithm: deterministic });
      expect(byId.sub_type).toBe(Binary.SUBTYPE_ENCRYPTED);
      const coll = encrypted.db(setting.database).collection('coll');
      await coll.insertOne({ _id: provider, value: byId } as Document);
      expect(await coll.findOne({ _id: provider } as Document)).toMatchObject({ value: hello });

      const byName = await clientEncryption.encrypt(hello, {
        keyAltName,
        algorithm: deterministic,
      });
      expect(byName.toString('hex')).toBe(byId.toString('hex'));

      const twice = coll.insertOne({ placeholder: keyAltName, encrypted_placeholder: byId });
      await expect(twice).rejects.toThrow('Cannot encrypt element of type');
      expect(await setting.coll.countDocuments({ placeholder: keyAltName })).toBe(0);
    });
  }
});
