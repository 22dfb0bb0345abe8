// The KMS provider `kmip` against PyKMIP, a KMIP server that is not ours, over TLS with client
// certificates. Runs with the official addon as well. Skipped by name where Python or its package index cannot be had.
import { ClientEncryption, MongoClient, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePykmip, startPykmip, type Pykmip } from '../../../peers/pykmip.ts';
import { testServerUri, uniqueName } from '../../testing/server.ts';
import { makeCertificates, type Certificates } from '../testing/certificates.ts';

const keyVaultNamespace = `${uniqueName('kmip')}.keyVault`;
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

describe.runIf(await ensurePykmip())('KMS provider kmip on PyKMIP', () => {
  let certificates: Certificates;
  let pykmip: Pykmip;
  let client: MongoClient;
  beforeAll(async () => {
    certificates = await makeCertificates();
    pykmip = await startPykmip(certificates);
    client = await new MongoClient(testServerUri()).connect();
  });
  afterAll(async () => {
    await client.db(keyVaultNamespace.split('.')[0]).dropDatabase();
    await client.close();
    await pykmip.stop();
    await certificates.remove();
  });

  function encryption(tls: object = {}): ClientEncryption {
    return new ClientEncryption(client, {
      keyVaultNamespace,
      kmsProviders: { kmip: { endpoint: pykmip.address } },
      tlsOptions: {
        kmip: {
          tlsCAFile: certificates.caFile,
          tlsCertificateKeyFile: certificates.clientFile,
          ...tls,
        },
      },
    });
  }

  async function roundTrip(masterKey: Document): Promise<Document> {
    const keyId = await encryption().createDataKey('kmip', { masterKey });
    const secret = await encryption().encrypt('secret', { keyId, algorithm });
    expect(await encryption().decrypt(secret)).toBe('secret');
    const stored = await encryption().getKey(keyId);
    if (stored === null) throw new TypeError('Expected a stored data key');
    return stored;
  }

  it('makes a master key on the server and wraps with it', async () => {
    const stored = await roundTrip({});
    expect(stored['masterKey']).toMatchObject({ provider: 'kmip' });
    expect((stored['masterKey'] as Document)['keyId']).toMatch(/./);
    expect((stored['keyMaterial'] as { length: () => number }).length()).toBe(160);
  });

  it('uses a master key that is there already', async () => {
    const { keyId } = (await roundTrip({}))['masterKey'] as { keyId: string };
    const stored = await roundTrip({ keyId });
    expect(stored['masterKey']).toMatchObject({ keyId });
  });

  it('lets the server wrap when delegated', async () => {
    const stored = await roundTrip({ delegated: true });
    expect(stored['masterKey']).toMatchObject({ delegated: true });
    expect((stored['masterKey'] as Document)['keyId']).toMatch(/./);
    // An IV, 96 bytes and their padding; no tag, for the key never was here.
    expect((stored['keyMaterial'] as { length: () => number }).length()).toBe(128);
  });

  it('says what the server says about a key that does not exist', async () => {
    const creating = encryption().createDataKey('kmip', { masterKey: { keyId: '999999' } });
    await expect(creating).rejects.toThrow('Could not locate object: 999999');
  });

  it('gets no answer without a client certificate', async () => {
    const creating = encryption({ tlsCertificateKeyFile: certificates.caFile }).createDataKey(
      'kmip',
    );
    await expect(creating).rejects.toThrow();
  });
});
