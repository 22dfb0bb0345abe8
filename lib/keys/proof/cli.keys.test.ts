// An operator takes a clinic to a KMIP server, rotates, comes back, retires and erases, with `npm run medco -- keys …`
// alone: exit codes, a run that is killed, and nothing secret in anything that is printed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Binary } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import { currentNames, doctorPatients } from '@/lib/db/connections';
import { KEY_VAULT } from '@/lib/db/names';
import { env } from '@/lib/env';
import { makeCertificates, type Certificates } from '@/lib/encryption/testing/certificates';
import { ensurePykmip, startPykmip, type Pykmip } from '../../../peers/pykmip';
import { createOperator } from './operator';

const hasKmip = await ensurePykmip();
const PATIENTS = 6;
const TIMEOUT_MS = 180_000;

describe.skipIf(!hasKmip)('the operator of a clinic', () => {
  const folder = mkdtempSync(join(tmpdir(), 'medco-operator-'));
  const operator = createOperator();
  let certificates: Certificates;
  let server: Pykmip;
  let clinic: TestClinic;
  let clientKey: string;
  const materials = new Set<string>();

  beforeAll(async () => {
    certificates = await makeCertificates();
    const { cert, key } = await certificates.issueClient();
    clientKey = readFileSync(key, 'utf8');
    server = await startPykmip(certificates, { keyStore: folder });
    Object.assign(process.env, {
      KEY_EXPIRATION_MS: '200',
      KMS_KMIP_SERVER_NAME: server.address,
      KMS_KMIP_SERVER_CA_FILE: certificates.caFile,
      KMS_KMIP_CLIENT_CERTIFICATE_FILE: cert,
      KMS_KMIP_CLIENT_KEY_FILE: key,
    });
    clinic = await openTestClinic();
  });
  afterAll(async () => {
    await clinic.close();
    await server.stop();
    await certificates.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command that must succeed; returns what it printed. */
  async function does(command: string, answers?: string): Promise<string> {
    const ran = await operator.run(command, { answers });
    expect({ command, ...ran }).toMatchObject({ end: 0, errors: '' });
    for (const key of await vault()) {
      const { buffer } = key['keyMaterial'] as Binary;
      for (const form of ['hex', 'base64'] as const)
        materials.add(Buffer.from(buffer).toString(form));
    }
    return ran.output;
  }
  const vault = () =>
    clinic.plain.db(currentNames().keyVault).collection(KEY_VAULT).find().toArray();
  const providers = async () => {
    const all = (await vault()).map((key) => (key['masterKey'] as { provider: string }).provider);
    return [...new Set(all)];
  };

  it(
    'sets up, migrates, rotates, comes back, retires and erases; a killed command is gone on with',
    async () => {
      await does('setup');
      await does(`seed --patients ${PATIENTS}`);
      const status = JSON.parse(await does('keys status --json')) as Record<string, unknown>;
      expect(status).toMatchObject({ policy: { cmk: 'local' } });
      const before = await readAll();
      const verified = new RegExp(`Verified: ${PATIENTS + 1} data keys, ${PATIENTS} records`);

      expect(await does('keys migrate --to kmip --verify')).toMatch(verified);
      expect(await providers()).toEqual(['kmip']);
      expect(await does('keys rotate --verify')).toMatch(verified);

      const migrate = 'keys migrate --to local --how re-encrypt --verify';
      const killed = await operator.run(migrate, { killAt: 'Writing under the new shared key' });
      expect(killed.end).toBe('SIGKILL');
      const other = await operator.run('keys retire shared');
      expect(other).toMatchObject({ end: 1, output: '' });
      expect(other.errors).toMatch(/migrate .* in its phase/);
      expect(await does(migrate)).toMatch(verified);
      expect(await providers()).toEqual(['local']);

      expect(await does('keys retire shared --verify')).toMatch(verified);
      expect(await readAll()).toEqual(before);

      const [[erased] = ['']] = [...before];
      const refused = await operator.run(`keys erase ${erased}`, { answers: `${erased}\nno\n` });
      expect(refused).toMatchObject({ end: 1 });
      expect(await readAll()).toEqual(before);
      const said = await does(`keys erase ${erased} --verify`, `${erased}\nERASE\n`);
      expect(said).toMatch(
        new RegExp(`Verified: ${PATIENTS} data keys, ${PATIENTS - 1} records.* 1 erased`),
      );
      before.delete(erased);
      expect(await readAll()).toEqual(before);

      for (const { ssn } of before.values()) {
        expect(operator.printed.replaceAll('-', '')).not.toContain(String(ssn));
      }
      const masterKey = readFileSync(env().masterKeyFile);
      const secrets = [
        ...materials,
        masterKey.toString('hex'),
        masterKey.toString('base64'),
        clientKey,
      ];
      for (const secret of secrets) expect(operator.printed).not.toContain(secret);
    },
    TIMEOUT_MS,
  );

  it('is told by the exit code what was wrong', async () => {
    expect(await operator.run('keys migrate --to nowhere')).toMatchObject({ end: 2 });
    expect(await operator.run('keys erase 000000000000000000000000')).toMatchObject({ end: 1 });
  });

  /** Every record that is not erased, decrypted, by its id. */
  async function readAll(): Promise<Map<string, Record<string, unknown>>> {
    const { closeConnections } = await import('@/lib/db/connections');
    await closeConnections();
    const patients = (await doctorPatients()).find({ erasedAt: { $exists: false } });
    const all = new Map<string, Record<string, unknown>>();
    for await (const patient of patients) {
      const { _id, ssn, bloodType, medicalRecords, insurance, name, contact } = patient;
      all.set(_id.toHexString(), { ssn, bloodType, medicalRecords, insurance, name, contact });
    }
    return all;
  }
});
