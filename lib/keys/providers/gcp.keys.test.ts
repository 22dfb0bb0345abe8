// The clinic under a key of Google Cloud KMS, at an endpoint that checks the account's signature and the access token.
// PyMongo with libmongocrypt uses the same key beside it.
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getPatientRecord, registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import {
  closeConnections,
  currentNames,
  doctorClientEncryption,
  keyVault,
} from '@/lib/db/connections';
import { createClientEncryption } from '@/lib/db/doctor-client';
import { env } from '@/lib/env';
import { ensurePymongo, startPymongo } from '../../../peers/pymongo.ts';
import { makeCertificates, type Certificates } from '../../encryption/testing/certificates.ts';
import { gcpWithPolicy } from '../../encryption/testing/cloud-policies.ts';
import { gcp as account } from '../../encryption/testing/clouds.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../../encryption/testing/kms-endpoint.ts';
import { configuredMasterKey, describeMasterKey, kmsOptions } from '../kms';
import { preflight } from '../preflight';
import { PROVIDERS } from '.';
import {
  atClinic,
  masterKeysInVault,
  openPymongoAtClinic,
  readThere,
  workAtClinic,
  workOnPatientOf,
} from './testing/clinic-at-kms';

const hasPymongo = await ensurePymongo();
const folder = mkdtempSync(join(tmpdir(), 'medco-gcp-'));
const pem = createPrivateKey({ key: account.privateKey, format: 'der', type: 'pkcs8' }).export({
  format: 'pem',
  type: 'pkcs8',
});

function secretFile(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

describe('the clinic under a key of Google', () => {
  const policy = { wrap: true, unwrap: true, enabled: true };
  let certificates: Certificates;
  let endpoint: KmsEndpoint;
  let clinic: TestClinic;
  let refusedSetup: unknown;
  beforeAll(async () => {
    certificates = await makeCertificates();
    endpoint = await startKmsEndpoint(certificates, gcpWithPolicy(policy));
    const { projectId, location, keyRing, keyName } = account.masterKey;
    const json = { type: 'service_account', client_email: account.email, private_key: pem };
    Object.assign(process.env, {
      KMS_PROVIDER: 'gcp',
      KMS_GCP_PROJECT_ID: projectId,
      KMS_GCP_LOCATION: location,
      KMS_GCP_KEY_RING: keyRing,
      KMS_GCP_KEY_NAME: keyName,
      KMS_GCP_PRIVATE_KEY_FILE: secretFile('account.json', JSON.stringify(json)),
      KMS_GCP_ENDPOINT: endpoint.address,
      KMS_GCP_TOKEN_ENDPOINT: endpoint.address,
      KMS_GCP_CA_FILE: certificates.caFile,
    });
    policy.wrap = false;
    refusedSetup = await openTestClinic().catch((error: unknown) => error);
    policy.wrap = true;
    clinic = await openTestClinic();
  });
  afterAll(async () => {
    await clinic.close();
    await endpoint.close();
    await certificates.remove();
    rmSync(folder, { recursive: true });
  });

  it('is not set up without the right to encrypt, and the reason is said', () => {
    expect(refusedSetup).toBeInstanceOf(Error);
    expect(String(refusedSetup)).toContain("'cloudkms.cryptoKeyVersions.useToEncrypt'");
  });

  it('registers, measures, reads and searches, with every key under the CMK', async () => {
    await workAtClinic(clinic, 1);
    const { masterKey } = configuredMasterKey();
    expect(await masterKeysInVault()).toEqual([{ provider: 'gcp', ...masterKey }]);
    expect(describeMasterKey(configuredMasterKey())).toBe('gcp p/l/r/k');
    expect(endpoint.requests.map(({ path }) => path)).toContain('/token');
  });

  it.runIf(hasPymongo)('shares patients with PyMongo, each with keys of the other', async () => {
    const pymongo = await startPymongo();
    const theirs = await openPymongoAtClinic(pymongo, {
      kmsProviders: { gcp: kmsOptions().kmsProviders.gcp },
      tlsOptions: { gcp: { tlsCAFile: certificates.caFile } },
    });
    expect(await readThere(theirs, await workAtClinic(clinic, 2))).toMatchObject(atClinic);
    await workOnPatientOf(clinic, theirs, configuredMasterKey(), 3);
    await theirs.close();
    await pymongo.stop();
  });

  it.each([
    ['permission', { wrap: false }, 'cloudkms.cryptoKeyVersions.useToEncrypt', 403],
    ['permission', { unwrap: false }, 'cloudkms.cryptoKeyVersions.useToDecrypt', 403],
    ['disabled', { enabled: false }, 'is not enabled, current state is: DISABLED', 400],
  ] as const)('fails the preflight: %s %o', async (reason, change, words, status) => {
    Object.assign(policy, change);
    try {
      const { ok, checks } = await preflight(configuredMasterKey());
      expect(ok).toBe(false);
      const failed = checks.find(({ outcome }) => outcome === 'failed');
      expect(failed).toMatchObject({ reason });
      expect(failed?.problem).toContain(words);
      expect(failed?.problem).toContain(`HTTP status ${String(status)}`);
    } finally {
      Object.assign(policy, { wrap: true, unwrap: true, enabled: true });
    }
    expect((await preflight(configuredMasterKey())).ok).toBe(true);
  });

  it('reads nothing while the key is disabled, registers nobody, and goes on without a restart', async () => {
    const id = await workAtClinic(clinic, 4);
    const keys = await keyVault().countDocuments();
    policy.enabled = false;
    try {
      await closeConnections();
      const { doctor } = clinic.staff;
      await expect(getPatientRecord(doctor, id)).rejects.toThrow();
      await expect(registerPatient(doctor, registration(5))).rejects.toThrow();
      expect(await keyVault().countDocuments()).toBe(keys);
    } finally {
      policy.enabled = true;
    }
    await workAtClinic(clinic, 5);
    expect(await getPatientRecord(clinic.staff.doctor, id)).toMatchObject({ id });
  });

  describe('settings', () => {
    const { gcp } = PROVIDERS;
    const situation = { chosen: true, production: true, dataDir: '/nowhere' };
    const problems = (change: Record<string, string | undefined>) => [
      ...gcp.problems({ ...env().kms, ...change }, situation),
    ];

    it('take the account from the JSON file, or the address and a key in PEM', () => {
      expect(problems({})).toEqual([]);
      const apart = {
        KMS_GCP_EMAIL: account.email,
        KMS_GCP_PRIVATE_KEY_FILE: secretFile('key.pem', pem),
      };
      expect(problems(apart)).toEqual([]);
      expect(gcp.configure({ ...env().kms, ...apart })).toEqual(gcp.configure(env().kms));
    });

    it('refuse an address that is not the one of the file, and a key without any', () => {
      expect(problems({ KMS_GCP_EMAIL: 'another@project.example' })).toEqual([
        [
          'KMS_GCP_EMAIL',
          'expected the account that `KMS_GCP_PRIVATE_KEY_FILE` names, got another one',
        ],
      ]);
      const bare = { KMS_GCP_PRIVATE_KEY_FILE: secretFile('bare.pem', pem) };
      expect(problems(bare)).toEqual([
        ['KMS_GCP_EMAIL', 'is needed beside `KMS_GCP_PRIVATE_KEY_FILE` in PEM'],
      ]);
    });

    it('refuse what is neither, without a word of it, and never turn to the metadata server', () => {
      for (const content of ['made-up secret', '{"private_key":"made-up secret"}', '{', '']) {
        const file = secretFile('other', content);
        const change = { KMS_GCP_PRIVATE_KEY_FILE: file, KMS_GCP_EMAIL: account.email };
        expect(problems(change)).toEqual([
          [
            'KMS_GCP_PRIVATE_KEY_FILE',
            'expected a private key in PEM or a service account in JSON',
          ],
        ]);
        expect(() => gcp.configure({ ...env().kms, ...change })).toThrow(
          '`KMS_GCP_PRIVATE_KEY_FILE` does not hold',
        );
      }
    });

    it('need the whole name of the key', () => {
      for (const setting of gcp.needs) {
        expect(problems({ [setting]: undefined }).map(([name]) => name)).toEqual([setting]);
        expect(gcp.configure({ ...env().kms, [setting]: undefined })).toBeNull();
      }
    });
  });

  it('takes its token from the metadata server of the machine where no account is set', async () => {
    const given = { ...env().kms, KMS_GCP_PRIVATE_KEY_FILE: undefined };
    const bare = PROVIDERS.gcp.configure(given);
    expect(bare?.kmsProviders).toEqual({ gcp: {} });
    const asked: unknown[] = [];
    const metadata = createServer((request, response) => {
      asked.push([request.url, request.headers['metadata-flavor']]);
      const token = { access_token: 'gcp access token', expires_in: 3599, token_type: 'Bearer' };
      response.writeHead(200, { 'Content-Type': 'application/json', 'Metadata-Flavor': 'Google' });
      response.end(JSON.stringify(token));
    });
    await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
    const address = metadata.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    process.env['GCE_METADATA_HOST'] = `127.0.0.1:${String(port)}`;
    try {
      const kms = { ...kmsOptions(), kmsProviders: { gcp: {} } };
      const options = { names: currentNames(), kms, keyExpirationMS: 0 };
      const onMachine = createClientEncryption(clinic.plain, options);
      const { masterKey } = configuredMasterKey();
      const keyId = await onMachine.createDataKey('gcp', { ...(masterKey && { masterKey }) });
      const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
      const sealed = await onMachine.encrypt('probe', { keyId, algorithm });
      expect(await doctorClientEncryption().decrypt(sealed)).toBe('probe');
      const path = '/computeMetadata/v1/instance/service-accounts/default/token';
      expect(asked).toContainEqual([path, 'Google']);
    } finally {
      metadata.closeAllConnections();
      metadata.close();
    }
  });
});
