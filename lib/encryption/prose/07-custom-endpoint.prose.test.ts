// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#7-custom-endpoint-test
// Endpoints of KMS and identity services: each has a default, each can be set with or without a port,
// and what is set is what is dialled. A host that does not exist is a network error, a host that is
// not what the caller takes it for is an error of the KMS: neither makes a data key.
import { ClientEncryption, type Document, type KMSProviders } from 'mongodb';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { azure, gcp } from '../testing/clouds.ts';
import {
  hasKmip,
  masterKeys,
  startKmsServers,
  vaultHost,
  type KmsServers,
} from '../testing/kms-servers.ts';
import { deterministic, prepareSetting, type Setting } from './setting.ts';

type Provider = 'aws' | 'azure' | 'gcp' | 'kmip';

const nowhere = 'doesnotexist.invalid';
let setting: Setting;
let servers: KmsServers;
let clientEncryption: ClientEncryption;
/** Its identity services and its KMIP server do not exist. */
let invalid: ClientEncryption;
beforeAll(async () => {
  [setting, servers] = await Promise.all([prepareSetting('prose7'), startKmsServers()]);
});
afterAll(async () => {
  await setting.close();
  await servers.close();
});
beforeEach(() => {
  const { kmsProviders } = servers.options;
  const make = (providers: KMSProviders) =>
    new ClientEncryption(setting.client, {
      keyVaultNamespace: setting.keyVaultNamespace,
      ...servers.options,
      kmsProviders: providers,
    });
  clientEncryption = make({
    ...kmsProviders,
    azure: { ...azure, identityPlatformEndpoint: 'login.microsoftonline.com:443' },
    gcp: { email: gcp.email, privateKey: gcp.privateKey, endpoint: 'oauth2.googleapis.com:443' },
  });
  invalid = make({
    azure: { ...azure, identityPlatformEndpoint: `${nowhere}:443` },
    gcp: { email: gcp.email, privateKey: gcp.privateKey, endpoint: `${nowhere}:443` },
    kmip: { endpoint: `${nowhere}:5698` },
  });
});

/** Makes a data key, uses it, and says which hosts were dialled for it. */
async function hostsFor(provider: Provider, masterKey: object): Promise<string[]> {
  const before = servers.dialled.length;
  const keyId = await clientEncryption.createDataKey(provider, { masterKey });
  const encrypted = await clientEncryption.encrypt('test', { keyId, algorithm: deterministic });
  expect(await clientEncryption.decrypt(encrypted)).toBe('test');
  return [...new Set(servers.dialled.slice(before))];
}

/** The messages of the error and of its causes. */
async function failure(
  encryption: ClientEncryption,
  provider: Provider,
  masterKey: object,
): Promise<string> {
  const before = await setting.keyVault.countDocuments();
  const words: string[] = [];
  try {
    await encryption.createDataKey(provider, { masterKey });
  } catch (error) {
    for (let at = error; at instanceof Error; at = at.cause) words.push(at.message);
  }
  expect(await setting.keyVault.countDocuments()).toBe(before);
  return words.join(' < ');
}

const noSuchHost = new RegExp(
  `KMS request failed < getaddrinfo \\w+ ${nowhere.replace('.', '\\.')}`,
);
const awsHost = 'kms.us-east-1.amazonaws.com';
const gcpHosts = ['oauth2.googleapis.com:443', 'cloudkms.googleapis.com:443'];

describe('7. custom endpoints', () => {
  it.each([
    ['case 1: none', {}],
    ['case 2: a host', { endpoint: awsHost }],
    ['case 3: a host and a port', { endpoint: `${awsHost}:443` }],
  ])('%s, for AWS, all lead to the same place', async (_, endpoint) => {
    expect(await hostsFor('aws', { ...masterKeys.aws, ...endpoint })).toEqual([`${awsHost}:443`]);
  });

  it('case 4: a KMIP port at which no one listens is a socket error', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const masterKey = { keyId: '1', endpoint: `127.0.0.1:${String(port)}` };
    const words = await failure(invalid, 'kmip', masterKey);
    expect(words).toMatch(/KMS request failed < connect ECONNREFUSED/);
  });

  it('case 5: another region than that of the key is refused by AWS', async () => {
    const masterKey = { ...masterKeys.aws, endpoint: 'kms.us-east-2.amazonaws.com' };
    expect(await failure(clientEncryption, 'aws', masterKey)).toContain(
      'KMS provider `aws` answered with HTTP status 400: InvalidSignatureException',
    );
  });

  it('case 6: an AWS endpoint that does not exist', async () => {
    const masterKey = { ...masterKeys.aws, endpoint: nowhere };
    expect(await failure(clientEncryption, 'aws', masterKey)).toMatch(noSuchHost);
  });

  it('case 7: Azure’s identity platform with its port, and one that does not exist', async () => {
    const masterKey = masterKeys.azure as Document;
    expect(await hostsFor('azure', masterKey)).toEqual([
      'login.microsoftonline.com:443',
      `${vaultHost}:443`,
    ]);
    expect(await failure(invalid, 'azure', masterKey)).toMatch(noSuchHost);
  });

  it('case 8: GCP’s endpoints with their ports, and an identity service that does not exist', async () => {
    const masterKey = { ...masterKeys.gcp, endpoint: 'cloudkms.googleapis.com:443' };
    expect(await hostsFor('gcp', masterKey)).toEqual(gcpHosts);
    expect(await failure(invalid, 'gcp', masterKey)).toMatch(noSuchHost);
  });

  it('case 9: an endpoint that is no GCP KMS is an error, whatever it answers', async () => {
    // The identity service is there; what stands at the KMS endpoint answers as another service does.
    const masterKey = { ...masterKeys.gcp, endpoint: vaultHost };
    expect(await failure(clientEncryption, 'gcp', masterKey)).toContain(
      'KMS provider `gcp` answered with HTTP status 401',
    );
    const missing = { ...masterKeys.gcp, endpoint: `${nowhere}:443` };
    expect(await failure(clientEncryption, 'gcp', missing)).toMatch(noSuchHost);
  });

  describe.skipIf(!hasKmip)('KMIP', () => {
    const address = () => servers.kmip?.address ?? '';
    /** The specification’s server comes with a master key `1`; PyKMIP is given one here. */
    async function masterKeyId(): Promise<string> {
      const keyId = await clientEncryption.createDataKey('kmip');
      const stored = await setting.keyVault.findOne({ _id: keyId as Document });
      return (stored?.['masterKey'] as { keyId: string }).keyId;
    }

    it('case 10: the server of the provider is the default', async () => {
      const masterKey = { keyId: await masterKeyId() };
      expect(await hostsFor('kmip', masterKey)).toEqual([address()]);
      expect(await failure(invalid, 'kmip', masterKey)).toMatch(noSuchHost);
    });

    it('case 11: the server of the master key goes first', async () => {
      const masterKey = { keyId: await masterKeyId(), endpoint: address() };
      const keyId = await invalid.createDataKey('kmip', { masterKey });
      const encrypted = await invalid.encrypt('test', { keyId, algorithm: deterministic });
      expect(await invalid.decrypt(encrypted)).toBe('test');
    });

    it('case 12: a server of the master key that does not exist', async () => {
      const masterKey = { keyId: '1', endpoint: `${nowhere}:5698` };
      expect(await failure(clientEncryption, 'kmip', masterKey)).toMatch(noSuchHost);
    });
  });
});
