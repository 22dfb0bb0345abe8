// Rotation of the CMK, and migration to another one without touching data: every data key is wrapped anew. Protocol
// point 5 of lib/keys/README.md. Knows nothing of patients.
//
// Safe beside everything else, since each key is replaced by one write that names the bytes which were copied:
// - a key that is erased meanwhile matches nothing, and nothing here inserts into the vault;
// - an alias that is added or removed is another field;
// - a key that its maker rewraps meanwhile (`patient-key.ts`) matches nothing and is under the new CMK;
// - a key that is made meanwhile is made under the new CMK, or its maker sees that the policy changed.
import 'server-only';
import type { DataKey, Filter, UUID } from 'mongodb';
import { recordEvent } from '@/lib/audit/record-event';
import { currentKeyPolicy, keyVault, keyVaultDb } from '@/lib/db/connections';
import { groupByCmk, notUnderMasterKey, type CmkGroup } from '../cmk-groups';
import { KeyError } from '../errors';
import { explainRefusal } from '../kms-refusal';
import { changeKeyPolicy } from '../policy';
import { isSameMasterKey, type CustomerMasterKey } from '../kms';
import { requirePreflight } from '../preflight';
import { backupKeyVault } from './backup';
import {
  openOperation,
  unfinishedOperation,
  type Operation,
  type OperationRecord,
} from './journal';
import type { OnProgress } from './progress';
import { RewrapBench, REWRAP_COPIES, REWRAP_PROBES } from './rewrap-bench';
import { runOperation } from './run';

export interface RewrapOptions {
  /** `rotate` wraps every key anew, `migrate` those that are under another CMK. */
  readonly kind: 'rotate' | 'migrate';
  readonly to: CustomerMasterKey;
  readonly startedBy: string | null;
  readonly backupDir: string;
  readonly onProgress: OnProgress;
}

type Phase = 'preflight' | 'backup' | 'policy' | 'rewrap' | 'check' | 'done';

/** What the journal keeps between the phases. */
interface State {
  /** The CMK as the vault names it: a KMIP server gives an identifier where none was set. */
  target: CustomerMasterKey;
  backup: string;
  /** The last key of the pass that is done with. */
  cursor: UUID | null;
}

interface Run {
  readonly options: RewrapOptions;
  readonly operation: Operation;
  readonly state: Partial<State>;
}

const BATCH = 100;

const STEPS: Record<Exclude<Phase, 'done'>, (run: Run) => Promise<[Phase, Partial<State>]>> = {
  preflight: async ({ options }) => {
    const { cmk } = await requirePreflight(options.to);
    return ['backup', { target: cmk }];
  },
  backup: async ({ options }) => {
    const { path } = await backupKeyVault(options.backupDir);
    return ['policy', { backup: path }];
  },
  policy: async ({ state }) => {
    // First the policy, then the list of keys: what is made in between is made under the target.
    const policy = await currentKeyPolicy();
    const cmk = targetOf(state);
    if (!isSameMasterKey(policy.cmk, cmk)) await changeKeyPolicy(keyVaultDb(), policy, { cmk });
    return ['rewrap', { cursor: null }];
  },
  rewrap: async (run) => {
    const target = targetOf(run.state);
    await rewrapPass(run, run.options.kind === 'rotate' ? {} : notUnderMasterKey(target));
    return ['check', { cursor: null }];
  },
  check: async (run) => {
    const filter = notUnderMasterKey(targetOf(run.state));
    // A batch may lose its condition to a maker; a look at the whole vault finds what is left.
    while ((await keyVault().countDocuments(filter)) > 0) {
      await rewrapPass(run, filter);
      await run.operation.save({ state: { ...run.state, cursor: null }, done: 0, total: 0 });
    }
    await dropCopies();
    return ['done', {}];
  },
};

/**
 * Wraps data keys under `to`, which becomes the CMK for new ones. Killed anywhere, the same request goes on with it.
 * Throws KeyError `MASTER_KEY` if `to` cannot be used (nothing has changed then), `VAULT` if a key does not open or a
 * rewrapped one is not equal to its original (the vault keeps the original), `BUSY` beside another operation.
 */
export function rewrapKeys(options: RewrapOptions): Promise<OperationRecord> {
  const { kind, to, startedBy, onProgress } = options;
  const request = { kind, options: { how: 'rewrap', to: { ...to } } };
  const run = { first: 'preflight', harmless: ['preflight', 'backup'], startedBy };
  return runOperation(request, run, async (operation) => {
    for (;;) {
      const { phase, state, done, total } = operation.record;
      if (phase === 'done') return;
      onProgress({ phase, done, total });
      const [next, change] = await STEPS[phase as Exclude<Phase, 'done'>]({
        options,
        operation,
        state,
      });
      await operation.save({ phase: next, state: { ...state, ...change }, done: 0, total: 0 });
    }
  });
}

/**
 * Gives up an unfinished rotation or migration that touches no data, as when its KMS is gone and an erasure must not wait.
 * Data keys are then under two CMKs, which both open them; the policy stays with the new one. Returns null if nothing is
 * unfinished. Throws KeyError `BUSY` for any other operation, and for one that is under way in a process that lives.
 */
export async function cancelRewrap(startedBy: string | null): Promise<OperationRecord | null> {
  const unfinished = await unfinishedOperation(keyVaultDb());
  if (unfinished === null) return null;
  const { kind, options, phase } = unfinished;
  if (options['how'] !== 'rewrap') {
    throw new KeyError(
      'BUSY',
      `Expected an unfinished operation that only wraps data keys, got ${kind}: its records are between two data keys, ` +
        'so it can only be gone on with',
    );
  }
  const operation = await openOperation(
    keyVaultDb(),
    { kind, options },
    { first: phase, startedBy },
  );
  await recordEvent({
    action: kind === 'rotate' ? 'rotate-keys' : 'migrate-keys',
    outcome: 'failed',
    userId: startedBy,
    role: startedBy === null ? null : 'officer',
    session: null,
    operationId: operation.record.operationId,
  });
  await dropCopies();
  await operation.abandon();
  return operation.record;
}

/** What `rewrapKeys` would do now; changes nothing. */
export async function planRewrap({
  kind,
  to,
}: Pick<RewrapOptions, 'kind' | 'to'>): Promise<{ groups: CmkGroup[]; keys: number }> {
  const groups = await groupByCmk();
  const chosen = groups.filter(({ cmk }) => kind === 'rotate' || !isSameMasterKey(cmk, to));
  return { groups, keys: chosen.reduce((sum, { keys }) => sum + keys, 0) };
}

/** Each key of `filter` once, in the order of their ids, from where the journal says. */
async function rewrapPass({ options, operation, state }: Run, filter: Filter<DataKey>) {
  const { phase } = operation.record;
  let cursor = (operation.record.state as Partial<State>).cursor ?? null;
  let { done } = operation.record;
  const left = (): Filter<DataKey> => ({
    $and: [filter, ...(cursor === null ? [] : [{ _id: { $gt: cursor } }])],
  });
  const total = done + (await keyVault().countDocuments(left()));
  const bench = new RewrapBench(targetOf(state));
  try {
    for (;;) {
      options.onProgress({ phase, done, total: Math.max(done, total) });
      const keys = await keyVault().find(left()).sort({ _id: 1 }).limit(BATCH).toArray();
      const last = keys.at(-1);
      if (last === undefined) break;
      await rewrapBatch(bench, keys, () => operation.save());
      cursor = last._id;
      done += keys.length;
      await operation.save({ state: { ...state, cursor }, done, total });
    }
  } finally {
    await bench.clear();
    await bench.close();
  }
}

/** Rewraps these keys; `stillOurs` throws if another process has taken the operation over. */
async function rewrapBatch(
  bench: RewrapBench,
  keys: readonly DataKey[],
  stillOurs: () => Promise<void>,
): Promise<void> {
  try {
    await bench.copy(keys);
  } catch (error) {
    throw await nameUnopened(bench, keys, error);
  }
  await bench.rewrap();
  const rewrapped = await bench.proved(keys);
  await stillOurs();
  await bench.replace(keys, rewrapped);
  await bench.clear();
}

/** Which key of a batch does not open; the first error if each of them does. */
async function nameUnopened(
  bench: RewrapBench,
  keys: readonly DataKey[],
  first: unknown,
): Promise<unknown> {
  for (const key of keys) {
    try {
      await bench.copy([key]);
    } catch (cause) {
      const { provider } = key.masterKey as { provider: string };
      const { problem } = explainRefusal(cause, { provider, name: 'unwrap', resource: provider });
      const names = key.keyAltNames?.join(', ') ?? 'without an alt name';
      const message = `Expected every data key to open, got ${key._id.toHexString()} (${names}) that does not: ${problem}`;
      return new KeyError('VAULT', message, cause);
    }
  }
  return first;
}

async function dropCopies(): Promise<void> {
  for (const name of [REWRAP_COPIES, REWRAP_PROBES]) await keyVaultDb().dropCollection(name);
}

function targetOf({ target }: Partial<State>): CustomerMasterKey {
  if (target !== undefined) return target;
  throw new KeyError('VAULT', 'Expected the target of the operation in the journal, got none');
}
