// Preflight with the local provider: what it says, and that it leaves nothing behind.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import { keyVault, keyVaultDb } from '@/lib/db/connections';
import { env } from '@/lib/env';
import { preflight, requirePreflight } from './preflight';

const local = { provider: 'local', masterKey: null } as const;

describe('preflight', () => {
  let clinic: TestClinic;
  beforeAll(async () => {
    clinic = await openTestClinic();
  });
  afterAll(async () => {
    await clinic.close();
  });

  it('passes for a master key that wraps and unwraps', async () => {
    const report = await preflight(local);
    expect(report).toMatchObject({ ok: true, cmk: local });
    expect(report.checks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['wrap', 'passed'],
      ['unwrap', 'passed'],
    ]);
  });

  it('touches no key of the vault and leaves no probe behind', async () => {
    const before = await keyVault().find().toArray();
    await requirePreflight(local);
    expect(await keyVault().find().toArray()).toEqual(before);
    expect(await keyVaultDb().collection('keyProbes').countDocuments()).toBe(0);
  });

  it('deletes what a killed preflight left', async () => {
    const probes = keyVaultDb().collection('keyProbes');
    await probes.insertOne({ creationDate: new Date(Date.now() - 3_600_000) });
    await preflight(local);
    expect(await probes.countDocuments()).toBe(0);
  });

  it('names what failed, and throws it to those who cannot go on without', async () => {
    const kmip = { provider: 'kmip', masterKey: { keyId: '1' } } as const;
    const report = await preflight(kmip);
    expect(report.ok).toBe(false);
    expect(report.checks.map(({ outcome }) => outcome)).toEqual(['failed', 'skipped']);
    await expect(requirePreflight(kmip)).rejects.toMatchObject({ code: 'MASTER_KEY' });
  });

  it('says nothing of the master key', async () => {
    const key = randomBytes(95);
    writeFileSync(env().masterKeyFile, key);
    const report = await preflight(local);
    expect(report.checks[0]?.problem).toContain('Master key file');
    for (const encoding of ['base64', 'hex', 'latin1'] as const) {
      expect(JSON.stringify(report)).not.toContain(key.toString(encoding).slice(0, 12));
    }
  });
});
