import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvError, parseEnv, SETTING_NAMES } from './env';
import { PROVIDERS } from './keys/providers';

const folder = mkdtempSync(join(tmpdir(), 'medco-env-'));

function keyFile(name: string, content: Buffer, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  return path;
}

const PRODUCTION = {
  MEDCO_MODE: 'production',
  MONGODB_URI: 'mongodb+srv://clinic.example.net/?retryWrites=true',
  MEDCO_MASTER_KEY_FILE: keyFile('good.bin', randomBytes(96)),
  MEDCO_AUDIT_KEY_FILE: keyFile('audit.key', Buffer.from(randomBytes(32).toString('hex'))),
  MEDCO_DATA_DIR: join(folder, 'data'),
  NEXTAUTH_SECRET: randomBytes(48).toString('hex'),
  NEXTAUTH_URL: 'https://clinic.example.net',
};

function badSettings(source: Record<string, string | undefined>): string[] {
  try {
    parseEnv(source);
    return [];
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return error.problems.map((problem) => problem.setting);
  }
}

describe('settings', () => {
  it('demo mode needs none', () => {
    expect(parseEnv({ MEDCO_DATA_DIR: join(folder, 'none') })).toMatchObject({
      mode: 'demo',
      mongodbUri: undefined,
      port: 3000,
      host: '127.0.0.1',
      authUrl: 'http://localhost:3000',
    });
  });
  it('production mode accepts a sound set', () => {
    expect(badSettings(PRODUCTION)).toEqual([]);
  });
  it('production mode names every missing setting at once', () => {
    expect(badSettings({ MEDCO_MODE: 'production' }).sort()).toEqual([
      'MEDCO_AUDIT_KEY_FILE',
      'MEDCO_MASTER_KEY_FILE',
      'MONGODB_URI',
      'NEXTAUTH_SECRET',
      'NEXTAUTH_URL',
    ]);
  });
  it('names every malformed setting at once, beside the missing ones', () => {
    const bad = badSettings({
      MEDCO_MODE: 'production',
      PORT: '70000',
      KEY_EXPIRATION_MS: 'soon',
      MONGODB_URI: 'https://example.net',
      NEXTAUTH_URL: 'clinic',
    });
    expect(bad.sort()).toEqual([
      'KEY_EXPIRATION_MS',
      'MEDCO_AUDIT_KEY_FILE',
      'MEDCO_MASTER_KEY_FILE',
      'MONGODB_URI',
      'NEXTAUTH_SECRET',
      'NEXTAUTH_URL',
      'PORT',
    ]);
  });
  it.each([
    'mongodb://db.example.net',
    'mongodb://db.example.net/?tls=false',
    'mongodb+srv://db.example.net/?tls=false',
    'mongodb://db.example.net/?tls=true&tlsInsecure=true',
    'mongodb://db.example.net/?tls=true&tlsAllowInvalidHostnames=true',
    'mongodb://db.example.net/?tls=true&tlsAllowInvalidCertificates=true',
  ])('production mode refuses %s', (uri) => {
    expect(badSettings({ ...PRODUCTION, MONGODB_URI: uri })).toEqual(['MONGODB_URI']);
    expect(badSettings({ ...PRODUCTION, MONGODB_DESK_URI: uri })).toEqual(['MONGODB_DESK_URI']);
  });
  it.each(['short', 'x'.repeat(64), 'change-me-'.repeat(8), 'my-very-long-secret-0123456789-abc'])(
    'refuses the secret %j',
    (secret) => {
      expect(badSettings({ ...PRODUCTION, NEXTAUTH_SECRET: secret })).toEqual(['NEXTAUTH_SECRET']);
    },
  );
  it('repeats no value of a setting', () => {
    const secret = 'hunter2hunter2';
    const source = {
      ...PRODUCTION,
      NEXTAUTH_SECRET: secret,
      MONGODB_URI: `mongodb://a:${secret}@b`,
    };
    expect(() => parseEnv(source)).toThrow(EnvError);
    expect(() => parseEnv(source)).not.toThrow(secret);
  });
});

describe('master key file', () => {
  it.each([
    ['readable by others', keyFile('open.bin', randomBytes(96), 0o644)],
    ['too short', keyFile('short.bin', randomBytes(95))],
    ['a sample', keyFile('sample.bin', Buffer.alloc(96, 'CAFEBABE'))],
    ['missing', join(folder, 'nothing.bin')],
    ['a folder', folder],
  ])('production mode refuses one that is %s', (_title, path) => {
    expect(badSettings({ ...PRODUCTION, MEDCO_MASTER_KEY_FILE: path })).toEqual([
      'MEDCO_MASTER_KEY_FILE',
    ]);
  });
  it('production mode refuses the demo key, where it lies and as a copy', () => {
    const dataDir = mkdtempSync(join(folder, 'demo-'));
    const demoKey = join(dataDir, 'master-key.bin');
    writeFileSync(demoKey, randomBytes(96), { mode: 0o600 });
    const copy = keyFile('copy.bin', readFileSync(demoKey));
    for (const path of [demoKey, copy]) {
      const source = { ...PRODUCTION, MEDCO_DATA_DIR: dataDir, MEDCO_MASTER_KEY_FILE: path };
      expect(badSettings(source)).toEqual(['MEDCO_MASTER_KEY_FILE']);
    }
  });
  it('demo mode refuses one that others can read', () => {
    const path = keyFile('demo-open.bin', randomBytes(96), 0o640);
    expect(badSettings({ MEDCO_MASTER_KEY_FILE: path })).toEqual(['MEDCO_MASTER_KEY_FILE']);
  });
});

describe('KMS providers', () => {
  const remote = {
    aws: { KMS_AWS_KEY: 'alias/clinic', KMS_AWS_REGION: 'eu-west-1' },
    azure: {
      KMS_AZURE_KEY_VAULT_ENDPOINT: 'clinic.vault.azure.net',
      KMS_AZURE_KEY_NAME: 'master',
      KMS_AZURE_KEY_VERSION: '0123456789abcdef0123456789abcdef',
    },
    gcp: {
      KMS_GCP_PROJECT_ID: 'clinic',
      KMS_GCP_LOCATION: 'europe-west1',
      KMS_GCP_KEY_RING: 'records',
      KMS_GCP_KEY_NAME: 'master',
    },
  };

  it('are five, and no other', () => {
    expect(badSettings({ ...PRODUCTION, KMS_PROVIDER: 'vault' })).toEqual(['KMS_PROVIDER']);
  });

  it.each(Object.entries(remote))('%s needs no master key file', (name, settings) => {
    const source = { ...PRODUCTION, MEDCO_MASTER_KEY_FILE: undefined, KMS_PROVIDER: name };
    expect(badSettings({ ...source, ...settings })).toEqual([]);
    expect(parseEnv({ ...source, ...settings })).toMatchObject({ kmsProvider: name });
  });

  it.each([...Object.keys(remote), 'kmip'])(
    '%s names every setting that it lacks at once',
    (name) => {
      const bad = badSettings({ ...PRODUCTION, KMS_PROVIDER: name });
      const needed = PROVIDERS[name as keyof typeof PROVIDERS].needs;
      expect(needed.length).toBeGreaterThan(0);
      expect(bad).toEqual(expect.arrayContaining([...needed]));
    },
  );

  it('that are not chosen may be configured beside it, and are checked all the same', () => {
    const source = { ...PRODUCTION, ...remote.aws, ...remote.azure, ...remote.gcp };
    expect(badSettings(source)).toEqual([]);
    expect(badSettings({ ...source, KMS_GCP_LOCATION: undefined })).toEqual(['KMS_GCP_LOCATION']);
    expect(badSettings({ ...source, KMS_AWS_CA_FILE: join(folder, 'none') })).toEqual([
      'KMS_AWS_CA_FILE',
    ]);
  });

  it('repeat no secret', () => {
    const secret = 'hunter2hunter2';
    const source = {
      ...PRODUCTION,
      KMS_AZURE_CLIENT_SECRET: secret,
      KMS_AZURE_CLIENT_SECRET_FILE: secret,
      KMS_KMIP_CLIENT_CERTIFICATE_PASSWORD: secret,
      KMS_KMIP_DELEGATED: secret,
      KMS_KMIP_SERVER_NAME: `${secret} ${secret}`,
    };
    expect(() => parseEnv(source)).toThrow(EnvError);
    expect(() => parseEnv(source)).not.toThrow(secret);
  });

  it('have paths that do not depend on where a process stands', () => {
    const file = parseEnv({ MEDCO_MASTER_KEY_FILE: 'keys/none.bin' }).kms['MEDCO_MASTER_KEY_FILE'];
    expect(file).toBe(join(process.cwd(), 'keys/none.bin'));
  });
});

describe('documentation', () => {
  it('lists exactly the settings that exist', () => {
    const text = readFileSync(join(import.meta.dirname, '../docs/configuration.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `([A-Z_]+)`/gm)].map((match) => match[1]);
    expect(documented.sort()).toEqual([...SETTING_NAMES].sort());
  });
});
