// The clinic under an AWS CMK, at an endpoint that checks every signature and enforces a policy; AWS's own client and PyMongo
// beside it. Settings and AWS's own variables alone lead there.
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Binary, type UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getPatientRecord, registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import {
  closeConnections,
  currentKeyPolicy,
  doctorClientEncryption,
  keyVault,
  keyVaultDb,
} from '@/lib/db/connections';
import { prepareDatabase } from '@/lib/db/prepare-database';
import { ensurePymongo, startPymongo, type Pymongo } from '../../../peers/pymongo.ts';
import { createAwsKms, type AwsKms, type Principal } from '../../encryption/testing/aws-kms.ts';
import { makeCertificates, type Certificates } from '../../encryption/testing/certificates.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../../encryption/testing/kms-endpoint.ts';
import { awsAccess } from '../aws/access';
import { createKmsClient } from '../aws/client';
import { createCmk } from '../aws/create-cmk';
import { configuredMasterKey, describeMasterKey, kmsOptions } from '../kms';
import { rewrapKeys, unfinishedOperation } from '../operations';
import { preflight, requirePreflight } from '../preflight';
import {
  atClinic,
  masterKeysInVault,
  openPymongoAtClinic,
  readThere,
  workAtClinic,
  workOnPatientOf,
} from './testing/clinic-at-kms';
import { wholeRecord } from '@/lib/data/testing/whole-record';

const hasPymongo = await ensurePymongo();

describe('the clinic under a CMK at AWS', () => {
  const principal: Principal = {
    accessKeyId: 'ASIACLINIC',
    secretAccessKey: 'made-up secret of the clinic',
    sessionToken: 'made-up session token',
    arn: 'arn:aws:sts::111122223333:assumed-role/clinic/i-0123456789abcdef0',
    actions: ['kms:Encrypt', 'kms:Decrypt'],
  };
  const may = (...actions: string[]): void => void (kms.principals[0] = { ...principal, actions });
  let kms: AwsKms;
  let certificates: Certificates;
  let endpoint: KmsEndpoint;
  let arn: string;
  let clinic: TestClinic;
  let sdk: KMSClient;
  let refusedSetup: unknown;
  beforeAll(async () => {
    kms = createAwsKms([principal]);
    certificates = await makeCertificates();
    endpoint = await startKmsEndpoint(certificates, kms.answer);
    Object.assign(process.env, {
      KMS_PROVIDER: 'aws',
      KMS_AWS_KEY: 'alias/clinic',
      KMS_AWS_REGION: kms.region,
      KMS_AWS_ENDPOINT: endpoint.address,
      KMS_AWS_CA_FILE: certificates.caFile,
      AWS_ACCESS_KEY_ID: principal.accessKeyId,
      AWS_SECRET_ACCESS_KEY: principal.secretAccessKey,
      AWS_SESSION_TOKEN: principal.sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    may('*');
    const access = {
      provider: 'aws',
      masterKey: { region: kms.region, endpoint: endpoint.address },
    } as const;
    const tlsOptions = { aws: { tlsCAFile: certificates.caFile } };
    sdk = createKmsClient(awsAccess(access, { kmsProviders: { aws: {} }, tlsOptions }));
    arn = await createNamed('alias/clinic');
    may('kms:Decrypt');
    refusedSetup = await openTestClinic().catch((error: unknown) => error);
    may('kms:Encrypt', 'kms:Decrypt');
    clinic = await openTestClinic();
  });
  afterAll(async () => {
    sdk.destroy();
    await clinic.close();
    await endpoint.close();
    await certificates.remove();
  });

  async function createNamed(alias: string): Promise<string> {
    const made = await createCmk(sdk, { alias, rotation: true, onStep: () => undefined });
    return made.arn;
  }
  const uncached = async <T>(work: () => Promise<T>): Promise<T> => {
    await closeConnections();
    return work();
  };

  it('is not set up without kms:Encrypt, and the reason is said', () => {
    expect(refusedSetup).toBeInstanceOf(Error);
    expect(String(refusedSetup)).toContain('not authorized to perform: kms:Encrypt');
  });

  it('registers, measures, reads and searches, with every key under the CMK', async () => {
    await workAtClinic(clinic, 1);
    const { masterKey } = configuredMasterKey();
    expect(await masterKeysInVault()).toEqual([{ provider: 'aws', ...masterKey }]);
    expect(await keyVault().countDocuments()).toBe(2);
    expect(describeMasterKey((await currentKeyPolicy()).cmk)).toBe('aws alias/clinic');
  });

  it('has key material that AWS opens with its own client, to 96 bytes', async () => {
    const key = await keyVault().findOne({});
    const blob = key?.keyMaterial.value() ?? new Uint8Array();
    const opened = await sdk.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(opened.KeyId).toBe(arn);
    expect(opened.Plaintext).toHaveLength(96);
  });

  it("opens key material that AWS's own client wrapped", async () => {
    const clientEncryption = doctorClientEncryption();
    const { provider, masterKey } = configuredMasterKey();
    const _id = await clientEncryption.createDataKey(provider, { ...(masterKey && { masterKey }) });
    const sealed = await sdk.send(
      new EncryptCommand({ KeyId: 'alias/clinic', Plaintext: randomBytes(96) }),
    );
    const keyMaterial = new Binary(sealed.CiphertextBlob ?? new Uint8Array());
    await keyVault().updateOne({ _id }, { $set: { keyMaterial } });
    expect(await roundTrip(_id)).toBe('probe');
    await keyVault().deleteOne({ _id });
  });

  async function roundTrip(keyId: UUID): Promise<unknown> {
    const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
    const sealed = await doctorClientEncryption().encrypt('probe', { keyId, algorithm });
    return uncached(() => doctorClientEncryption().decrypt(sealed));
  }

  it.runIf(hasPymongo)('shares patients with PyMongo, each with keys of the other', async () => {
    const pymongo: Pymongo = await startPymongo();
    const { accessKeyId, secretAccessKey, sessionToken } = principal;
    const theirs = await openPymongoAtClinic(pymongo, {
      kmsProviders: { aws: { accessKeyId, secretAccessKey, sessionToken } },
      tlsOptions: { aws: { tlsCAFile: certificates.caFile } },
    });
    expect(await readThere(theirs, await workAtClinic(clinic, 2))).toMatchObject(atClinic);
    await workOnPatientOf(clinic, theirs, configuredMasterKey(), 3);
    await theirs.close();
    await pymongo.stop();
  });

  it('passes the preflight with the two permissions of the documented policy', async () => {
    const { ok, checks } = await preflight(configuredMasterKey());
    expect(ok).toBe(true);
    expect(checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'kms:DescribeKey skipped',
      'kms:Encrypt passed',
      'kms:Decrypt passed',
      'kms:Encrypt by the clinic passed',
      'kms:Decrypt by the clinic passed',
    ]);
  });

  it('opens patients with kms:Decrypt alone, and registers nobody: nothing is written', async () => {
    const id = await workAtClinic(clinic, 4);
    may('kms:Decrypt');
    try {
      const record = await uncached(() => wholeRecord(clinic.staff.doctor, id));
      expect(record).toMatchObject({ ssn: registration(4).ssn });
      const keys = await keyVault().countDocuments();
      await expect(registerPatient(clinic.staff.doctor, registration(5))).rejects.toThrow();
      expect(await keyVault().countDocuments()).toBe(keys);
      await expect(requirePreflight(configuredMasterKey())).rejects.toThrow(
        'A permission is missing: `kms:Encrypt` on alias/clinic',
      );
    } finally {
      may('kms:Encrypt', 'kms:Decrypt');
    }
    await workAtClinic(clinic, 5);
  });

  it('reads nothing without kms:Decrypt, nor does setup pass', async () => {
    const id = await workAtClinic(clinic, 6);
    may('kms:Encrypt');
    try {
      await expect(uncached(() => getPatientRecord(clinic.staff.doctor, id))).rejects.toThrow();
      await expect(prepareDatabase()).rejects.toMatchObject({ name: 'KeyError' });
      const { checks } = await preflight(configuredMasterKey());
      expect(checks.at(-1)).toMatchObject({ name: 'kms:Decrypt', reason: 'permission' });
    } finally {
      may('kms:Encrypt', 'kms:Decrypt');
    }
    expect(await wholeRecord(clinic.staff.doctor, id)).toMatchObject({
      ssn: registration(6).ssn,
    });
  });

  it.each([
    ['credentials', 'secretAccessKey', 'another secret'],
    ['expired', 'expired', true],
  ] as const)('stops at once when the %s are no good any more', async (reason, field, value) => {
    kms.principals[0] = { ...principal, [field]: value };
    try {
      const { ok, checks } = await preflight(configuredMasterKey());
      expect(ok).toBe(false);
      expect(checks.find(({ name }) => name === 'kms:Encrypt')).toMatchObject({ reason });
      expect(JSON.stringify(checks)).not.toMatch(/made-up/);
      await expect(uncached(() => prepareDatabase())).rejects.toMatchObject({ name: 'KeyError' });
    } finally {
      may('kms:Encrypt', 'kms:Decrypt');
    }
  });

  it('does not begin a rotation that a missing permission would stop halfway', async () => {
    const before = await keyVault().find().toArray();
    may('kms:Decrypt');
    const backupDir = mkdtempSync(join(tmpdir(), 'medco-aws-backup-'));
    try {
      const rotation = rewrapKeys({
        kind: 'rotate',
        to: configuredMasterKey(),
        ...{ startedBy: null, backupDir, onProgress: () => undefined },
      });
      await expect(rotation).rejects.toThrow(
        'A permission is missing: `kms:Encrypt` on alias/clinic',
      );
      expect(await keyVault().find().toArray()).toEqual(before);
      expect(await unfinishedOperation(keyVaultDb())).toBeNull();
    } finally {
      may('kms:Encrypt', 'kms:Decrypt');
      rmSync(backupDir, { recursive: true });
    }
  });

  it('asks for nothing but Encrypt and Decrypt while it works', async () => {
    const from = kms.actions.length;
    await uncached(() => workAtClinic(clinic, 7));
    expect(new Set(kms.actions.slice(from))).toEqual(new Set(['Encrypt', 'Decrypt']));
  });

  it('is told apart from a key that is disabled or of another region', async () => {
    may('*');
    const { KeyMetadata } = await sdk.send(new CreateKeyCommand({}));
    const other = KeyMetadata?.Arn ?? '';
    const key = kms.keys.get(other);
    if (key) key.state = 'Disabled';
    const { provider, masterKey } = configuredMasterKey();
    const named = (name: string) => preflight({ provider, masterKey: { ...masterKey, key: name } });
    const reasons = async (name: string) => (await named(name)).checks.map(({ reason }) => reason);
    expect(await reasons(other)).toContain('disabled');
    expect(await reasons(arn.replace('us-east-1', 'eu-central-1'))).toContain('region');
    may('kms:Encrypt', 'kms:Decrypt');
  });

  it('keeps no credential in the options that it gives the driver', () => {
    expect(kmsOptions().kmsProviders.aws).toEqual({});
  });
});
