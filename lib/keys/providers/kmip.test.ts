// What the KMIP settings become, and every wrong file and password by the name of its setting.
import { createPrivateKey } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  makeCertificates,
  type Certificates,
  type ClientFiles,
} from '@/lib/encryption/testing/certificates';
import { kmip } from './kmip';
import type { GivenSettings } from './provider';

const DAY_MS = 86_400_000;
const CERTIFICATE = 'KMS_KMIP_CLIENT_CERTIFICATE_FILE';
const KEY = 'KMS_KMIP_CLIENT_KEY_FILE';
const PASSWORD = 'KMS_KMIP_CLIENT_CERTIFICATE_PASSWORD';
const situation = { chosen: true, production: true, dataDir: '/nowhere' };

const problems = (given: GivenSettings) =>
  Object.fromEntries(kmip.problems(given, situation)) as Record<string, string>;

describe('settings of KMIP', () => {
  let certificates: Certificates;
  let client: ClientFiles;
  let given: Record<string, string>;
  beforeAll(async () => {
    certificates = await makeCertificates();
    client = await certificates.issueClient();
    given = {
      KMS_KMIP_SERVER_NAME: 'kmip1.example.com, kmip2.example.com:5697',
      KMS_KMIP_SERVER_CA_FILE: certificates.caFile,
      [CERTIFICATE]: client.cert,
      [KEY]: client.key,
    };
  });
  afterAll(() => certificates.remove());

  it('are sound, with the key in a file of its own or in the certificate’s', () => {
    expect(problems(given)).toEqual({});
    const one = { ...given, [CERTIFICATE]: client.both, [KEY]: undefined };
    expect(problems(one)).toEqual({});
  });

  it('name what is missing when it is chosen, and when there is one of them', () => {
    const missing = ['KMS_KMIP_SERVER_NAME', 'KMS_KMIP_SERVER_CA_FILE', CERTIFICATE];
    expect(Object.keys(problems({}))).toEqual(missing);
    const beside = kmip.problems({ KMS_KMIP_DELEGATED: 'true' }, { ...situation, chosen: false });
    expect([...beside].map(([name]) => name)).toEqual(missing);
    expect([...kmip.problems({}, { ...situation, chosen: false })]).toEqual([]);
    expect(kmip.configure({})).toBeNull();
  });

  it('lead to the first server, port 5696 unless another is set', () => {
    const endpoint = (more: Record<string, string>) =>
      kmip.configure({ ...given, ...more })?.kmsProviders.kmip?.endpoint;
    expect(endpoint({})).toBe('kmip1.example.com:5696');
    expect(endpoint({ KMS_KMIP_PORT: '5700' })).toBe('kmip1.example.com:5700');
    expect(endpoint({ KMS_KMIP_SERVER_NAME: 'kmip.example.com:1234' })).toBe(
      'kmip.example.com:1234',
    );
  });

  it('leave other addresses to others', () => {
    const connect = kmip.configure(given)?.connect;
    expect(connect?.('kmip2.example.com', 5697)).toBeUndefined();
    expect(connect?.('kms.us-east-1.amazonaws.com', 443)).toBeUndefined();
  });

  it('name a CMK: its identifier, and delegated only where that is true', () => {
    const cmk = (more: Record<string, string>) =>
      kmip.configure({ ...given, ...more })?.masterKeys[0];
    expect(cmk({})).toEqual({ provider: 'kmip', masterKey: {} });
    expect(cmk({ KMS_KMIP_DELEGATED: 'false' })).toEqual({ provider: 'kmip', masterKey: {} });
    const masterKey = { keyId: '7', delegated: true };
    const named = { KMS_KMIP_KEY_IDENTIFIER: '7', KMS_KMIP_DELEGATED: 'true' };
    expect(cmk(named)).toEqual({ provider: 'kmip', masterKey });
    expect(kmip.describe(masterKey)).toBe('key 7, delegated');
  });

  it.each(['', 'kmip1,', 'https://kmip', 'kmip:0', 'kmip:70000', 'a b'])(
    'refuse %j as servers',
    (list) => {
      expect(kmip.settings['KMS_KMIP_SERVER_NAME']?.safeParse(list).success).toBe(false);
    },
  );

  it('refuse a private key that others can read, wherever it lies', () => {
    chmodSync(client.key, 0o640);
    expect(problems(given)[KEY]).toContain('mode 640');
    chmodSync(client.key, 0o600);
    chmodSync(client.both, 0o644);
    const one = { ...given, [CERTIFICATE]: client.both, [KEY]: undefined };
    expect(problems(one)[CERTIFICATE]).toContain('mode 644');
    chmodSync(client.both, 0o600);
  });

  it('refuse files that are missing or hold something else', () => {
    expect(problems({ ...given, KMS_KMIP_SERVER_CA_FILE: '/nowhere' })).toEqual({
      KMS_KMIP_SERVER_CA_FILE: 'expected a file, got none',
    });
    expect(problems({ ...given, KMS_KMIP_SERVER_CA_FILE: client.key })).toEqual({
      KMS_KMIP_SERVER_CA_FILE: 'expected a certificate in PEM, got none',
    });
    expect(problems({ ...given, [KEY]: client.cert })[KEY]).toBeDefined();
  });

  it('refuse the key of another certificate', async () => {
    const other = await certificates.issueClient();
    expect(problems({ ...given, [KEY]: other.key })).toEqual({
      [KEY]: 'expected the private key of the client certificate, got another one',
    });
  });

  it('refuse a certificate that has expired, and one that is not valid yet', async () => {
    const now = Date.now();
    const past = { notBefore: new Date(now - 2 * DAY_MS), notAfter: new Date(now - DAY_MS) };
    const future = { notBefore: new Date(now + DAY_MS), notAfter: new Date(now + 2 * DAY_MS) };
    for (const [validity, words] of [
      [past, 'got one that expired on'],
      [future, 'got one from'],
    ] as const) {
      const { cert, key } = await certificates.issueClient(validity);
      expect(problems({ ...given, [CERTIFICATE]: cert, [KEY]: key })[CERTIFICATE]).toContain(words);
    }
  });

  it('take an encrypted key with its password alone, from the setting or a file, and never tell it', () => {
    const passphrase = 'correct horse';
    const file = `${client.key}.encrypted`;
    const pem = createPrivateKey(readFileSync(client.key)).export({
      ...{ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase },
    } as const);
    writeFileSync(file, pem, { mode: 0o600 });
    const encrypted = { ...given, [KEY]: file };
    expect(problems(encrypted)[PASSWORD]).toBe('is needed, since the private key is encrypted');
    const wrong = problems({ ...encrypted, [PASSWORD]: 'battery' });
    expect(wrong[PASSWORD]).toContain('got another one');
    expect(JSON.stringify(wrong)).not.toContain('battery');
    expect(problems({ ...encrypted, [PASSWORD]: passphrase })).toEqual({});

    const secret = `${file}.password`;
    writeFileSync(secret, `${passphrase}\n`, { mode: 0o600 });
    const byFile = { ...encrypted, [`${PASSWORD}_FILE`]: secret };
    expect(problems(byFile)).toEqual({});
    expect(kmip.configure(byFile)).not.toBeNull();
    expect(problems({ ...byFile, [PASSWORD]: passphrase })[`${PASSWORD}_FILE`]).toContain('both');
    chmodSync(secret, 0o644);
    expect(problems(byFile)[`${PASSWORD}_FILE`]).toContain('mode 644');
  });
});
