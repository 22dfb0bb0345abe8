// A KMS that fails: retried here, without the driver's help, which the official addon cannot do in Node.
import { ClientEncryption, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../../testing/server.ts';
import { makeCertificates, type Certificates } from '../testing/certificates.ts';
import { azure } from '../testing/clouds.ts';
import { clouds, configured } from '../testing/cloud-cases.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../testing/kms-endpoint.ts';

const keyVaultNamespace = `${uniqueName('failing')}.keyVault`;
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

describe.each(clouds)('KMS provider $provider, when it fails', (cloud) => {
  let endpoint: KmsEndpoint;
  beforeEach(async () => {
    endpoint = await startKmsEndpoint(certificates, cloud.answer);
    return () => endpoint.close();
  });

  function encryption(): ClientEncryption {
    return new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: configured(cloud.provider, {
        ...cloud.credentials(endpoint.address),
        // Its secret holds what a form must escape, which libmongocrypt does not do.
        ...(cloud.provider === 'azure' && azure),
      }),
      tlsOptions: { [cloud.provider]: { tlsCAFile: certificates.caFile } },
    });
  }
  const masterKey = () => cloud.masterKey(endpoint.address);

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
});
