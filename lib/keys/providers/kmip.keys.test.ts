// KMIP as an operator sets it up, on two real servers that share a key store: the clinic's own setup, failover in
// order, certificates, key identifiers, plain and delegated.
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificates, type Certificates } from '@/lib/encryption/testing/certificates';
import type { KeyPolicy } from '@/lib/keys/policy';
import { testServerUri, uniqueName } from '@/lib/testing/server';
import { ensurePykmip, startPykmip, type Pykmip } from '../../../peers/pykmip';

type Settings = Record<string, string>;

const hasKmip = await ensurePykmip();
const folder = mkdtempSync(join(tmpdir(), 'medco-kmip-'));
const prefixes: string[] = [];

/** Databases of its own. */
function newPrefix(): string {
  const prefix = `${uniqueName('t')}_`;
  prefixes.push(prefix);
  return prefix;
}

/** The setup of a process that has these settings. */
async function prepare(prefix: string, settings: Settings): Promise<KeyPolicy> {
  await restartProcess(prefix, settings);
  const { prepareDatabase } = await import('@/lib/db/prepare-database');
  return prepareDatabase();
}

/** Modules that are imported after this read these settings. */
async function restartProcess(prefix: string, settings: Settings): Promise<void> {
  vi.unstubAllEnvs();
  vi.stubEnv('MEDCO_DATA_DIR', join(folder, 'data'));
  vi.stubEnv('MEDCO_DATABASE_PREFIX', prefix);
  vi.stubEnv('MONGODB_URI', testServerUri());
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const { closeConnections } = await import('@/lib/db/connections');
  await closeConnections();
  vi.resetModules();
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'not refused';
}

describe.skipIf(!hasKmip)('KMIP', () => {
  let certificates: Certificates;
  let servers: [Pykmip, Pykmip];
  let kmip: Settings;
  const plain = new MongoClient(testServerUri());
  const keysOf = (prefix: string) =>
    plain.db(`${prefix}encryption`).collection('__keyVault').find().toArray();

  beforeAll(async () => {
    certificates = await makeCertificates();
    const keyStore = folder;
    // One after the other: both make the tables of a new key store.
    servers = [
      await startPykmip(certificates, { keyStore }),
      await startPykmip(certificates, { keyStore }),
    ];
    const { cert, key } = await certificates.issueClient();
    kmip = {
      KMS_PROVIDER: 'kmip',
      KMS_KMIP_SERVER_NAME: `${servers[0].address}, ${servers[1].address}`,
      KMS_KMIP_SERVER_CA_FILE: certificates.caFile,
      KMS_KMIP_CLIENT_CERTIFICATE_FILE: cert,
      KMS_KMIP_CLIENT_KEY_FILE: key,
    };
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    for (const prefix of prefixes) {
      for (const name of ['medicalRecords', 'encryption', 'clinic']) {
        await plain.db(`${prefix}${name}`).dropDatabase();
      }
    }
    await plain.close();
    await Promise.all(servers.map((server) => server.stop()));
    await certificates.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each([
    ['plain', {}],
    ['delegated', { KMS_KMIP_DELEGATED: 'true' }],
  ])('with a blank identifier, %s', (title, mode: Settings) => {
    const options = title === 'delegated' ? { delegated: true } : {};

    it('makes one key on the server and keeps its identifier for every data key', async () => {
      const prefix = newPrefix();
      const settings = { ...kmip, ...mode };
      const { cmk } = await prepare(prefix, settings);
      expect(cmk).toEqual({
        provider: 'kmip',
        masterKey: { keyId: expect.stringMatching(/^\d+$/) as string, ...options },
      });

      const { registerPatient, revealSsn } = await import('@/lib/data');
      const { registration } = await import('@/lib/data/testing/clinic');
      const ada = { userId: '0123456789abcdef01234567', name: 'Ada', role: 'doctor' } as const;
      const { id } = await registerPatient({ ...ada, sessionId: 's' }, registration(1));
      expect(await prepare(prefix, settings)).toMatchObject({ cmk, revision: 1 });
      const stored = (await keysOf(prefix)).map((key) => key['masterKey'] as unknown);
      const one = { provider: 'kmip', ...cmk.masterKey };
      expect(stored).toEqual([one, one]);
      expect(await revealSsn({ ...ada, sessionId: 's' }, id)).toBe(registration(1).ssn);

      // PyKMIP counts its objects: the next clinic's key has the next number.
      const next = await prepare(newPrefix(), settings);
      expect(Number(next.cmk.masterKey?.['keyId'])).toBe(Number(cmk.masterKey?.['keyId']) + 1);
    });

    it('keeps the identifier when setup was interrupted before the policy was written', async () => {
      const prefix = newPrefix();
      const before = await prepare(prefix, { ...kmip, ...mode });
      await plain.db(`${prefix}encryption`).collection('keyPolicy').deleteMany({});
      expect(await prepare(prefix, { ...kmip, ...mode })).toEqual(before);
      expect(await keysOf(prefix)).toHaveLength(1);
    });
  });

  it('uses a key that is named, and refuses one that is not there by the name of the setting', async () => {
    const { cmk } = await prepare(newPrefix(), kmip);
    const keyId = String(cmk.masterKey?.['keyId']);
    const named = await prepare(newPrefix(), { ...kmip, KMS_KMIP_KEY_IDENTIFIER: keyId });
    expect(named.cmk).toEqual(cmk);

    const prefix = newPrefix();
    const said = await refusal(prepare(prefix, { ...kmip, KMS_KMIP_KEY_IDENTIFIER: '987654' }));
    expect(said).toContain('`kmip key 987654`');
    expect(said).toContain('`KMS_KMIP_KEY_IDENTIFIER`');
    expect(await keysOf(prefix)).toEqual([]);
  });

  it('names the certificate that is wrong', async () => {
    const prefix = newPrefix();
    await prepare(prefix, kmip);
    const others = await makeCertificates();
    const stranger = await others.issueClient();
    const refused = await refusal(
      prepare(prefix, {
        ...kmip,
        KMS_KMIP_CLIENT_CERTIFICATE_FILE: stranger.cert,
        KMS_KMIP_CLIENT_KEY_FILE: stranger.key,
      }),
    );
    const untrusted = await refusal(
      prepare(prefix, { ...kmip, KMS_KMIP_SERVER_CA_FILE: others.caFile }),
    );
    await others.remove();
    expect(refused).toContain('The KMS refused the client certificate');
    expect(untrusted).toContain('The certificate of the KMS is not from a trusted authority');
    for (const said of [refused, untrusted]) expect(said).toMatch(/`kmip key \d+`/);
  });

  it('refuses an expired certificate, and a key without its password, before any server is asked', async () => {
    const day = 86_400_000;
    const [notBefore, notAfter] = [new Date(Date.now() - 3 * day), new Date(Date.now() - day)];
    const expired = await certificates.issueClient({ notBefore, notAfter });
    const said = await refusal(
      prepare(newPrefix(), {
        ...kmip,
        KMS_KMIP_CLIENT_CERTIFICATE_FILE: expired.cert,
        KMS_KMIP_CLIENT_KEY_FILE: expired.key,
      }),
    );
    expect(said).toMatch(/`KMS_KMIP_CLIENT_CERTIFICATE_FILE`: .*expired on \d{4}-\d\d-\d\d/);

    const key = join(folder, 'encrypted-key.pem');
    const clear = createPrivateKey(readFileSync(kmip['KMS_KMIP_CLIENT_KEY_FILE'] ?? ''));
    const passphrase = 'correct horse';
    const options = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase } as const;
    writeFileSync(key, clear.export(options), { mode: 0o600 });
    const encrypted = { ...kmip, KMS_KMIP_CLIENT_KEY_FILE: key };
    const password = 'KMS_KMIP_CLIENT_CERTIFICATE_PASSWORD';
    const none = await refusal(prepare(newPrefix(), encrypted));
    expect(none).toContain(`\`${password}\`: is needed`);
    const wrong = await refusal(
      prepare(newPrefix(), { ...encrypted, [password]: 'wrong battery' }),
    );
    expect(wrong).toContain(`\`${password}\`: expected the password`);
    expect(wrong).not.toContain('battery');
    const { cmk } = await prepare(newPrefix(), { ...encrypted, [password]: passphrase });
    expect(cmk.provider).toBe('kmip');
  });

  it('refuses to start without the provider that keys are under, and tells of one that is not in force', async () => {
    const prefix = newPrefix();
    const policy = await prepare(prefix, kmip);
    const said = await refusal(prepare(prefix, { MEDCO_MASTER_KEY_FILE: newMasterKey() }));
    expect(said).toMatch(/keys under `kmip`.*is not configured. Set `KMS_KMIP_SERVER_NAME`/);

    const both = { ...kmip, KMS_PROVIDER: 'local', MEDCO_MASTER_KEY_FILE: newMasterKey() };
    expect((await prepare(prefix, both)).cmk).toEqual(policy.cmk);
    const { settingsNotice } = await import('../start-check');
    expect(settingsNotice(policy)).toContain('`npm run medco -- keys migrate --to local`');
    await prepare(prefix, kmip);
    const { settingsNotice: later } = await import('../start-check');
    expect(later(policy)).toBeNull();
  });

  // Last, since it ends with both servers down.
  it('goes on with the second server while the first is down, and with the first when it is back', async () => {
    const prefix = newPrefix();
    const { cmk } = await prepare(prefix, kmip);
    await servers[0].kill();
    expect((await prepare(prefix, kmip)).cmk).toEqual(cmk);
    await servers[0].restart();
    await servers[1].kill();
    expect((await prepare(prefix, kmip)).cmk).toEqual(cmk);
    await servers[0].kill();
    const said = await refusal(prepare(prefix, kmip));
    expect(said).toContain('The KMS cannot be reached');
    for (const { port } of servers) expect(said).toContain(`localhost:${String(port)} (`);
  });
});

let keys = 0;
function newMasterKey(): string {
  const file = join(folder, `master-${String(++keys)}.bin`);
  writeFileSync(file, crypto.getRandomValues(new Uint8Array(96)), { mode: 0o600 });
  return file;
}
