// What the operations that replace data keys have in common: phases that the journal remembers, and passes over all
// patients that go on where a killed run stopped.
import 'server-only';
import { UUID, type Filter, type ObjectId } from 'mongodb';
import { storedPatients } from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import { KeyError } from '../errors';
import type { CustomerMasterKey } from '../kms';
import { convertBatch, type Converted } from './convert';
import { ConversionClient } from './convert-client';
import {
  STORED,
  type Conversion,
  type ConversionProblem,
  type StoredPatient,
} from './convert-plan';
import type { Operation } from './journal';
import type { OnProgress } from './progress';

/** What the journal keeps between the phases of these operations. */
export interface ConversionState {
  /** The CMK for new data keys, as the vault names it. */
  target?: CustomerMasterKey;
  sharedKeyId?: UUID;
  oldSharedKeyId?: UUID;
  /** Of the pass under way: the last patient that is done with. */
  cursor?: ObjectId | null;
  /** Patients whose own data key is gone, as counted by the main pass. */
  withoutKey?: number;
  /** Patients some of whose fields stay under the old key; the first hundred. */
  problems?: ConversionProblem[];
  /** When the key caches of all processes have expired. */
  expiredAt?: Date;
}

export interface ConversionRun {
  readonly operation: Operation;
  readonly onProgress: OnProgress;
  /** Asked for again with the assurance that all processes were restarted. */
  readonly processesRestarted: boolean;
  readonly batchSize: number;
}

export interface ReplaceOptions {
  readonly startedBy: string | null;
  readonly backupDir: string;
  readonly onProgress: OnProgress;
  /**
   * Where data keys stay in memory for ever (`KEY_EXPIRATION_MS=0`), an old key is deleted only once the caller says that
   * every process of the clinic was restarted after the documents were converted.
   */
  readonly processesRestarted?: boolean;
  /** Documents between two notes in the journal. */
  readonly batchSize?: number;
}

/** What a run needs of these options. */
export function runOf(operation: Operation, options: ReplaceOptions): ConversionRun {
  const { onProgress, processesRestarted = false, batchSize = BATCH } = options;
  return { operation, onProgress, processesRestarted, batchSize };
}

/** One step: does its work, which may be done again, and names the next phase. */
export type Steps = Readonly<Record<string, (run: ConversionRun) => Promise<string>>>;

export const DONE = 'done';
const BATCH = 100;
const MOST_PROBLEMS = 100;

/** Takes the operation from the phase that it is in to its end. */
export async function runSteps(run: ConversionRun, steps: Steps): Promise<void> {
  const { operation, onProgress } = run;
  for (;;) {
    const { phase, done, total } = operation.record;
    if (phase === DONE) return;
    const step = steps[phase];
    if (step === undefined) {
      throw new KeyError('VAULT', `Expected a known phase in the journal, got \`${phase}\``);
    }
    onProgress({ phase, done, total });
    const next = await step(run);
    await saveState(run, { cursor: null }, { phase: next, done: 0, total: 0 });
  }
}

export function stateOf({ operation }: ConversionRun): ConversionState {
  return operation.record.state;
}

export async function saveState(
  run: ConversionRun,
  change: ConversionState,
  progress: { phase?: string; done?: number; total?: number } = {},
): Promise<void> {
  await run.operation.save({ ...progress, state: { ...stateOf(run), ...change } });
}

/** A value that an earlier phase has written down. */
export function required<K extends keyof ConversionState>(
  run: ConversionRun,
  name: K,
): NonNullable<ConversionState[K]> {
  const value = stateOf(run)[name];
  if (value != null) return value;
  throw new KeyError('VAULT', `Expected \`${name}\` in the journal, got none`);
}

/** Every patient once, in the order of ids, from where the journal says. Patients who come meanwhile may be missed. */
export async function passOver(
  run: ConversionRun,
  work: (client: ConversionClient, batch: StoredPatient[]) => Promise<ConversionState>,
): Promise<void> {
  const { phase } = run.operation.record;
  let { done } = run.operation.record;
  let cursor = stateOf(run).cursor ?? null;
  const client = new ConversionClient();
  try {
    const total = await storedPatients().countDocuments({});
    for (;;) {
      run.onProgress({ phase, done, total: Math.max(done, total) });
      const batch = await storedPatients()
        .find<StoredPatient>(cursor === null ? {} : { _id: { $gt: cursor } }, {
          projection: STORED,
        })
        .sort({ _id: 1 })
        .limit(run.batchSize)
        .toArray();
      const last = batch.at(-1);
      if (last === undefined) return;
      const change = await work(client, batch);
      await client.nextBatch();
      cursor = last._id;
      done += batch.length;
      await saveState(run, { ...change, cursor }, { done, total: Math.max(done, total) });
    }
  } finally {
    await client.close();
  }
}

/** The main pass: converts every patient that is there when it begins. */
export async function convertAll(run: ConversionRun, conversion: Conversion): Promise<void> {
  await passOver(run, async (client, batch) => {
    const { withoutKey, problems } = await convertBatch(client, conversion, batch);
    return {
      withoutKey: (stateOf(run).withoutKey ?? 0) + withoutKey,
      problems: withProblems(run, problems),
    };
  });
}

/**
 * Converts what came meanwhile, until a look at all that `left` finds converts nothing and `stale` counts none. Throws
 * KeyError `RECORDS` while patients are left that cannot be converted and stand in the way of what follows.
 */
export async function sweep(
  run: ConversionRun,
  conversion: Conversion,
  { left, stale }: { left: Filter<PlainPatient>; stale: Filter<PlainPatient> },
): Promise<void> {
  const { phase } = run.operation.record;
  const client = new ConversionClient();
  let done = 0;
  try {
    for (;;) {
      const { written, problems } = await sweepOnce(client, conversion, left);
      done += written;
      run.onProgress({ phase, done, total: 0 });
      const blocking = problems.filter(({ fields }) => fields === 'shared');
      if (blocking.length > 0) throw standInTheWay(blocking);
      await saveState(run, { problems: withProblems(run, problems) }, { done });
      if (written === 0 && (await storedPatients().countDocuments(stale)) === 0) return;
    }
  } finally {
    await client.close();
  }
}

/** Those that do not stand in the way, each once; a sweep meets the others again. */
function withProblems(run: ConversionRun, more: readonly ConversionProblem[]): ConversionProblem[] {
  const known = stateOf(run).problems ?? [];
  const ids = new Set(known.map(({ patientId }) => patientId));
  const added = more.filter(({ fields, patientId }) => fields === 'own' && !ids.has(patientId));
  return [...known, ...added].slice(0, MOST_PROBLEMS);
}

async function sweepOnce(
  client: ConversionClient,
  conversion: Conversion,
  left: Filter<PlainPatient>,
): Promise<Pick<Converted, 'written' | 'problems'>> {
  let written = 0;
  const problems: ConversionProblem[] = [];
  let batch: StoredPatient[] = [];
  const convert = async (): Promise<void> => {
    const converted = await convertBatch(client, conversion, batch);
    written += converted.written;
    problems.push(...converted.problems);
    batch = [];
    await client.nextBatch();
  };
  const found = storedPatients().find<StoredPatient>(left, { projection: STORED });
  for await (const patient of found) {
    batch.push(patient);
    if (batch.length === BATCH) await convert();
  }
  if (batch.length > 0) await convert();
  return { written, problems };
}

const SAID = {
  'duplicate-ssn': 'another patient has the same SSN',
  'does-not-decrypt': 'a field under the shared key does not decrypt',
  'not-reproducible': 'a field cannot be written again as it was',
} as const;

function standInTheWay(problems: readonly ConversionProblem[]): KeyError {
  const named = problems
    .slice(0, 10)
    .map(({ patientId, problem }) => `${patientId} (${SAID[problem]})`);
  const more = problems.length > named.length ? `, and ${problems.length - named.length} more` : '';
  return new KeyError(
    'RECORDS',
    `Expected every patient to be under the new shared key, got ${named.join(', ')}${more}. ` +
      'Nothing was removed and the clinic works on; correct these records and ask for the same again',
  );
}
