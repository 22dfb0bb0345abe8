// `medco kms` as a process of its own, at an endpoint that enforces AWS's policies: what it says, its exit codes, and
// what it must not say.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsKms, type AwsKms, type Principal } from '../../lib/encryption/testing/aws-kms.ts';
import { makeCertificates, type Certificates } from '../../lib/encryption/testing/certificates.ts';
import { startKmsEndpoint, type KmsEndpoint } from '../../lib/encryption/testing/kms-endpoint.ts';
import { testServerUri, uniqueName } from '../../lib/testing/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'medco-kms-cli-'));
const officer: Principal = {
  accessKeyId: 'AKIDOFFICER',
  secretAccessKey: 'made-up secret of the officer',
  arn: 'arn:aws:iam::111122223333:user/officer',
  actions: ['kms:CreateKey', 'kms:TagResource', 'kms:DescribeKey', 'kms:EnableKeyRotation'],
};
const clinic: Principal = {
  accessKeyId: 'AKIDCLINIC',
  secretAccessKey: 'made-up secret of the clinic',
  arn: 'arn:aws:iam::111122223333:user/clinic',
  actions: ['kms:Encrypt', 'kms:Decrypt'],
};

describe('medco kms', () => {
  let certificates: Certificates;
  let endpoint: KmsEndpoint;
  let kms: AwsKms;
  beforeAll(async () => {
    certificates = await makeCertificates();
    kms = createAwsKms([officer, clinic]);
    endpoint = await startKmsEndpoint(certificates, kms.answer);
  });
  afterAll(async () => {
    await endpoint.close();
    await certificates.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs it as `principal`. Checks that nothing secret was said. */
  async function run(principal: Principal, args: readonly string[], settings: object = {}) {
    const node = ['--import', 'tsx', '--conditions=react-server', 'cli/medco.ts', 'kms', ...args];
    const env = {
      ...process.env,
      NODE_NO_WARNINGS: '1',
      MONGODB_URI: testServerUri(),
      MEDCO_DATA_DIR: folder,
      AWS_REGION: kms.region,
      AWS_ACCESS_KEY_ID: principal.accessKeyId,
      AWS_SECRET_ACCESS_KEY: principal.secretAccessKey,
      ...settings,
    };
    const outcome = await new Promise<{ code: number; lines: string[] }>((resolve) => {
      execFile(process.execPath, node, { cwd: root, env }, (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : 0;
        resolve({ code, lines: `${stdout}${stderr}`.trimEnd().split('\n') });
      });
    });
    expect(outcome.lines.join('\n')).not.toContain('made-up secret');
    return outcome;
  }

  it('creates a CMK once, goes on where a permission was missing, and says what to set', async () => {
    const create = ['create-cmk', '--alias', 'clinic', '--endpoint', endpoint.address];
    const args = [...create, '--ca-file', certificates.caFile];
    const refused = await run(officer, args);
    expect(refused.code).toBe(1);
    expect(refused.lines.at(-1)).toContain('A permission is missing: `kms:CreateAlias`');

    const more = ['CreateAlias', 'ListAliases', 'ListKeys', 'ListResourceTags'];
    const actions = [...officer.actions, ...more.map((action) => `kms:${action}`)];
    kms.principals[0] = { ...officer, actions };
    const created = await run(officer, args);
    const [arn = ''] = kms.keys.keys();
    expect(kms.keys.size).toBe(1);
    expect(created).toEqual({
      code: 0,
      lines: [
        `Goes on with ${arn}, which has no alias yet`,
        'Named it alias/clinic',
        'Turned on yearly rotation',
        'The CMK is ready. For the clinic:',
        '  KMS_PROVIDER=aws',
        `  KMS_AWS_KEY=${arn}`,
      ],
    });
  });

  it('checks the CMK of the settings before setup, and names the permission that is missing', async () => {
    const settings = {
      KMS_PROVIDER: 'aws',
      KMS_AWS_KEY: 'alias/clinic',
      KMS_AWS_ENDPOINT: endpoint.address,
      KMS_AWS_CA_FILE: certificates.caFile,
      MEDCO_DATABASE_PREFIX: `${uniqueName('t')}_`,
    };
    kms.principals[1] = { ...clinic, actions: ['kms:Encrypt'] };
    const refused = await run(clinic, ['check'], settings);
    expect(refused.code).toBe(1);
    expect(refused.lines[0]).toBe('aws alias/clinic: for the first keys of a new database');
    expect(refused.lines).toContain('  passed   kms:Encrypt');
    const missing = refused.lines.filter((line) => line.startsWith('  FAILED '));
    expect(missing).toHaveLength(1);
    expect(missing[0]).toContain(
      'kms:Decrypt: A permission is missing: `kms:Decrypt` on alias/clinic',
    );
    expect(missing[0]).toContain(clinic.arn);
    expect(refused.lines.at(-1)).toBe('The CMK cannot be used');
  });
});
