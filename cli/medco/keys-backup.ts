// `medco keys backup` and `keys restore`: the key vault into a file and back.
import { groupByCmk } from '../../lib/keys/cmk-groups.ts';
import { describeMasterKey } from '../../lib/keys/kms.ts';
import {
  backupOnRequest,
  defaultBackupDir,
  restoreKeyVault,
  type Restoration,
} from '../../lib/keys/operations/index.ts';
import { readOptions, say, UsageError } from './command.ts';
import { showPhases } from './keys-progress.ts';
import { verifyAndSay } from './keys-status.ts';

/** Reads the arguments; what it returns needs the database. */
export function backupCommand(args: readonly string[]): () => Promise<void> {
  readOptions(args, {});
  return async () => {
    const { path, keys } = await backupOnRequest(defaultBackupDir(), null);
    say(`${keys} data keys and the key policy: ${path}`);
    for (const { cmk, keys: count } of await groupByCmk()) {
      say(`  ${count} open with ${describeMasterKey(cmk)} alone`);
    }
  };
}

export function restoreCommand([path, ...args]: readonly string[]): () => Promise<void> {
  const options = readOptions(args, { 'dry-run': { type: 'boolean' } });
  if (path === undefined || path.startsWith('-')) {
    throw new UsageError('Expected `keys restore` with a backup of the key vault');
  }
  const dryRun = options['dry-run'] === true;
  return async () => {
    const lines = showPhases();
    const restoration = await restoreKeyVault({
      ...{ path, dryRun, backupDir: defaultBackupDir() },
      startedBy: null,
      onProgress: lines.onProgress,
    }).finally(lines.finish);
    sayRestoration(restoration, dryRun);
    if (restoration.failed.length > 0) {
      throw new Error(`${restoration.failed.length} data keys were not put back`);
    }
    if (!dryRun) await verifyAndSay();
  };
}

function sayRestoration(restoration: Restoration, dryRun: boolean): void {
  const { keys, restored, present, unneeded, failed, policy, backup } = restoration;
  if (backup !== null) say(`Backup of the key vault as it was: ${backup}`);
  say(`${keys} data keys in the backup`);
  say(`  ${restored} ${dryRun ? 'would be' : 'were'} put back`);
  say(`  ${present} are in the vault already`);
  if (unneeded > 0) say(`  ${unneeded} stay away: erased or replaced since, or of no record here`);
  for (const { id, why } of failed) say(`  Data key ${id}: ${why}`);
  if (policy === 'restored') say(`The key policy ${dryRun ? 'would be' : 'was'} put back, too`);
  if (dryRun) say('Nothing was changed');
}
