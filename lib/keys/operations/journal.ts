// The journal of key operations, beside the key vault: at most one operation at a time, and enough written down
// that it can be killed at any moment and gone on with by whoever asks for the same again.
import 'server-only';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Collection, Db, Document } from 'mongodb';
import { isDuplicateKey } from '../data-keys';
import { KeyError } from '../errors';

const JOURNAL = 'keyOperations';
const CURRENT = 'current';
/** An operation may be taken over when its process is dead, or has given no sign of life for this long. */
const LEASE_MS = 30_000;
const SIGN_OF_LIFE_MS = 5_000;

export type OperationKind = 'rotate' | 'migrate' | 'retire' | 'erase';

/** What was asked for. Holds ids and names of keys and patients, never anything that is encrypted. */
export interface OperationRequest {
  readonly kind: OperationKind;
  /** The same options ask for the same operation. */
  readonly options: Document;
}

export interface OperationRecord extends OperationRequest {
  /** Names the operation in the audit log. */
  readonly operationId: string;
  /** The step that it is in; each operation has its own. */
  readonly phase: string;
  /** What the phase needs to be gone on with. */
  readonly state: Document;
  /** Of the present phase. */
  readonly done: number;
  readonly total: number;
  /** User id of the officer, or null for the operator's tool. */
  readonly startedBy: string | null;
  readonly startedAt: Date;
  readonly savedAt: Date;
  /** Null while it is unfinished. */
  readonly finishedAt: Date | null;
}

interface OperationRow extends OperationRecord {
  _id: string;
  owner: { host: string; pid: number; run: string };
}

type Saved = Partial<Pick<OperationRecord, 'phase' | 'state' | 'done' | 'total'>>;

/** Runs of this process that are under way. */
const runs = new Set<string>();

/** An operation that this process has begun or gone on with. Call `finish`, or `release` after a failure. */
export class Operation {
  #record: OperationRecord;
  readonly #rows: Collection<OperationRow>;
  readonly #run: string;
  readonly #signs: NodeJS.Timeout;

  constructor(rows: Collection<OperationRow>, record: OperationRecord, run: string) {
    this.#rows = rows;
    this.#record = record;
    this.#run = run;
    runs.add(run);
    // While it waits, for a KMS or for key caches to expire, it saves nothing else.
    this.#signs = setInterval(() => {
      const sign = { $set: { savedAt: new Date() } };
      rows.updateOne({ _id: CURRENT, 'owner.run': run }, sign).catch(() => undefined);
    }, SIGN_OF_LIFE_MS).unref();
  }

  get record(): OperationRecord {
    return this.#record;
  }

  /**
   * Writes down how far it is; what was done before may then not be done again. Throws KeyError `LOST` if another
   * process has taken the operation over: this one must stop.
   */
  async save(change: Saved = {}): Promise<void> {
    const saved = await this.#rows.findOneAndUpdate(
      { _id: CURRENT, 'owner.run': this.#run },
      { $set: { ...change, savedAt: new Date() } },
      { returnDocument: 'after' },
    );
    if (saved === null) throw lost();
    this.#record = recordOf(saved);
  }

  /** Moves it to the history; the next operation may begin. */
  async finish(): Promise<void> {
    const finished = { ...this.#record, finishedAt: new Date() };
    const { operationId } = finished;
    await this.#rows.updateOne({ _id: operationId }, { $set: finished }, { upsert: true });
    await this.#rows.deleteOne({ _id: CURRENT, 'owner.run': this.#run });
    this.#record = finished;
    this.release();
  }

  /** Forgets it: for one that has changed nothing yet, so that it does not stand in another one's way. */
  async abandon(): Promise<void> {
    this.release();
    await this.#rows.deleteOne({ _id: CURRENT, 'owner.run': this.#run });
  }

  /** Leaves it unfinished: the same request goes on with it. */
  release(): void {
    clearInterval(this.#signs);
    runs.delete(this.#run);
  }
}

/**
 * Begins an operation, or goes on with the unfinished one if it is the same. `first` is the phase of a new one. Throws
 * KeyError `BUSY` if another is unfinished, or if this one is under way in a process that lives.
 */
export async function openOperation(
  keyVaultDb: Db,
  request: OperationRequest,
  { first, startedBy = null }: { first: string; startedBy?: string | null },
): Promise<Operation> {
  const rows = keyVaultDb.collection<OperationRow>(JOURNAL);
  const owner = { host: hostname(), pid: process.pid, run: randomUUID() };
  const now = new Date();
  const row: OperationRow = {
    _id: CURRENT,
    operationId: randomUUID(),
    ...request,
    phase: first,
    state: {},
    done: 0,
    total: 0,
    startedBy,
    startedAt: now,
    savedAt: now,
    finishedAt: null,
    owner,
  };
  try {
    await rows.insertOne(row);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const held = await rows.findOne({ _id: CURRENT });
    if (held === null) return openOperation(keyVaultDb, request, { first, startedBy });
    requireFree(held, request);
    const taken = await rows.findOneAndUpdate(
      { _id: CURRENT, 'owner.run': held.owner.run },
      { $set: { owner, savedAt: now } },
      { returnDocument: 'after' },
    );
    if (taken === null) throw busy(held);
    return new Operation(rows, recordOf(taken), owner.run);
  }
  return new Operation(rows, recordOf(row), owner.run);
}

/** The unfinished operation, if there is one. */
export async function unfinishedOperation(keyVaultDb: Db): Promise<OperationRecord | null> {
  const row = await keyVaultDb.collection<OperationRow>(JOURNAL).findOne({ _id: CURRENT });
  return row && recordOf(row);
}

/** Finished operations, the last one first. */
export async function finishedOperations(keyVaultDb: Db, limit = 20): Promise<OperationRecord[]> {
  const rows = keyVaultDb.collection<OperationRow>(JOURNAL);
  const found = rows.find({ _id: { $ne: CURRENT } }).sort({ finishedAt: -1 });
  return (await found.limit(limit).toArray()).map(recordOf);
}

function recordOf(row: OperationRow): OperationRecord {
  const { operationId, kind, options, phase, state, done, total } = row;
  const { startedBy, startedAt, savedAt, finishedAt } = row;
  return {
    ...{ operationId, kind, options, phase, state, done, total },
    ...{ startedBy, startedAt, savedAt, finishedAt },
  };
}

function requireFree(held: OperationRow, request: OperationRequest): void {
  const same = held.kind === request.kind && isDeepStrictEqual(held.options, request.options);
  if (!same || isAlive(held)) throw busy(held);
}

/** Whether the process that has it still works on it. A dead process of this machine is known at once. */
function isAlive({ owner, savedAt }: OperationRow): boolean {
  if (owner.host !== hostname()) return Date.now() - savedAt.getTime() < LEASE_MS;
  if (owner.pid === process.pid) return runs.has(owner.run);
  try {
    process.kill(owner.pid, 0);
    return Date.now() - savedAt.getTime() < LEASE_MS;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What the operator types to begin such an operation, or to go on with it. */
export function commandOf({ kind, options }: OperationRequest): string {
  const to = (options['to'] as { provider?: string } | undefined)?.provider ?? '';
  const subject: Record<OperationKind, string> = {
    rotate: ` --to ${to}`,
    migrate: ` --to ${to}${options['how'] === 're-encrypt' ? ' --how re-encrypt' : ''}`,
    retire: ` ${String(options['key'])}`,
    erase: ` ${String(options['patientId'])}`,
  };
  return `keys ${kind}${subject[kind]}`;
}

function busy({ kind, phase, done, total, options }: OperationRow): KeyError {
  const command = commandOf({ kind, options });
  return new KeyError(
    'BUSY',
    `Expected no key operation under way, got \`${command}\` in its phase \`${phase}\`, ${done} of ${total}. ` +
      'Wait for it; if nothing works on it any more, ask for the same again to go on with it',
  );
}

function lost(): KeyError {
  return new KeyError('LOST', 'Expected this operation to be ours, got one that was taken over');
}
