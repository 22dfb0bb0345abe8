// Provider `local`: a master key in a file, and a second slot (`local:next`), so that it can be replaced while the
// clinic works. What makes a key file sound is said in lib/env-problems.ts.
import 'server-only';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KMSProviders } from 'mongodb';
import { DEMO_KEY_NAME, demoKeyProblem, haveSameContent, keyFileProblem } from '@/lib/env-problems';
import type { CustomerMasterKey } from '../kms';
import { readMasterKey } from '../master-key';
import { path } from './forms';
import type { GivenSettings, Provider, SettingProblem, Situation } from './provider';

/** Setting of each slot's file, by the provider's name in the driver. */
const SLOTS = [
  ['local', 'MEDCO_MASTER_KEY_FILE'],
  ['local:next', 'MEDCO_NEXT_MASTER_KEY_FILE'],
] as const;

export const local: Provider = {
  name: 'local',
  settings: { MEDCO_MASTER_KEY_FILE: path, MEDCO_NEXT_MASTER_KEY_FILE: path },
  needs: ['MEDCO_MASTER_KEY_FILE'],
  problems,
  configure: (given) => {
    const kmsProviders: KMSProviders = {};
    const masterKeys: CustomerMasterKey[] = [];
    for (const [provider, setting] of SLOTS) {
      const file = given[setting];
      if (file === undefined) continue;
      kmsProviders[provider] = { key: readMasterKey(file) };
      masterKeys.push({ provider, masterKey: null });
    }
    const [first, ...more] = masterKeys;
    return first === undefined ? null : { kmsProviders, masterKeys: [first, ...more] };
  },
  describe: () => '',
};

/** Demo mode makes a missing key at its own place; one that is there must be sound. */
function* problems(
  given: GivenSettings,
  { chosen, production, dataDir }: Situation,
): Generator<SettingProblem> {
  const files = SLOTS.map(([, setting]) => given[setting]);
  if (production && chosen && files.every((file) => file === undefined)) {
    yield ['MEDCO_MASTER_KEY_FILE', 'is needed in production mode with this `KMS_PROVIDER`'];
  }
  let isSound = true;
  for (const [provider, setting] of SLOTS) {
    const file = given[setting];
    if (file === undefined) continue;
    const isMadeHere = !production && provider === 'local';
    if (isMadeHere && !existsSync(file)) continue;
    const problem = keyFileProblem(file) ?? (production ? demoKeyProblem(file, dataDir) : null);
    if (problem === null) continue;
    isSound = false;
    yield [setting, problem];
  }
  const [current, next] = files;
  if (isSound && current !== undefined && next !== undefined && haveSameContent(current, next)) {
    yield ['MEDCO_NEXT_MASTER_KEY_FILE', 'expected another key than `MEDCO_MASTER_KEY_FILE` holds'];
  }
}

/**
 * Demo mode keeps its key in the data directory. A demo whose keys are at another provider has none, unless it was
 * there before.
 */
export function withDemoKey(given: GivenSettings, { chosen, dataDir }: Situation): GivenSettings {
  const file = join(dataDir, DEMO_KEY_NAME);
  const wants = given['MEDCO_MASTER_KEY_FILE'] === undefined && (chosen || existsSync(file));
  return wants ? { ...given, MEDCO_MASTER_KEY_FILE: file } : given;
}
