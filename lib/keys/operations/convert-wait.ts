// Waiting until no process can have an old data key in its memory any more.
import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { env } from '@/lib/env';
import { KeyError } from '../errors';
import { saveState, stateOf, type ConversionRun } from './convert-run';

/** A cache's timer may be late, and the clocks of the machines differ a little. */
const MOST_MARGIN_MS = 1000;
const TICK_MS = 1000;

/**
 * Waits `KEY_EXPIRATION_MS`, counted from its first call in this operation; the time is in the journal. Every process of
 * the clinic must have the same setting. Throws KeyError `VAULT` where keys are kept for ever and nobody has said that the
 * processes were restarted.
 */
export async function waitForCaches(run: ConversionRun): Promise<void> {
  const { keyExpirationMs } = env();
  if (keyExpirationMs === 0) {
    if (run.processesRestarted) return;
    throw new KeyError(
      'VAULT',
      'Expected key caches that expire, got `KEY_EXPIRATION_MS=0`: the processes of the clinic keep the old key for ever. ' +
        'Every record is under its new key. Restart all processes, then ask for the same again with `--processes-restarted`',
    );
  }
  const period = keyExpirationMs + Math.min(keyExpirationMs, MOST_MARGIN_MS);
  let { expiredAt } = stateOf(run);
  if (expiredAt === undefined) {
    expiredAt = new Date(Date.now() + period);
    await saveState(run, { expiredAt });
  }
  const { phase } = run.operation.record;
  for (;;) {
    const left = expiredAt.getTime() - Date.now();
    if (left <= 0) return;
    const total = Math.ceil(period / 1000);
    const done = Math.max(0, total - Math.ceil(left / 1000));
    run.onProgress({ phase, done, total });
    await run.operation.save({ done, total });
    await delay(Math.min(left, TICK_MS));
  }
}
