// `medco keys rotate` and `keys migrate`: to another CMK, or under the same one anew.
import { groupByCmk } from '../../lib/keys/cmk-groups.ts';
import { describeMasterKey, isSameMasterKey, type CustomerMasterKey } from '../../lib/keys/kms.ts';
import {
  cancelRewrap,
  defaultBackupDir,
  migrationTarget,
  planRewrap,
  reencrypt,
  rewrapKeys,
  rotationTarget,
  type OnProgress,
  type OperationRecord,
} from '../../lib/keys/operations/index.ts';
import { preflight } from '../../lib/keys/preflight.ts';
import { readOptions, say, UsageError } from './command.ts';
import { keyVaultDb, storedPatients } from '../../lib/db/connections.ts';
import { showPhases } from './keys-progress.ts';
import { verifyAndSay } from './keys-status.ts';

const PROVIDERS = ['aws', 'azure', 'gcp', 'kmip', 'local', 'local:next'];
const WAYS = ['rewrap', 're-encrypt'] as const;
type Way = (typeof WAYS)[number];

/** Reads the arguments; what it returns needs the database. */
export function rotateCommand(args: readonly string[]): () => Promise<void> {
  const { to: slot, ...rest } = readOptions(args, {
    to: { type: 'string' },
    'dry-run': { type: 'boolean' },
    verify: { type: 'boolean' },
  });
  return async () => {
    const to = await rotationTarget(slot);
    if (rest['dry-run'] === true) return showPlan('rotate', 'rewrap', to);
    await runAndSay(
      (common) => rewrapKeys({ kind: 'rotate', to, ...common }),
      rest.verify === true,
    );
  };
}

export function migrateCommand(args: readonly string[]): () => Promise<void> {
  const options = readOptions(args, {
    to: { type: 'string' },
    how: { type: 'string' },
    'dry-run': { type: 'boolean' },
    verify: { type: 'boolean' },
    'processes-restarted': { type: 'boolean' },
  });
  const { to: provider } = options;
  if (provider === undefined || !PROVIDERS.includes(provider)) {
    throw new UsageError(`Expected \`--to\` ${PROVIDERS.join(', ')}`);
  }
  const how = WAYS.find((way) => way === (options.how ?? 'rewrap'));
  if (how === undefined) throw new UsageError(`Expected \`--how\` ${WAYS.join(' or ')}`);
  const processesRestarted = options['processes-restarted'] === true;
  return async () => {
    const to = await migrationTarget(provider);
    if (options['dry-run'] === true) return showPlan('migrate', how, to);
    await runAndSay(
      (common) =>
        how === 'rewrap'
          ? rewrapKeys({ kind: 'migrate', to, ...common })
          : reencrypt({ to, processesRestarted, ...common }),
      options.verify === true,
    );
  };
}

/** Gives up an unfinished rotation or migration that touches no data. */
export function cancelCommand(args: readonly string[]): () => Promise<void> {
  readOptions(args, {});
  return async () => {
    const given = await cancelRewrap(null);
    if (given === null) {
      say('There is no unfinished operation');
      return;
    }
    say(`Gave up: ${given.kind} ${given.operationId}, in its phase ${given.phase}`);
    for (const { cmk, keys } of await groupByCmk()) {
      say(`  ${keys} data keys are under ${describeMasterKey(cmk)}: it must stay configured`);
    }
  };
}

interface CommonOptions {
  startedBy: null;
  backupDir: string;
  onProgress: OnProgress;
}

/** Runs an operation with a line for each phase; says how it ended and, on request, proves it. */
export async function runAndSay(
  run: (common: CommonOptions) => Promise<OperationRecord>,
  verify: boolean,
): Promise<void> {
  const lines = showPhases();
  let record: OperationRecord;
  try {
    const backupDir = defaultBackupDir();
    record = await run({ startedBy: null, backupDir, onProgress: lines.onProgress });
  } finally {
    lines.finish();
  }
  sayEnd(record);
  if (verify) await verifyAndSay();
}

function sayEnd({ kind, operationId, startedAt, finishedAt, state }: OperationRecord): void {
  const target: unknown = state['target'];
  if (isCmk(target)) say(`New data keys are made under ${describeMasterKey(target)}`);
  const backup: unknown = state['backup'];
  if (typeof backup === 'string') say(`Backup of the key vault: ${backup}`);
  const problems: unknown = state['problems'];
  if (Array.isArray(problems) && problems.length > 0) {
    say(`${problems.length} records keep an old data key: see \`keys status\` and docs/keys.md`);
    for (const each of problems as { patientId: string; problem: string }[]) {
      say(`  Record ${each.patientId}: ${each.problem}`);
    }
  }
  const took = ((finishedAt?.getTime() ?? Date.now()) - startedAt.getTime()) / 1000;
  say(`Done: ${kind} ${operationId}, ${Math.ceil(took)} s`);
}

function isCmk(value: unknown): value is CustomerMasterKey {
  return typeof value === 'object' && value !== null && 'provider' in value;
}

async function showPlan(kind: 'rotate' | 'migrate', how: Way, to: CustomerMasterKey) {
  const { groups, keys } = await planRewrap({ kind, to });
  say(`Target: ${describeMasterKey(to)}`);
  for (const { cmk, keys: count } of groups) {
    const here = isSameMasterKey(cmk, to) ? ' (the target)' : '';
    say(`  ${count} data keys are under ${describeMasterKey(cmk)}${here}`);
  }
  if (how === 'rewrap') say(`${keys} data keys would be wrapped anew; no record would be touched`);
  else {
    const patients = await storedPatients().countDocuments({ erasedAt: { $exists: false } });
    say(`${patients} records would be encrypted anew, each with a new data key`);
  }
  if (to.provider.startsWith('kmip') && to.masterKey?.['keyId'] === undefined) {
    say('The CMK was not tried: the KMIP server would make a new one');
  } else {
    const report = await preflight(to);
    for (const { name, outcome, problem } of report.checks) {
      say(`  ${outcome}: ${name}${problem === null ? '' : `: ${problem}`}`);
    }
    if (!report.ok) throw new Error('The CMK cannot be used');
  }
  say(`Nothing was changed in ${keyVaultDb().databaseName}`);
}
