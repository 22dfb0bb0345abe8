// The clinic under a key of Azure Key Vault, at an endpoint that checks the client's secret and the access token. PyMongo
// with libmongocrypt uses the same vault beside it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getPatientRecord, registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { closeConnections, keyVault } from '@/lib/db/connections';
import { env } from '@/lib/env';
import { ensurePymongo, startPymongo } from '../../../peers/pymongo.ts';
import { makeCertificates, type Certificates } from '../../encryption/testing/certificates.ts';
import { azureWithPolicy } from '../../encryption/testing/cloud-policies.ts';
import { secondAzureClient } from '../../encryption/testing/clouds.ts';
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
const version = '0123456789abcdef0123456789abcdef';

describe('the clinic under a key of Azure', () => {
  const policy = { wrap: true, unwrap: true, enabled: true };
  let certificates: Certificates;
  let endpoint: KmsEndpoint;
  let clinic: TestClinic;
  let refusedSetup: unknown;
  beforeAll(async () => {
    certificates = await makeCertificates();
    endpoint = await startKmsEndpoint(certificates, azureWithPolicy(policy));
    Object.assign(process.env, {
      KMS_PROVIDER: 'azure',
      KMS_AZURE_TENANT_ID: secondAzureClient.tenantId,
      KMS_AZURE_CLIENT_ID: secondAzureClient.clientId,
      KMS_AZURE_CLIENT_SECRET: secondAzureClient.clientSecret,
      KMS_AZURE_KEY_VAULT_ENDPOINT: endpoint.address,
      KMS_AZURE_KEY_NAME: 'master',
      KMS_AZURE_KEY_VERSION: version,
      KMS_AZURE_IDENTITY_PLATFORM_ENDPOINT: endpoint.address,
      KMS_AZURE_CA_FILE: certificates.caFile,
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
  });

  it('is not set up without the right to wrap, and the reason is said', () => {
    expect(refusedSetup).toBeInstanceOf(Error);
    expect(String(refusedSetup)).toContain("'Microsoft.KeyVault/vaults/keys/wrap/action'");
  });

  it('registers, measures, reads and searches, with every key under one version of the CMK', async () => {
    await workAtClinic(clinic, 1);
    const { masterKey } = configuredMasterKey();
    expect(await masterKeysInVault()).toEqual([{ provider: 'azure', ...masterKey }]);
    expect(masterKey).toMatchObject({ keyVersion: version });
    expect(describeMasterKey(configuredMasterKey())).toBe(
      `azure ${endpoint.address}/master/${version}`,
    );
    const paths = endpoint.requests.map(({ path }) => path);
    expect(paths).toContain(`/keys/master/${version}/wrapkey?api-version=7.1`);
    expect(paths).toContain('/tenant/oauth2/v2.0/token');
  });

  it.runIf(hasPymongo)('shares patients with PyMongo, each with keys of the other', async () => {
    const pymongo = await startPymongo();
    const theirs = await openPymongoAtClinic(pymongo, {
      kmsProviders: { azure: kmsOptions().kmsProviders.azure },
      tlsOptions: { azure: { tlsCAFile: certificates.caFile } },
    });
    expect(await readThere(theirs, await workAtClinic(clinic, 2))).toMatchObject(atClinic);
    await workOnPatientOf(clinic, theirs, configuredMasterKey(), 3);
    await theirs.close();
    await pymongo.stop();
  });

  it.each([
    ['permission', { wrap: false }, 'Microsoft.KeyVault/vaults/keys/wrap/action'],
    ['permission', { unwrap: false }, 'Microsoft.KeyVault/vaults/keys/unwrap/action'],
    ['disabled', { enabled: false }, 'not allowed on a disabled key'],
  ] as const)('fails the preflight: %s %o', async (reason, change, words) => {
    Object.assign(policy, change);
    try {
      const { ok, checks } = await preflight(configuredMasterKey());
      expect(ok).toBe(false);
      const failed = checks.find(({ outcome }) => outcome === 'failed');
      expect(failed).toMatchObject({ reason });
      expect(failed?.problem).toContain(words);
      expect(failed?.problem).toContain('HTTP status 403');
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
    const { azure } = PROVIDERS;
    const situation = { chosen: true, production: true, dataDir: '/nowhere' };
    const given = () => env().kms;
    const problems = (change: Record<string, string | undefined>) => [
      ...azure.problems({ ...given(), ...change }, situation),
    ];

    it('are right as they are', () => {
      expect(problems({})).toEqual([]);
    });

    it.each(['KMS_AZURE_KEY_VAULT_ENDPOINT', 'KMS_AZURE_KEY_NAME', 'KMS_AZURE_KEY_VERSION'])(
      'need %s',
      (setting) => {
        expect(problems({ [setting]: undefined })).toEqual([
          [setting, 'is needed with this `KMS_PROVIDER`'],
        ]);
      },
    );

    it('need all of a client, or none of it: then the managed identity is asked', () => {
      const none = {
        KMS_AZURE_TENANT_ID: undefined,
        KMS_AZURE_CLIENT_ID: undefined,
        KMS_AZURE_CLIENT_SECRET: undefined,
      };
      for (const [setting, value] of Object.entries(none)) {
        expect(problems({ [setting]: value }).map(([name]) => name)).toEqual([setting]);
      }
      expect(problems(none)).toEqual([]);
      expect(azure.configure({ ...given(), ...none })?.kmsProviders).toEqual({ azure: {} });
    });
  });
});
