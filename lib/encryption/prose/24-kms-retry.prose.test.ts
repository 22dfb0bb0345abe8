// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#24-kms-retry-tests
// A passing failure of a KMS is tried again, three times at most. HTTP statuses: the engine does that
// by itself (case 2, and case 3 in its HTTP form). Network failures (cases 1 and 3): the driver for
// Node throws before the engine hears of them, with this module as with the official addon, so what is
// shown for them is that they are an error at once, that nothing was stored, and that the next call works.
import { ClientEncryption, Int32 } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { masterKeys, startKmsServers, type KmsServers } from '../testing/kms-servers.ts';
import { deterministic, prepareSetting, type Setting } from './setting.ts';

let setting: Setting;
let servers: KmsServers;
let clientEncryption: ClientEncryption;
beforeAll(async () => {
  [setting, servers] = await Promise.all([
    prepareSetting('prose24'),
    startKmsServers({ kmip: false }),
  ]);
});
afterAll(async () => {
  await setting.close();
  await servers.close();
});
beforeEach(async () => {
  await setting.keyVault.deleteMany({});
  clientEncryption = makeClientEncryption();
});

/** With no key and no token in its caches. */
function makeClientEncryption(): ClientEncryption {
  const { client, keyVaultNamespace } = setting;
  return new ClientEncryption(client, { keyVaultNamespace, ...servers.options });
}

const value = new Int32(123);

describe.each(['aws', 'azure', 'gcp'] as const)('24. retries with %s', (provider) => {
  const masterKey = masterKeys[provider] ?? {};
  const create = () => clientEncryption.createDataKey(provider, { masterKey });
  const cloud = () => servers.clouds[provider];
  const requests = async (action: () => Promise<unknown>): Promise<number> => {
    const before = cloud().requests.length;
    await action();
    return cloud().requests.length - before;
  };
  /** A token first, except for AWS, where each message is signed. */
  const messages = provider === 'aws' ? 1 : 2;

  it('case 2: one HTTP failure delays createDataKey and encrypt, no more', async () => {
    cloud().failNext(503);
    const keyId = await create();
    const other = makeClientEncryption();
    cloud().failNext(503);
    const encrypt = () => other.encrypt(value, { keyId, algorithm: deterministic });
    expect(await requests(encrypt)).toBe(messages + 1);
    expect(await other.decrypt(await encrypt())).toBe(123);
  });

  it('a failure of the step after the token is tried again without a new token', async () => {
    const keyId = await create();
    cloud().failNext(429, 500, 502);
    const count = await requests(() => clientEncryption.createDataKey(provider, { masterKey }));
    expect(count).toBe(4);
    expect((await clientEncryption.getKey(keyId))?.masterKey).toMatchObject({ provider });
  });

  it('case 3: four HTTP failures are an error with the status, and nothing is stored', async () => {
    cloud().failNext(503, 503, 503, 503);
    const attempt = requests(() =>
      expect(create()).rejects.toThrow(
        `KMS provider \`${provider}\` answered with HTTP status 503 after 4 attempts`,
      ),
    );
    expect(await attempt).toBe(4);
    expect(await setting.keyVault.countDocuments()).toBe(0);
  });

  it.each([400, 401, 403, 404])('HTTP status %i is not tried again', async (status) => {
    cloud().failNext(status);
    const attempt = requests(() =>
      expect(create()).rejects.toThrow(`answered with HTTP status ${String(status)}`),
    );
    expect(await attempt).toBe(1);
    expect(await setting.keyVault.countDocuments()).toBe(0);
  });

  it('case 1: a network failure is an error at once, and the next call works', async () => {
    cloud().failNext('network');
    const attempt = requests(() => expect(create()).rejects.toThrow(/KMS request (failed|closed)/));
    expect(await attempt).toBe(1);
    expect(await setting.keyVault.countDocuments()).toBe(0);
    const keyId = await create();
    cloud().failNext('network');
    const other = makeClientEncryption();
    const encrypt = () => other.encrypt(value, { keyId, algorithm: deterministic });
    await expect(encrypt()).rejects.toThrow(/KMS request (failed|closed)/);
    expect(await other.decrypt(await encrypt())).toBe(123);
  });
});
