// The embedded database as the start command and the operator's commands start it, with encryption at rest.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requireNoEncryptionAtRest, startEmbeddedDatabase } from './embedded-database.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

let folder: string;
let supervisor: Supervisor;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medco-start-'));
  supervisor = createSupervisor();
});
afterEach(async () => {
  await supervisor.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the embedded database', () => {
  it('is encrypted where the environment says so, and the password stays with it alone', async () => {
    const keyFile = join(folder, 'master.key');
    writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
    vi.stubEnv('MEDCO_AT_REST_ENABLE_ENCRYPTION', 'true');
    vi.stubEnv('MEDCO_AT_REST_ENCRYPTION_KEY_FILE', keyFile);
    const dataDir = join(folder, 'data');
    await startEmbeddedDatabase(supervisor, dataDir);
    const files = readdirSync(join(dataDir, 'database'));
    expect(files).toContain('keystore.json');
    expect(files).not.toContain('documents.mdb');
    expect(process.env).not.toHaveProperty('MEDCO_AT_REST_KMIP_CLIENT_CERTIFICATE_PASSWORD');

    await supervisor.stop();
    vi.unstubAllEnvs();
    vi.stubEnv('MEDCO_AT_REST_KMIP_CLIENT_CERTIFICATE_PASSWORD', 'hunter2');
    const contradictory = startEmbeddedDatabase(createSupervisor(), dataDir);
    await expect(contradictory).rejects.toThrow(/did not start: .*`security.enableEncryption`/);
    expect(process.env).not.toHaveProperty('MEDCO_AT_REST_KMIP_CLIENT_CERTIFICATE_PASSWORD');
  });

  it('does not start for a rotation, which is a command of its own', async () => {
    vi.stubEnv('MEDCO_AT_REST_ENABLE_ENCRYPTION', 'true');
    vi.stubEnv('MEDCO_AT_REST_KMIP_SERVER_NAME', 'localhost');
    vi.stubEnv('MEDCO_AT_REST_KMIP_CLIENT_CERTIFICATE_FILE', '/none');
    vi.stubEnv('MEDCO_AT_REST_KMIP_ROTATE_MASTER_KEY', 'true');
    const starting = startEmbeddedDatabase(supervisor, join(folder, 'data'));
    await expect(starting).rejects.toThrow(/npm run medco -- at-rest rotate/);
  });
});

describe('another server', () => {
  it('is not taken for encrypted because the embedded one would be', () => {
    expect(() => requireNoEncryptionAtRest({})).not.toThrow();
    const environment = {
      MEDCO_AT_REST_ENABLE_ENCRYPTION: 'true',
      MEDCO_AT_REST_ENCRYPTION_KEY_FILE: '/k',
    };
    expect(() => requireNoEncryptionAtRest(environment)).toThrow(/`MONGODB_URI`, got both/);
  });
});
