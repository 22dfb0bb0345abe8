// A cloud KMS that answers with an error, and one that is not to blame: what a person is told, and that it works again by
// itself. The endpoint checks every signature.
import { Binary, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeConnections, currentNames } from '@/lib/db/connections';
import { PATIENTS } from '@/lib/db/names';
import { awsAccess } from '@/lib/keys/aws/access';
import { createKmsClient } from '@/lib/keys/aws/client';
import { createCmk } from '@/lib/keys/aws/create-cmk';
import { createAwsKms, type AwsKms, type Principal } from '../encryption/testing/aws-kms.ts';
import { makeCertificates, type Certificates } from '../encryption/testing/certificates.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../encryption/testing/kms-endpoint.ts';
import * as data from './index';
import { registration } from './testing/clinic';
import { openClinicAt, refusal, stored } from './testing/outage';
import { wholeRecord } from './testing/whole-record';

describe('a cloud KMS that answers with an error', () => {
  const principal: Principal = {
    accessKeyId: 'AKIACLINIC',
    secretAccessKey: 'made-up secret of the clinic',
    arn: 'arn:aws:iam::111122223333:user/clinic',
    actions: ['*'],
  };
  let kms: AwsKms;
  let certificates: Certificates;
  let endpoint: KmsEndpoint;
  let opened: Awaited<ReturnType<typeof openClinicAt>>;

  beforeAll(async () => {
    kms = createAwsKms([principal]);
    certificates = await makeCertificates();
    endpoint = await startKmsEndpoint(certificates, kms.answer);
    opened = await openClinicAt(await awsSettings());
  });
  afterAll(async () => {
    await opened.clinic.close();
    await endpoint.close();
    await certificates.remove();
    vi.unstubAllEnvs();
  });

  async function awsSettings(): Promise<Record<string, string>> {
    const settings = {
      KMS_PROVIDER: 'aws',
      KMS_AWS_KEY: 'alias/clinic',
      KMS_AWS_REGION: kms.region,
      KMS_AWS_ENDPOINT: endpoint.address,
      KMS_AWS_CA_FILE: certificates.caFile,
      AWS_ACCESS_KEY_ID: principal.accessKeyId,
      AWS_SECRET_ACCESS_KEY: principal.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    vi.stubEnv('AWS_ACCESS_KEY_ID', principal.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', principal.secretAccessKey);
    const access = {
      provider: 'aws',
      masterKey: { region: kms.region, endpoint: endpoint.address },
    } as const;
    const tlsOptions = { aws: { tlsCAFile: certificates.caFile } };
    const sdk = createKmsClient(awsAccess(access, { kmsProviders: { aws: {} }, tlsOptions }));
    await createCmk(sdk, { alias: 'alias/clinic', rotation: true, onStep: () => undefined });
    sdk.destroy();
    return settings;
  }

  it.each([
    [403, 'has refused to open keys'],
    [503, 'has not answered'],
  ])('is named with status %d, and works again at once', async (status, words) => {
    const { clinic, id } = opened;
    const { doctor } = clinic.staff;
    await closeConnections();
    const before = await stored(clinic);
    // Two keys are asked for at a time; 503 is an answer to ask again after, three times each.
    endpoint.failNext(...Array.from({ length: status === 503 ? 8 : 1 }, () => status));
    const { code, said } = await refusal(data.getPatientRecord(doctor, id));
    expect(code).toBe('KEYS_UNAVAILABLE');
    expect(said).toContain(`The key service (AWS KMS) ${words} since `);
    expect(await stored(clinic)).toEqual(before);
    expect(await wholeRecord(doctor, id)).toMatchObject({ ssn: registration(1).ssn });
  });

  it('is not blamed for a damaged record, whose key it has just opened', async () => {
    const { clinic, id } = opened;
    await closeConnections();
    const { bloodType, medicalRecords } = await clinic.raw(id);
    const _id = new ObjectId(id);
    const patients = clinic.plain.db(currentNames().patients).collection(PATIENTS);
    const damaged = Buffer.from((medicalRecords as Binary).value());
    damaged.writeUInt8(damaged.readUInt8(40) ^ 1, 40);
    await patients.updateOne({ _id }, { $set: { bloodType: new Binary(damaged, 6) } });
    const read = data.getPatientRecord(clinic.staff.doctor, id);
    await expect(read).rejects.toThrow();
    await expect(read).rejects.not.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
    await patients.updateOne({ _id }, { $set: { bloodType } });
  });
});
