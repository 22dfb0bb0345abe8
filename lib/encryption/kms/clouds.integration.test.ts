// The cloud KMS providers through the official driver's own TLS sockets, against local endpoints that
// check signature or token as the clouds do. The key vault lies on the server under test. Runs with the
// official addon as well, in the project `integration-native`.
import { ClientEncryption, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../../testing/server.ts';
import { makeCertificates, type Certificates } from '../testing/certificates.ts';
import { clouds, configured } from '../testing/cloud-cases.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../testing/kms-endpoint.ts';

const keyVaultNamespace = `${uniqueName('clouds')}.keyVault`;
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
let certificates: Certificates;
let client: MongoClient;
beforeAll(async () => {
  certificates = await makeCertificates();
  client = await new MongoClient(testServerUri()).connect();
});
afterAll(async () => {
  await client.db(keyVaultNamespace.split('.')[0]).dropDatabase();
  await client.close();
  await certificates.remove();
});

describe.each(clouds)('KMS provider $provider', (cloud) => {
  let endpoint: KmsEndpoint;
  beforeEach(async () => {
    endpoint = await startKmsEndpoint(certificates, cloud.answer);
    return () => endpoint.close();
  });

  function encryption(changes: object = {}, provider: string = cloud.provider): ClientEncryption {
    return new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: configured(provider, { ...cloud.credentials(endpoint.address), ...changes }),
      tlsOptions: { [provider]: { tlsCAFile: certificates.caFile } },
    });
  }
  const masterKey = () => cloud.masterKey(endpoint.address);

  it('makes a data key, and another client opens it', async () => {
    const keyId = await encryption().createDataKey(cloud.provider, { masterKey: masterKey() });
    expect(endpoint.requests).toHaveLength(cloud.messages);
    const secret = await encryption().encrypt('secret', { keyId, algorithm });
    expect(await encryption().decrypt(secret)).toBe('secret');
  });

  it('works under a name of its own', async () => {
    const named = `${cloud.provider}:ward` as const;
    const keyId = await encryption({}, named).createDataKey(named, { masterKey: masterKey() });
    const secret = await encryption({}, named).encrypt('secret', { keyId, algorithm });
    await expect(encryption().decrypt(secret)).rejects.toThrow(`\`${named}\` is not configured`);
    expect(await encryption({}, named).decrypt(secret)).toBe('secret');
  });

  it('does not send anything to an endpoint whose certificate is not trusted', async () => {
    const untrusting = new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: configured(cloud.provider, cloud.credentials(endpoint.address)),
    });
    const creating = untrusting.createDataKey(cloud.provider, { masterKey: masterKey() });
    await expect(creating).rejects.toThrow('KMS request failed');
    expect(endpoint.requests).toHaveLength(0);
  });

  it('rewraps a key from the local provider and back', async () => {
    const both = new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: {
        local: { key: Buffer.alloc(96, 3) },
        ...configured(cloud.provider, cloud.credentials(endpoint.address)),
      },
      tlsOptions: { [cloud.provider]: { tlsCAFile: certificates.caFile } },
    });
    const keyId = await both.createDataKey('local');
    const secret = await both.encrypt('secret', { keyId, algorithm });
    const provider = cloud.provider;
    await both.rewrapManyDataKey({ _id: keyId }, { provider, masterKey: masterKey() });
    expect((await both.getKey(keyId))?.masterKey).toMatchObject({ provider });
    expect(await encryption().decrypt(secret)).toBe('secret');
    await both.rewrapManyDataKey({ _id: keyId }, { provider: 'local' });
    expect((await both.getKey(keyId))?.masterKey).toEqual({ provider: 'local' });
  });
});

describe('what the clouds check', () => {
  it.each([
    [
      clouds[0],
      { secretAccessKey: 'another' },
      /InvalidSignatureException.*The signature is wrong/s,
    ],
    [clouds[1], { clientSecret: 'another' }, /invalid_client.*Wrong client secret/s],
    [clouds[2], { email: 'another@project.example' }, /invalid_grant.*Invalid JWT signature/s],
  ] as const)('wrong credentials are refused with its words', async (cloud, changes, words) => {
    if (!cloud) throw new TypeError('Expected a cloud');
    const endpoint = await startKmsEndpoint(certificates, cloud.answer);
    const encryption = new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: configured(cloud.provider, {
        ...cloud.credentials(endpoint.address),
        ...changes,
      }),
      tlsOptions: { [cloud.provider]: { tlsCAFile: certificates.caFile } },
    });
    const masterKey = cloud.masterKey(endpoint.address);
    const creating = encryption.createDataKey(cloud.provider, { masterKey });
    await expect(creating).rejects.toThrow(words);
    await endpoint.close();
  });
});
