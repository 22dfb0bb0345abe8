// The clinic under a KMIP key on a real KMIP server, with PyMongo and libmongocrypt at the same vault: keys of each open
// at the other. Skipped by name where Python or its package index cannot be had.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import { currentKeyPolicy } from '@/lib/db/connections';
import { ensurePykmip, startPykmip, type Pykmip } from '../../../peers/pykmip.ts';
import { ensurePymongo, startPymongo, type Pymongo } from '../../../peers/pymongo.ts';
import { makeCertificates, type Certificates } from '../../encryption/testing/certificates.ts';
import { describeMasterKey } from '../kms';
import { preflight } from '../preflight';
import {
  atClinic,
  masterKeysInVault,
  openPymongoAtClinic,
  readThere,
  workAtClinic,
  workOnPatientOf,
} from './testing/clinic-at-kms';

const canRun = (await ensurePykmip()) && (await ensurePymongo());

describe.runIf(canRun)('the clinic under a KMIP key, with PyMongo beside it', () => {
  let certificates: Certificates;
  let server: Pykmip;
  let pymongo: Pymongo;
  let clinic: TestClinic;
  beforeAll(async () => {
    certificates = await makeCertificates();
    [server, pymongo] = await Promise.all([startPykmip(certificates), startPymongo()]);
    Object.assign(process.env, {
      KMS_PROVIDER: 'kmip',
      KMS_KMIP_SERVER_NAME: server.address,
      KMS_KMIP_SERVER_CA_FILE: certificates.caFile,
      KMS_KMIP_CLIENT_CERTIFICATE_FILE: certificates.clientFile,
    });
    clinic = await openTestClinic();
  });
  afterAll(async () => {
    await clinic.close();
    await pymongo.stop();
    await server.stop();
    await certificates.remove();
  });

  it('shares patients with PyMongo, each with keys of the other', async () => {
    const theirs = await openPymongoAtClinic(pymongo, {
      kmsProviders: { kmip: { endpoint: server.address } },
      tlsOptions: {
        kmip: {
          tlsCAFile: certificates.caFile,
          tlsCertificateKeyFile: certificates.clientFile,
        },
      },
    });
    expect(await readThere(theirs, await workAtClinic(clinic, 2))).toMatchObject(atClinic);
    const { cmk } = await currentKeyPolicy();
    await workOnPatientOf(clinic, theirs, cmk, 3);
    await theirs.close();
  });

  it('has every key under the one that setup made on the server', async () => {
    const { cmk } = await currentKeyPolicy();
    expect(describeMasterKey(cmk)).toMatch(/^kmip key \S+$/);
    const keyIds = (await masterKeysInVault()).map(({ keyId }) => keyId as unknown);
    expect(new Set(keyIds)).toEqual(new Set([cmk.masterKey?.['keyId']]));
  });

  it('passes the preflight, which fails for a key that the server does not have', async () => {
    const { cmk } = await currentKeyPolicy();
    expect((await preflight(cmk)).ok).toBe(true);
    const { ok, checks } = await preflight({ ...cmk, masterKey: { keyId: '4711' } });
    expect(ok).toBe(false);
    expect(checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'wrap failed',
      'unwrap skipped',
    ]);
    expect(checks[0]?.problem).toMatch(/4711|not.?found/i);
  });
});
