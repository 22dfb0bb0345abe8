// The clinic moves to a KMIP server and back while it works, on two real servers with one key store: both ways of
// migrating, servers that die in the middle, certificates and keys that are refused.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { currentNames } from '@/lib/db/connections';
import { KEY_VAULT } from '@/lib/db/names';
import {
  makeCertificates,
  type Certificates,
  type ClientFiles,
} from '@/lib/encryption/testing/certificates';
import { ensurePykmip, startPykmip, type Pykmip } from '../../../peers/pykmip';
import type { CustomerMasterKey } from '../kms';
import { openClinicAtWork, type ClinicAtWork } from './clinic-at-work';
import { harmKey } from './kmip-keys';
import type { Order } from './messages';
import type { Outcome, RunOptions } from './operations';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const hasKmip = await ensurePykmip();
const local: CustomerMasterKey = { provider: 'local', masterKey: null };
const kmip: CustomerMasterKey = { provider: 'kmip', masterKey: {} };

describe.skipIf(!hasKmip)('a clinic at work that moves to KMIP and back', () => {
  const keyStore = mkdtempSync(join(tmpdir(), 'medco-key-store-'));
  let certificates: Certificates;
  let client: ClientFiles;
  let servers: [Pykmip, Pykmip];
  let at: ClinicAtWork;

  beforeAll(async () => {
    certificates = await makeCertificates();
    client = await certificates.issueClient();
    servers = [
      await startPykmip(certificates, { keyStore }),
      await startPykmip(certificates, { keyStore }),
    ];
    at = await openClinicAtWork({
      patients: 12,
      seed: 6,
      settings: {
        KMS_KMIP_SERVER_NAME: servers.map(({ address }) => address).join(','),
        KMS_KMIP_SERVER_CA_FILE: certificates.caFile,
        KMS_KMIP_CLIENT_CERTIFICATE_FILE: client.cert,
        KMS_KMIP_CLIENT_KEY_FILE: client.key,
      },
    });
  });
  afterAll(async () => {
    await at.close();
    await Promise.all(servers.map((server) => server.stop()));
    await certificates.remove();
    rmSync(keyStore, { recursive: true, force: true });
  });

  const vault = () =>
    at.clinic.plain.db(currentNames().keyVault).collection(KEY_VAULT).find().toArray();
  const masterKeys = async () => {
    const all = (await vault()).map((key) => JSON.stringify(key['masterKey']));
    return [...new Set(all)];
  };

  /** Runs it to its end, with the clinic compared afterwards. */
  async function finish(order: Order, options?: RunOptions): Promise<void> {
    const outcome = await at.operations.run(order, options);
    expect(said(outcome)).toBe('It finished');
    expect(await at.judge({ keys: true })).toEqual([]);
  }

  /** What it said when it refused; nothing may have changed. */
  async function refusal(order: Order, settings: Record<string, string> = {}): Promise<string> {
    const before = await masterKeys();
    const outcome = await at.operations.run(order, { settings });
    expect(await masterKeys()).toEqual(before);
    expect(await at.judge({ keys: true })).toEqual([]);
    return said(outcome);
  }

  it('goes there and back by rewrapping, with one key on the server for all data keys', async () => {
    await finish({ run: 'rewrap', to: kmip });
    const [only, ...more] = await masterKeys();
    expect(more).toEqual([]);
    expect(only).toMatch(/"keyId":"\d+"/);
    await finish({ run: 'rewrap', to: local });
    expect(await masterKeys()).toEqual(['{"provider":"local"}']);
  });

  it('goes there and back by encrypting everything anew', async () => {
    const before = new Set((await vault()).map((key) => String(key['_id'])));
    await finish({ run: 're-encrypt', to: kmip });
    expect((await vault()).filter((key) => before.has(String(key['_id'])))).toEqual([]);
    await finish({ run: 're-encrypt', to: local });
    expect(await masterKeys()).toEqual(['{"provider":"local"}']);
  });

  it('finishes without help when one server dies in the middle', async () => {
    // Who waits for an answer of the server that dies hears so, and nothing is stored; the next request goes elsewhere.
    await at.crew.allow(['KEYS_UNAVAILABLE']);
    const beforePhase = (phase: string): void => {
      if (phase === 'rewrap') void servers[0].kill();
    };
    await finish({ run: 'rewrap', to: kmip }, { beforePhase });
    await at.crew.allow([]);
    expect(await masterKeys()).not.toContain('{"provider":"local"}');
    await servers[0].restart();
    await finish({ run: 'rewrap', to: local });
  });

  it('says so when both die in the middle, and goes on when one is back', async () => {
    await at.crew.allow(['KEYS_UNAVAILABLE']);
    const beforePhase = (phase: string): void => {
      if (phase === 'rewrap') servers.forEach((server) => void server.kill());
    };
    const outcome = await at.operations.run({ run: 'rewrap', to: kmip }, { beforePhase });
    expect(said(outcome)).toMatch(/KMS|KMIP|kmip/);
    await servers[1].restart();
    await at.crew.allow([]);
    await finish({ run: 'rewrap', to: kmip });
    await servers[0].restart();
    await finish({ run: 'rewrap', to: local });
  });

  it('refuses what the servers refuse, and changes nothing', async () => {
    const others = await makeCertificates();
    const stranger = await others.issueClient();
    const order: Order = { run: 'rewrap', to: kmip };
    const wrong = await refusal(order, {
      KMS_KMIP_CLIENT_CERTIFICATE_FILE: stranger.cert,
      KMS_KMIP_CLIENT_KEY_FILE: stranger.key,
    });
    expect(wrong).toContain('The KMS refused the client certificate');
    const untrusted = await refusal(order, { KMS_KMIP_SERVER_CA_FILE: others.caFile });
    expect(untrusted).toContain('The certificate of the KMS is not from a trusted authority');
    await others.remove();
    const day = 86_400_000;
    const [notBefore, notAfter] = [new Date(Date.now() - 3 * day), new Date(Date.now() - day)];
    const old = await certificates.issueClient({ notBefore, notAfter });
    const expired = await refusal(order, {
      KMS_KMIP_CLIENT_CERTIFICATE_FILE: old.cert,
      KMS_KMIP_CLIENT_KEY_FILE: old.key,
    });
    expect(expired).toMatch(/`KMS_KMIP_CLIENT_CERTIFICATE_FILE`: .*expired on \d{4}-\d\d-\d\d/);
  });

  it.each(['revoke', 'destroy'] as const)(
    'refuses a key after the server was told to %s it',
    async (action) => {
      await finish({ run: 'rewrap', to: kmip });
      const keyId = /"keyId":"(\d+)"/.exec((await masterKeys()).join())?.[1] ?? '';
      await finish({ run: 'rewrap', to: local });
      await harmKey(servers[0], certificates.caFile, client, action, keyId);
      const answer = await refusal({
        run: 'rewrap',
        to: { provider: 'kmip', masterKey: { keyId } },
      });
      expect(answer).toMatch(
        action === 'revoke'
          ? /Key \d+ on the KMIP server is Compromised/
          : /no such key on the KMIP server/,
      );
    },
  );

  it('refuses a key that was never on the server', async () => {
    const missing = { provider: 'kmip', masterKey: { keyId: '987654' } } as const;
    const answer = await refusal({ run: 'rewrap', to: missing });
    expect(answer).toMatch(/no such key on the KMIP server.*987654/);
  });
});

function said(outcome: Outcome): string {
  return outcome.how === 'failed' ? outcome.message : `It ${outcome.how}`;
}
