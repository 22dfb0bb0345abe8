// Runs the operation of an approved request in this process, beside everything else that it does. The journal keeps a
// second run out; after a failure, or in another process after this one died, the same request goes on with it.
import 'server-only';
import { randomUUID } from 'node:crypto';
import { keyVaultDb } from '@/lib/db/connections';
import { message } from '@/schemas/message';
import { KeyError, type KeyErrorCode } from './errors';
import {
  defaultBackupDir,
  erasePatient,
  finishedOperations,
  migrationTarget,
  reencrypt,
  retireSharedKey,
  rewrapKeys,
  rotationTarget,
} from './operations';
import { noteOutcome, type KeyRequestRow } from './requests';

// A module is evaluated anew on each hot reload; the process has one globalThis.
const kept: { medcomdOperations?: Map<string, Promise<void>> } & typeof globalThis = globalThis;

function underWay(): Map<string, Promise<void>> {
  return (kept.medcomdOperations ??= new Map<string, Promise<void>>());
}

/** The requests that this process works on, by id. To be asked before their rows are read: the end is in a row first. */
export function operationsUnderWay(): ReadonlySet<string> {
  return new Set(underWay().keys());
}

/** Starts it, unless this process is at it already. The promise ends with it and never rejects. */
export function startApproved(row: KeyRequestRow, startedBy: string): Promise<void> {
  const id = row._id.toHexString();
  const known = underWay().get(id);
  if (known !== undefined) return known;
  const run = runToEnd(row, startedBy).finally(() => underWay().delete(id));
  underWay().set(id, run);
  return run;
}

async function runToEnd(row: KeyRequestRow, startedBy: string): Promise<void> {
  try {
    // What was read may be old: an operation that another process has finished is not done twice.
    if (!(await noteOutcome(keyVaultDb(), row._id, 'approved'))) return;
    const messages = (await isDone(row)) ? [] : await perform(row, startedBy);
    await noteOutcome(keyVaultDb(), row._id, 'done', messages);
  } catch (error) {
    await noteOutcome(keyVaultDb(), row._id, 'failed', whyFailed(error)).catch(() => undefined);
  }
}

/** Whether the operation has ended since it was approved: its process may have died before it could say so here. */
async function isDone({ request, decidedAt }: KeyRequestRow): Promise<boolean> {
  if (decidedAt === null) return false;
  return (await finishedOperations(keyVaultDb())).some(
    ({ kind, options, startedAt }) =>
      kind === request.kind &&
      startedAt >= decidedAt &&
      (request.kind !== 'erase' || options['patientId'] === request.patientId),
  );
}

async function perform({ request }: KeyRequestRow, startedBy: string): Promise<readonly string[]> {
  const common = { startedBy, backupDir: defaultBackupDir(), onProgress: () => undefined };
  if (request.kind === 'erase') {
    const { remains } = await erasePatient({ ...common, patientId: request.patientId });
    return remains;
  }
  if (request.kind === 'retire') {
    await retireSharedKey(common);
  } else if (request.kind === 'rotate') {
    await rewrapKeys({ kind: 'rotate', to: await rotationTarget(), ...common });
  } else {
    const to = await migrationTarget(request.to);
    if (request.how === 'rewrap') await rewrapKeys({ kind: 'migrate', to, ...common });
    else await reencrypt({ to, ...common });
  }
  return [];
}

const FAILED: Record<KeyErrorCode, string> = {
  MASTER_KEY: message('keys.failed.masterKey'),
  VAULT: message('keys.failed.vault'),
  BUSY: message('keys.failed.busy'),
  LOST: message('keys.failed.lost'),
  RECORDS: message('keys.failed.records'),
};

/** A KeyError was written to be read, in English; what a driver says may quote a document. */
function whyFailed(error: unknown): string[] {
  if (error instanceof KeyError) return [FAILED[error.code], error.message];
  const reference = randomUUID().slice(0, 8);
  console.error(
    `key operation failed, reference ${reference}`,
    error instanceof Error ? error.name : '',
  );
  return [message('keys.operationFailed', { reference })];
}
