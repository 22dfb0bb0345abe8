// The clinic on moto over TLS, an AWS that nobody here wrote: AWS's own client creates the CMK, its alias and its rotation, and uses it
// at the same time as the clinic does. moto checks no signatures and no permissions; aws.keys.test.ts has those.
import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeysCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Binary } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getPatientRecord } from '@/lib/data';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import {
  closeConnections,
  currentKeyPolicy,
  doctorClientEncryption,
  keyVault,
} from '@/lib/db/connections';
import { prepareDatabase } from '@/lib/db/prepare-database';
import { ensureMoto, startMoto, type Moto } from '../../../peers/moto.ts';
import { makeCertificates, type Certificates } from '../../encryption/testing/certificates.ts';
import { configuredMasterKey, type CustomerMasterKey } from '../kms';
import { rewrapKeys, verifyKeys } from '../operations';
import { masterKeysInVault, workAtClinic } from '../providers/testing/clinic-at-kms';
import { preflight } from '../preflight';
import { createKmsClient } from './client';
import { createCmk } from './create-cmk';

const region = 'eu-central-1';
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

describe.runIf(await ensureMoto())('the clinic on moto', () => {
  let certificates: Certificates;
  let moto: Moto;
  let sdk: KMSClient;
  let arn: string;
  let clinic: TestClinic;
  const steps: string[] = [];
  const backupDir = mkdtempSync(join(tmpdir(), 'medco-moto-backup-'));
  beforeAll(async () => {
    certificates = await makeCertificates();
    moto = await startMoto(certificates.serverFiles);
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'AKIDMOTO',
      AWS_SECRET_ACCESS_KEY: 'made-up secret',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    const tls = { tlsCAFile: certificates.caFile };
    sdk = createKmsClient({ region, endpoint: moto.address, tls });
    ({ arn } = await createCmk(sdk, {
      alias: 'clinic',
      rotation: true,
      onStep: (step) => void steps.push(step),
    }));
    Object.assign(process.env, {
      KMS_PROVIDER: 'aws',
      MEDCO_MASTER_KEY_FILE: join(backupDir, 'master-key.bin'),
      KMS_AWS_KEY: arn,
      KMS_AWS_ENDPOINT: moto.address,
      KMS_AWS_CA_FILE: certificates.caFile,
    });
    clinic = await openTestClinic();
  });
  afterAll(async () => {
    await clinic.close();
    sdk.destroy();
    await moto.stop();
    rmSync(backupDir, { recursive: true, force: true });
    await certificates.remove();
  });

  it('has one CMK with alias and yearly rotation, however often it was created', async () => {
    expect(steps).toEqual([`Created ${arn}`, 'Named it alias/clinic', 'Turned on yearly rotation']);
    const again = await createCmk(sdk, {
      alias: 'clinic',
      rotation: true,
      onStep: () => undefined,
    });
    expect(again).toEqual({ arn, alias: 'alias/clinic', rotates: true });
    const { Keys } = await sdk.send(new ListKeysCommand({}));
    expect(Keys?.map(({ KeyArn }) => KeyArn)).toEqual([arn]);
    const { Aliases } = await sdk.send(new ListAliasesCommand({ KeyId: arn }));
    expect(Aliases?.map(({ AliasName }) => AliasName)).toEqual(['alias/clinic']);
    const rotation = await sdk.send(new GetKeyRotationStatusCommand({ KeyId: arn }));
    expect(rotation.KeyRotationEnabled).toBe(true);
    const { KeyMetadata } = await sdk.send(new DescribeKeyCommand({ KeyId: 'alias/clinic' }));
    expect(KeyMetadata).toMatchObject({ Arn: arn, KeyUsage: 'ENCRYPT_DECRYPT' });
  });

  it('registers, measures, reads and searches, with every key under the CMK of its ARN', async () => {
    await workAtClinic(clinic, 1);
    expect(await masterKeysInVault()).toEqual([
      { provider: 'aws', region, key: arn, endpoint: moto.address },
    ]);
    expect((await currentKeyPolicy()).cmk).toEqual(configuredMasterKey());
  });

  it("shares the CMK with AWS's own client at once, key material going both ways", async () => {
    const key = await keyVault().findOne({});
    const CiphertextBlob = key?.keyMaterial.value() ?? new Uint8Array();
    const opened = await sdk.send(new DecryptCommand({ CiphertextBlob }));
    expect(opened.Plaintext).toHaveLength(96);

    const clientEncryption = doctorClientEncryption();
    const { provider, masterKey } = configuredMasterKey();
    const _id = await clientEncryption.createDataKey(provider, { ...(masterKey && { masterKey }) });
    const Plaintext = randomBytes(96);
    const sealed = await sdk.send(new EncryptCommand({ KeyId: 'alias/clinic', Plaintext }));
    const keyMaterial = new Binary(sealed.CiphertextBlob ?? new Uint8Array());
    await keyVault().updateOne({ _id }, { $set: { keyMaterial } });
    const probe = await clientEncryption.encrypt('probe', { keyId: _id, algorithm });
    await closeConnections();
    expect(await doctorClientEncryption().decrypt(probe)).toBe('probe');
    await keyVault().deleteOne({ _id });
  });

  it("works on while AWS's own client works, and setup may be repeated", async () => {
    const wrap = async (): Promise<boolean> => {
      const Plaintext = randomBytes(96);
      const sealed = await sdk.send(new EncryptCommand({ KeyId: arn, Plaintext }));
      const { CiphertextBlob } = sealed;
      const opened = await sdk.send(new DecryptCommand({ CiphertextBlob }));
      return Plaintext.equals(opened.Plaintext ?? new Uint8Array());
    };
    const [, , ...wrapped] = await Promise.all([
      workAtClinic(clinic, 2),
      prepareDatabase(),
      ...Array.from({ length: 8 }, wrap),
    ]);
    expect(wrapped).toEqual(Array<boolean>(8).fill(true));
  });

  it('rotates to another CMK, migrates to a local key and comes back, losing nothing', async () => {
    const id = await workAtClinic(clinic, 3);
    const read = () => getPatientRecord(clinic.staff.doctor, id);
    const before = await read();
    const second = await createCmk(sdk, {
      alias: 'next',
      rotation: true,
      onStep: () => undefined,
    });
    const first = configuredMasterKey();
    const next = { ...first, masterKey: { ...first.masterKey, key: second.arn } };
    const local = { provider: 'local', masterKey: null } as const;
    const work = { startedBy: null, backupDir, onProgress: () => undefined };
    const steps: ['rotate' | 'migrate', CustomerMasterKey][] = [
      ['rotate', next],
      ['migrate', local],
      ['migrate', first],
    ];
    for (const [kind, to] of steps) {
      await rewrapKeys({ kind, to, ...work });
      expect(await masterKeysInVault()).toEqual([{ provider: to.provider, ...to.masterKey }]);
      expect((await currentKeyPolicy()).cmk).toEqual(to);
      await closeConnections();
      expect(await read()).toEqual(before);
    }
    expect(await verifyKeys(() => undefined)).toMatchObject({ problems: [] });
  });

  it('passes the preflight, and fails it once the CMK is disabled', async () => {
    const passed = await preflight(configuredMasterKey());
    expect(passed.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'kms:DescribeKey passed',
      'kms:Encrypt passed',
      'kms:Decrypt passed',
      'kms:Encrypt by the clinic passed',
      'kms:Decrypt by the clinic passed',
    ]);
    // moto answers 500 to an ARN here.
    await sdk.send(new DisableKeyCommand({ KeyId: arn.split('/')[1] }));
    const { ok, checks } = await preflight(configuredMasterKey());
    expect(ok).toBe(false);
    expect(checks.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      name: 'state of the key',
      reason: 'disabled',
    });
  });
});
