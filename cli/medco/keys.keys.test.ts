// The operator's tool as a process of its own on a small clinic: exit codes, what it says, and what it must not say.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerPatient } from '../../lib/data/index.ts';
import { openTestClinic, registration, type TestClinic } from '../../lib/data/testing/clinic.ts';
import { doctorClientEncryption, keyVault, keyVaultDb } from '../../lib/db/connections.ts';
import { env } from '../../lib/env.ts';
import { createMasterKeyFile } from '../../lib/keys/master-key.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'medco-keys-cli-'));
const NEXT_FILE = join(folder, 'next.bin');
const PATIENTS = 3;

let clinic: TestClinic;
let ids: string[];
/** What no line may hold. */
let secrets: string[];

beforeAll(async () => {
  createMasterKeyFile(NEXT_FILE);
  clinic = await openTestClinic();
  ids = [];
  for (let serial = 1; serial <= PATIENTS; serial += 1) {
    ids.push((await registerPatient(clinic.staff.doctor, registration(serial))).id);
  }
  const masterKeys = [readFileSync(env().masterKeyFile), readFileSync(NEXT_FILE)];
  secrets = [
    ...masterKeys.flatMap((key) => [key.toString('base64'), key.toString('hex')]),
    ...(await keyVault().find().toArray()).map(({ keyMaterial }) => keyMaterial.toString('base64')),
    ...ids.map((_, at) => registration(at + 1).ssn),
    ...ids.map((_, at) => registration(at + 1).name),
  ].map((secret) => secret.slice(0, 24));
});

afterAll(async () => {
  await clinic.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** `keys ARGS`, with `answers` on its standard input. Checks that nothing secret was said. */
async function keys(
  args: readonly string[],
  { answers = [], settings = {} }: { answers?: string[]; settings?: Record<string, string> } = {},
): Promise<Outcome> {
  const node = ['--import', 'tsx', '--conditions=react-server', 'cli/medco.ts', 'keys', ...args];
  const outcome = await new Promise<Outcome>((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...settings } };
    const child = execFile(process.execPath, node, options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(answers.map((answer) => `${answer}\n`).join(''));
  });
  for (const secret of secrets) expect(outcome.stdout + outcome.stderr).not.toContain(secret);
  return outcome;
}

const WITH_NEXT = {
  settings: { MEDCO_NEXT_MASTER_KEY_FILE: NEXT_FILE, KEY_EXPIRATION_MS: '1000' },
};

describe('medco keys', () => {
  it('lists every key as one JSON document', async () => {
    const { code, stdout } = await keys(['status', '--json', '--all']);
    expect(code).toBe(0);
    const inventory = JSON.parse(stdout) as {
      counts: { keys: number };
      keys: { purpose: string; patientId: string | null; created: string }[];
    };
    expect(inventory.counts.keys).toBe(PATIENTS + 1);
    const patients = inventory.keys.filter(({ purpose }) => purpose === 'patient');
    expect(patients.map(({ patientId }) => patientId).sort()).toEqual(ids.toSorted());
    expect(inventory.keys.filter(({ purpose }) => purpose === 'shared')).toHaveLength(1);
  });

  it('refuses wrong usage with code 2 before it asks a database', async () => {
    const nowhere = { settings: { MONGODB_URI: 'mongodb://127.0.0.1:1/' } };
    const { code, stderr } = await keys(['erase', '12'], nowhere);
    expect(code).toBe(2);
    expect(stderr).toContain('keys erase PATIENT');
  });

  it('names the setting that a rotation needs', async () => {
    const { code, stderr } = await keys(['rotate']);
    expect(code).toBe(1);
    expect(stderr).toContain('`MEDCO_NEXT_MASTER_KEY_FILE`');
  });

  it('shows what a rotation would do, and does it', async () => {
    const dry = await keys(['rotate', '--dry-run'], WITH_NEXT);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain(`${PATIENTS + 1} data keys are under local\n`);
    expect(await keyVault().countDocuments({ 'masterKey.provider': 'local' })).toBe(PATIENTS + 1);
    const { code, stdout } = await keys(['rotate', '--verify'], WITH_NEXT);
    expect(code).toBe(0);
    expect(stdout).toContain('New data keys are made under local:next');
    expect(stdout).toContain(`Verified: ${PATIENTS + 1} data keys, ${PATIENTS} records`);
    expect(await keyVault().countDocuments({ 'masterKey.provider': 'local' })).toBe(0);
  });

  it('erases a patient only after both answers', async () => {
    const [id = ''] = ids;
    const raw = await clinic.raw(id);
    const refused = await keys(['erase', id], { ...WITH_NEXT, answers: [id, 'erase'] });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('nothing was erased');
    expect(await clinic.raw(id)).toEqual(raw);
    const { code, stdout } = await keys(['erase', id], { ...WITH_NEXT, answers: [id, 'ERASE'] });
    expect(code).toBe(0);
    expect(stdout).toContain(`Erased: record ${id}`);
    expect(stdout).toContain('keys retire');
    expect(await clinic.raw(id)).toHaveProperty('erasedAt');
    expect(await keyVault().countDocuments({ keyAltNames: String(raw['keyAltName']) })).toBe(0);
  });

  it('backs the vault up, puts a lost one back, and proves it', async () => {
    const saved = await keys(['backup'], WITH_NEXT);
    expect(saved.code).toBe(0);
    const path = /policy: (.*\.ejson)\n/.exec(saved.stdout)?.[1] ?? '';
    expect(saved.stdout).toContain(`${PATIENTS} open with local:next alone`);
    await keyVaultDb().dropDatabase();
    const lost = await keys(['verify'], WITH_NEXT);
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('keys restore FILE')]);
    const dry = await keys(['restore', path, '--dry-run'], WITH_NEXT);
    expect(dry.stdout).toContain(`${PATIENTS} would be put back`);
    expect(await keyVault().countDocuments()).toBe(0);
    const restored = await keys(['restore', path], WITH_NEXT);
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    expect(restored.stdout).toContain(`${PATIENTS} were put back`);
    expect(restored.stdout).toContain('The key policy was put back, too');
    expect(restored.stdout).toContain(`Verified: ${PATIENTS} data keys, ${PATIENTS - 1} records`);
    const nowhere = await keys(['restore', `${path}.gz`], WITH_NEXT);
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('.gz, got ENOENT')]);
  });

  it('shows the inventory and erases while no master key can be used', async () => {
    const [, id = ''] = ids;
    const without = { settings: { MEDCO_MASTER_KEY_FILE: join(folder, 'nowhere.bin') } };
    const status = await keys(['status'], without);
    expect([status.code, status.stderr]).toEqual([0, '']);
    const erased = await keys(['erase', id], { ...without, answers: [id, 'ERASE'] });
    expect(erased.code).toBe(0);
    expect(await clinic.raw(id)).toHaveProperty('erasedAt');
    const rotated = await keys(['rotate', '--to', 'local:next'], without);
    expect(rotated.code).toBe(1);
  });

  it('fails when the verification finds a key that nobody knows', async () => {
    const stray = await doctorClientEncryption().createDataKey('local');
    await keyVault().updateOne({ _id: stray }, { $set: { creationDate: new Date(0) } });
    const { code, stdout, stderr } = await keys(['status', '--verify'], WITH_NEXT);
    expect(code).toBe(1);
    expect(stdout).toContain(`unknown-key: Data key ${stray.toHexString()}`);
    expect(stderr).toContain('problems');
  });
});
