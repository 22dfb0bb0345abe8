// The cloud KMS providers through the official driver's own TLS sockets, against local endpoints that
// check signature or token as the clouds do. The key vault lies on the server under test.
import { ClientEncryption, MongoClient, type Document, type KMSProviders } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../../testing/server.ts';
import { makeCertificates, type Certificates } from '../testing/certificates.ts';
import { answerAsAws, answerAsAzure, answerAsGcp, aws, azure, gcp } from '../testing/clouds.ts';
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

interface Cloud {
  provider: 'aws' | 'azure' | 'gcp';
  answer: Parameters<typeof startKmsEndpoint>[1];
  credentials: (address: string) => object;
  masterKey: (address: string) => Document;
  /** Messages to create a data key: a token first, where there is one. */
  messages: number;
}

const clouds: Cloud[] = [
  {
    provider: 'aws',
    answer: answerAsAws,
    credentials: () => aws.credentials,
    masterKey: (endpoint) => ({ key: aws.key, region: aws.region, endpoint }),
    messages: 1,
  },
  {
    provider: 'azure',
    answer: answerAsAzure,
    credentials: (address) => ({ ...azure, identityPlatformEndpoint: address }),
    masterKey: (keyVaultEndpoint) => ({ keyVaultEndpoint, keyName: 'master' }),
    messages: 2,
  },
  {
    provider: 'gcp',
    answer: answerAsGcp,
    credentials: (address) => ({ email: gcp.email, privateKey: gcp.privateKey, endpoint: address }),
    masterKey: (endpoint) => ({ ...gcp.masterKey, endpoint }),
    messages: 2,
  },
];

/** Options of one provider; wrong ones too, which the driver's types would not let through. */
function configured(provider: string, options: object): KMSProviders {
  const providers: unknown = { [provider]: options };
  return providers as KMSProviders;
}

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

  it('tries again after passing failures, without help of the driver', async () => {
    endpoint.failNext(503, 500, 429);
    const keyId = await encryption().createDataKey(cloud.provider, { masterKey: masterKey() });
    expect(endpoint.requests).toHaveLength(cloud.messages + 3);
    endpoint.failNext(503);
    const secret = await encryption().encrypt('secret', { keyId, algorithm });
    expect(await encryption().decrypt(secret)).toBe('secret');
  });

  it('gives up after four attempts and says which status came', async () => {
    endpoint.failNext(503, 503, 503, 503);
    const creating = encryption().createDataKey(cloud.provider, { masterKey: masterKey() });
    await expect(creating).rejects.toThrow('HTTP status 503 after 4 attempts');
    expect(endpoint.requests).toHaveLength(4);
  });

  it('does not try again what the provider refuses', async () => {
    endpoint.failNext(403);
    const creating = encryption().createDataKey(cloud.provider, { masterKey: masterKey() });
    await expect(creating).rejects.toThrow(
      `KMS provider \`${cloud.provider}\` answered with HTTP status 403`,
    );
    expect(endpoint.requests).toHaveLength(1);
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
      'InvalidSignatureException, The signature is wrong',
    ],
    [clouds[1], { clientSecret: 'another' }, 'invalid_client, Wrong client secret'],
    [clouds[2], { email: 'another@project.example' }, 'invalid_grant, Invalid JWT signature'],
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
