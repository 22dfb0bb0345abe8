// Credentials of AWS's platform: those of a container, from a local server that speaks its protocol, used by the driver and by
// AWS's own client alike.
import { createServer, type Server } from 'node:http';
import { ClientEncryption, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testServerUri, uniqueName } from '@/lib/testing/server';
import { createAwsKms, type AwsKms, type Principal } from '../../encryption/testing/aws-kms.ts';
import { makeCertificates, type Certificates } from '../../encryption/testing/certificates.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../../encryption/testing/kms-endpoint.ts';
import { createKmsClient } from './client';
import { createCmk } from './create-cmk';

const role: Principal = {
  accessKeyId: 'ASIAROLE',
  secretAccessKey: 'made-up secret of a role',
  sessionToken: 'made-up token of a role',
  arn: 'arn:aws:sts::111122223333:assumed-role/clinic/container',
  actions: ['*'],
};

describe('credentials of the platform', () => {
  let kms: AwsKms;
  let certificates: Certificates;
  let endpoint: KmsEndpoint;
  let platform: Server;
  let client: MongoClient;
  let masterKey: { region: string; key: string; endpoint: string };
  const database = uniqueName('credentials');
  let asked = 0;
  let lifetimeMs = 3_600_000;
  beforeAll(async () => {
    certificates = await makeCertificates();
    kms = createAwsKms([role]);
    endpoint = await startKmsEndpoint(certificates, kms.answer);
    platform = createServer((_, response) => {
      asked++;
      const { accessKeyId, secretAccessKey, sessionToken } = role;
      response.end(
        JSON.stringify({
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Token: sessionToken,
          Expiration: new Date(Date.now() + lifetimeMs).toISOString(),
        }),
      );
    });
    await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
    const address = platform.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${String(port)}/role`);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    client = new MongoClient(testServerUri());
    const tls = { tlsCAFile: certificates.caFile };
    const sdk = createKmsClient({ region: kms.region, endpoint: endpoint.address, tls });
    const request = { alias: 'clinic', rotation: false, onStep: () => undefined };
    const { arn } = await createCmk(sdk, request);
    sdk.destroy();
    masterKey = { region: kms.region, key: arn, endpoint: endpoint.address };
  });
  beforeEach(() => {
    // Each test finds its credentials anew.
    vi.resetModules();
    asked = 0;
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await client.db(database).dropDatabase();
    await client.close();
    platform.closeAllConnections();
    platform.close();
    await endpoint.close();
    await certificates.remove();
  });

  async function makeKeys(count: number, shared = true): Promise<void> {
    const { platformCredentials } = await import('./credentials');
    const encryption = new ClientEncryption(client, {
      keyVaultNamespace: `${database}.keys`,
      kmsProviders: { aws: {} },
      tlsOptions: { aws: { tlsCAFile: certificates.caFile } },
      ...(shared && { credentialProviders: { aws: platformCredentials } }),
    });
    for (let made = 0; made < count; made++) {
      await encryption.createDataKey('aws', { masterKey });
    }
  }

  it('are asked for once, however many data keys are made', async () => {
    await makeKeys(4);
    expect(asked).toBe(1);
  });

  it('would be asked for with every message, were it left to the driver', async () => {
    await makeKeys(4, false);
    expect(asked).toBe(4);
  });

  it('are asked for again when they are about to expire', async () => {
    lifetimeMs = 1000;
    await makeKeys(3);
    expect(asked).toBeGreaterThanOrEqual(3);
    lifetimeMs = 3_600_000;
  });

  it('that nobody has are missed in words, and nothing is made', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await expect(makeKeys(1)).rejects.toThrow('Could not load credentials from any providers');
  });
});
