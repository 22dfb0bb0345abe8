// What `medco keys …` shows while an operation runs: one line for each phase. On standard error where standard output is
// for a program.
import type { OnProgress } from '../../lib/keys/operations/index.ts';
import { createProgress, type Progress } from '../progress.ts';

const LABELS: Readonly<Record<string, string>> = {
  preflight: 'Trying the CMK',
  backup: 'Backing up the key vault',
  policy: 'Making it the CMK of new data keys',
  rewrap: 'Data keys',
  check: 'Data keys made meanwhile',
  announce: 'New shared key',
  switch: 'Writing under the new shared key',
  convert: 'Records',
  sweep: 'Records written meanwhile',
  withdraw: 'Searching under the new shared key only',
  wait: 'Seconds until key caches have expired',
  'last-sweep': 'Records, last look',
  verify: 'Reading every record',
  delete: 'Deleting old data keys',
  'rewrap-rest': 'Other data keys',
  tombstone: 'Marking the record as erased',
  destroy: 'Destroying its data key',
  clear: 'Removing what is under the shared key',
  restore: 'Data keys of the backup',
  'verify-keys': 'Verifying data keys',
  'verify-records': 'Verifying records',
};

/** They count, as soon as they know how many; the others are one step. */
const COUNTED = new Set([
  ...['rewrap', 'convert', 'sweep', 'last-sweep', 'wait', 'verify', 'delete', 'rewrap-rest'],
  ...['check', 'restore', 'verify-keys', 'verify-records'],
]);

export interface PhaseLines {
  readonly onProgress: OnProgress;
  /** Ends the last line; call when the operation has ended, however it did. */
  readonly finish: () => void;
}

export function showPhases(output: NodeJS.WriteStream = process.stdout): PhaseLines {
  let phase = '';
  let bar: Progress | undefined;
  let from = 0;
  const finish = (): void => {
    bar?.finish();
    bar = undefined;
  };
  return {
    finish,
    onProgress: (progress) => {
      const label = LABELS[progress.phase] ?? progress.phase;
      if (progress.phase !== phase) {
        finish();
        phase = progress.phase;
        from = progress.done;
        if (progress.total === 0 && !COUNTED.has(phase)) output.write(`${label}\n`);
      }
      if (progress.total === 0) return;
      bar ??= createProgress(label, progress.total, output);
      bar.update(progress.done, progress.done - from, progress.total);
    },
  };
}
