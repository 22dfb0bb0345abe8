// Converts patients to other data keys while the clinic works: decrypt, encrypt, one conditional write for each
// document, until nothing is left to do with any of them. See lib/keys/README.md, points 2 and 3. Which patients, and
// when, is not decided here.
import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyError } from '../errors';
import type { ConversionClient } from './convert-client';
import {
  planSteps,
  Problems,
  readStored,
  type Conversion,
  type ConversionProblem,
  type Step,
  type StoredPatient,
} from './convert-plan';
import { compareSent, writeSteps, type Sent } from './convert-write';

export interface Converted {
  /** Documents that were written. */
  readonly written: number;
  /** Those whose own data key is gone: what it protected stays as it is. */
  readonly withoutKey: number;
  readonly problems: readonly ConversionProblem[];
}

/** Each lost race means that somebody else's write won. */
const MOST_ROUNDS = 200;
const LONGEST_PAUSE_MS = 50;

/**
 * Converts what is stale among these patients and leaves the others alone. When it returns, each of them was seen under
 * the right keys, or is reported as a problem, or was erased meanwhile. Throws KeyError `RECORDS` when what was written
 * does not read as before, and the driver's errors when database or KMS fail: then do the same batch again.
 */
export async function convertBatch(
  client: ConversionClient,
  conversion: Conversion,
  batch: readonly StoredPatient[],
): Promise<Converted> {
  const ids = batch.map(({ _id }) => _id);
  const problems = new Problems();
  const written = new Map<string, Sent>();
  const withoutKey = new Set<string>();
  let patients = batch;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const steps = await planSteps(conversion, patients, problems, withoutKey);
    if (steps.length === 0) break;
    if (round === MOST_ROUNDS) throw restless(steps);
    if (round > 1) await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, round));
    for (const sent of await writeSteps(client, conversion, steps, problems)) {
      written.set(sent.clear._id.toHexString(), sent);
    }
    patients = await readStored(ids);
  }
  await compareSent(client, [...written.values()]);
  return {
    written: written.size,
    withoutKey: withoutKey.size,
    problems: problems.all(),
  };
}

function restless(steps: readonly Step[]): KeyError {
  const ids = steps.slice(0, 5).map(({ patient }) => patient._id.toHexString());
  return new KeyError(
    'RECORDS',
    `Expected to convert ${ids.join(', ')} between two writes, got another write each time in ${MOST_ROUNDS} attempts`,
  );
}
