// What the settings become for the driver, and how CMKs are compared and named.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  configuredMasterKey,
  describeMasterKey,
  isSameMasterKey,
  kmsOptions,
  withIdentifierOf,
} from './kms';

const folder = mkdtempSync(join(tmpdir(), 'medco-kms-'));
beforeAll(() => {
  writeFileSync(join(folder, 'key.bin'), randomBytes(96), { mode: 0o600 });
  vi.stubEnv('MEDCO_MASTER_KEY_FILE', join(folder, 'key.bin'));
  vi.stubEnv('MEDCO_DATA_DIR', folder);
  vi.stubEnv('KMS_AWS_KEY', 'arn:aws:kms:eu-west-1:123456789012:key/1');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('the configured providers', () => {
  it('are all there, so that keys under any of them open', () => {
    expect(Object.keys(kmsOptions().kmsProviders).sort()).toEqual(['aws', 'local']);
  });

  it('are reached by connections that end when nothing answers', () => {
    expect(kmsOptions().kmsConnectCallback).toBeDefined();
  });

  it('name the CMK for new keys: that of `KMS_PROVIDER`, or of the provider that is asked for', () => {
    expect(configuredMasterKey()).toEqual({ provider: 'local', masterKey: null });
    expect(configuredMasterKey('aws').masterKey).toMatchObject({ region: 'eu-west-1' });
  });

  it.each([
    ['kmip', /`kmip` is not configured. Set `KMS_KMIP_SERVER_NAME`, `KMS_KMIP_SERVER_CA_FILE`/],
    ['local:next', /Set `MEDCO_NEXT_MASTER_KEY_FILE`/],
    ['azure', /Set `KMS_AZURE_KEY_VAULT_ENDPOINT`/],
  ] as const)('refuse %s by the settings that it lacks', (provider, message) => {
    expect(() => configuredMasterKey(provider)).toThrow(message);
  });
});

describe('CMKs', () => {
  const kmip = { provider: 'kmip', masterKey: { keyId: '1' } } as const;

  it('are the same whatever the order of their options, and with defaults spelled out', () => {
    const spelled = { provider: 'kmip', masterKey: { delegated: false, keyId: '1' } } as const;
    expect(isSameMasterKey(kmip, spelled)).toBe(true);
    const local = { provider: 'local', masterKey: null } as const;
    expect(isSameMasterKey(local, { provider: 'local', masterKey: {} })).toBe(true);
  });

  it('differ by provider, name and any option', () => {
    const others = [
      { provider: 'kmip:second', masterKey: { keyId: '1' } },
      { provider: 'kmip', masterKey: { keyId: '2' } },
      { provider: 'kmip', masterKey: { keyId: '1', delegated: true } },
      { provider: 'kmip', masterKey: {} },
      { provider: 'local', masterKey: null },
    ] as const;
    for (const other of others) expect(isSameMasterKey(kmip, other)).toBe(false);
  });

  it('of KMIP with a blank identifier are those that setup made', () => {
    const blank = { provider: 'kmip', masterKey: {} } as const;
    expect(withIdentifierOf(blank, kmip)).toEqual(kmip);
    const named = { provider: 'kmip', masterKey: { keyId: '2' } } as const;
    expect(withIdentifierOf(named, kmip)).toEqual(named);
    const local = { provider: 'local', masterKey: null } as const;
    expect(withIdentifierOf(local, kmip)).toEqual(local);
    expect(withIdentifierOf(blank, local)).toEqual(blank);
    const delegated = { provider: 'kmip', masterKey: { delegated: true } } as const;
    expect(isSameMasterKey(withIdentifierOf(delegated, kmip), kmip)).toBe(false);
  });

  it('have names', () => {
    expect(describeMasterKey(kmip)).toBe('kmip key 1');
    expect(describeMasterKey({ provider: 'local:next', masterKey: null })).toBe('local:next');
    const arn = 'arn:aws:kms:eu-west-1:123456789012:key/1';
    const aws = { provider: 'aws', masterKey: { region: 'eu-west-1', key: arn } } as const;
    expect(describeMasterKey(aws)).toBe(`aws ${arn}`);
  });
});
