// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#16-rewrap
// A data key can move from each KMS provider to each, itself included, while what it encrypted stays
// readable for the client that knew it before and for one that did not. A new master key cannot be
// named without its provider.
import { ClientEncryption, type ClientEncryptionRewrapManyDataKeyProviderOptions } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hasKmip,
  masterKeys,
  providerNames,
  startKmsServers,
  type KmsServers,
} from '../testing/kms-servers.ts';
import { deterministic, prepareSetting, type Setting } from './setting.ts';

let setting: Setting;
let servers: KmsServers;
beforeAll(async () => {
  [setting, servers] = await Promise.all([prepareSetting('prose16'), startKmsServers()]);
});
afterAll(async () => {
  await setting.close();
  await servers.close();
});

/** With a client and so with caches of its own. */
async function makeClientEncryption(): Promise<ClientEncryption> {
  const { keyVaultNamespace, connect } = setting;
  return new ClientEncryption(await connect(), { keyVaultNamespace, ...servers.options });
}

const withMasterKey = (provider: (typeof providerNames)[number]) => {
  const masterKey = masterKeys[provider];
  return masterKey ? { masterKey } : {};
};

describe('16. rewrap, case 1: with a ClientEncryption of its own', () => {
  for (const from of providerNames) {
    for (const to of providerNames) {
      const needsKmip = from === 'kmip' || to === 'kmip';
      it.skipIf(needsKmip && !hasKmip)(`from ${from} to ${to}`, async () => {
        await setting.keyVault.deleteMany({});
        const first = await makeClientEncryption();
        const keyId = await first.createDataKey(from, withMasterKey(from));
        const before = await first.getKey(keyId);
        const ciphertext = await first.encrypt('test', { keyId, algorithm: deterministic });

        const second = await makeClientEncryption();
        const result = await second.rewrapManyDataKey({}, { provider: to, ...withMasterKey(to) });
        expect(result.bulkWriteResult?.modifiedCount).toBe(1);
        const after = await second.getKey(keyId);
        expect(after?.masterKey).toMatchObject({ provider: to });
        expect(after?.creationDate).toEqual(before?.creationDate);
        expect(after?.updateDate.getTime()).toBeGreaterThanOrEqual(
          before?.updateDate.getTime() ?? NaN,
        );

        expect(await first.decrypt(ciphertext)).toBe('test');
        expect(await second.decrypt(ciphertext)).toBe('test');
        const third = await makeClientEncryption();
        expect(await third.decrypt(ciphertext)).toBe('test');
      });
    }
  }
});

describe('16. rewrap, case 2: a master key without a provider', () => {
  it('is refused by the driver before anything is read', async () => {
    const clientEncryption = await makeClientEncryption();
    // The types do not let it through; a caller without types can do it.
    const options: unknown = { masterKey: {} };
    const attempt = clientEncryption.rewrapManyDataKey(
      {},
      options as ClientEncryptionRewrapManyDataKeyProviderOptions,
    );
    await expect(attempt).rejects.toThrow(/provider/);
  });

  it('leaves the keys as they are', async () => {
    await setting.keyVault.deleteMany({});
    const clientEncryption = await makeClientEncryption();
    await clientEncryption.createDataKey('local');
    const before = await setting.keyVault.find().toArray();
    const options: unknown = { masterKey: {} };
    await clientEncryption
      .rewrapManyDataKey({}, options as ClientEncryptionRewrapManyDataKeyProviderOptions)
      .catch(() => undefined);
    expect(await setting.keyVault.find().toArray()).toEqual(before);
  });
});
