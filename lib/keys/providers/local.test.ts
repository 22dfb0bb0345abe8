// The two slots of the local provider, and what is wrong with their files.
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { local, withDemoKey } from './local';
import type { GivenSettings } from './provider';

const folder = mkdtempSync(join(tmpdir(), 'medco-local-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function newKey(name: string, content = randomBytes(96)): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const production = { chosen: true, production: true, dataDir: join(folder, 'data') };
const problems = (given: GivenSettings, situation = production) =>
  Object.fromEntries(local.problems(given, situation)) as Record<string, string>;

describe('the local provider', () => {
  const [one, two] = [newKey('one.bin'), newKey('two.bin')];

  it('has two slots, and the first that is filled is for new keys', () => {
    const both = { MEDCO_MASTER_KEY_FILE: one, MEDCO_NEXT_MASTER_KEY_FILE: two };
    expect(problems(both)).toEqual({});
    const configured = local.configure(both);
    expect(Object.keys(configured?.kmsProviders ?? {})).toEqual(['local', 'local:next']);
    expect(configured?.masterKeys).toEqual([
      { provider: 'local', masterKey: null },
      { provider: 'local:next', masterKey: null },
    ]);
    const next = { MEDCO_NEXT_MASTER_KEY_FILE: two };
    expect(problems(next)).toEqual({});
    expect(local.configure(next)?.masterKeys[0].provider).toBe('local:next');
    expect(local.configure({})).toBeNull();
  });

  it('refuses the same key in both slots: a rotation would change nothing', () => {
    const copy = join(folder, 'copy.bin');
    copyFileSync(one, copy);
    const both = { MEDCO_MASTER_KEY_FILE: one, MEDCO_NEXT_MASTER_KEY_FILE: copy };
    expect(Object.keys(problems(both))).toEqual(['MEDCO_NEXT_MASTER_KEY_FILE']);
  });

  it('is needed in production mode only where it is chosen', () => {
    expect(Object.keys(problems({}))).toEqual(['MEDCO_MASTER_KEY_FILE']);
    expect(problems({}, { ...production, chosen: false })).toEqual({});
  });

  it('refuses unsound files in both slots', () => {
    const short = newKey('short.bin', randomBytes(95));
    const given = { MEDCO_MASTER_KEY_FILE: short, MEDCO_NEXT_MASTER_KEY_FILE: folder };
    expect(Object.keys(problems(given))).toEqual(Object.keys(given));
    const missing = { MEDCO_NEXT_MASTER_KEY_FILE: join(folder, 'none') };
    expect(problems(missing, { ...production, production: false })).toEqual({
      MEDCO_NEXT_MASTER_KEY_FILE: 'expected a master key file, got none',
    });
  });

  it('is the demo’s own key where nothing is set, but not for a demo at another provider', () => {
    const demo = { ...production, production: false };
    const own = join(demo.dataDir, 'master-key.bin');
    expect(withDemoKey({}, demo)).toEqual({ MEDCO_MASTER_KEY_FILE: own });
    expect(withDemoKey({}, { ...demo, chosen: false })).toEqual({});
    expect(withDemoKey({ MEDCO_MASTER_KEY_FILE: one }, demo)['MEDCO_MASTER_KEY_FILE']).toBe(one);
  });
});
