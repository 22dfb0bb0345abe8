// The right to erasure: the record becomes a tombstone, the patient's data key is destroyed, and the fields under the
// shared key are removed, in this order (lib/keys/README.md, point 7). Nothing else of the clinic is touched.
import 'server-only';
import { ObjectId, type UUID } from 'mongodb';
import { keyVault, storedPatients } from '@/lib/db/connections';
import { dropDraftsOf } from '@/lib/db/vitals-drafts';
import { env } from '@/lib/env';
import { message } from '@/schemas/message';
import { KeyError } from '../errors';
import { defaultBackupDir, forgetKeyInBackups } from './backup';
import type { Operation, OperationRecord } from './journal';
import type { OnProgress } from './progress';
import { runOperation } from './run';
import { supersededKeys } from './superseded';

export interface EraseOptions {
  readonly patientId: string;
  readonly startedBy: string | null;
  /** Where this clinic's own backups of the key vault lie, if not in the usual folder. */
  readonly backupDir?: string;
  readonly onProgress: OnProgress;
}

export interface Erasure {
  readonly operation: OperationRecord;
  /** Whether an earlier operation had erased this patient; everything was looked at again. */
  readonly alreadyErased: boolean;
  /** What is still readable, where, and until when: `message` strings, to be said in the reader's language. */
  readonly remains: readonly string[];
}

interface EraseState {
  /** The time that the tombstone bears; written down first, so that a repetition knows its own tombstone. */
  erasedAt?: Date;
  /** The patient's keys, present and former. */
  keyIds?: UUID[];
}

/**
 * Erases one patient. Killed anywhere, the same request goes on with it; an erased patient may be erased again. Throws
 * KeyError `RECORDS` if there is no such patient (nothing has happened then), `BUSY` beside another operation.
 */
export async function erasePatient(options: EraseOptions): Promise<Erasure> {
  const { patientId, startedBy, backupDir = defaultBackupDir(), onProgress } = options;
  const _id = await requirePatient(patientId);
  const request = { kind: 'erase', options: { patientId } } as const;
  const frame = { first: 'tombstone', startedBy, patientIds: [patientId] };
  const operation = await runOperation(request, frame, async (running) => {
    for (;;) {
      const { phase, done, total } = running.record;
      if (phase === 'done') return;
      onProgress({ phase, done, total });
      if (phase === 'tombstone') {
        await setTombstone(running, _id);
        await running.save({ phase: 'destroy' });
      } else if (phase === 'destroy') {
        await destroyKeys(running, _id, backupDir);
        await running.save({ phase: 'clear' });
      } else {
        await clearFields(_id);
        // A registration that was being completed may have made a key after the first look.
        await destroyKeys(running, _id, backupDir);
        await running.save({ phase: 'done' });
      }
    }
  });
  const { erasedAt } = operation.state as EraseState;
  const tombstone = await storedPatients().findOne<{ erasedAt?: Date }>({ _id });
  const alreadyErased = tombstone?.erasedAt?.getTime() !== erasedAt?.getTime();
  return { operation, alreadyErased, remains: remains() };
}

async function requirePatient(patientId: string): Promise<ObjectId> {
  if (/^[0-9a-f]{24}$/.test(patientId)) {
    const _id = new ObjectId(patientId);
    if ((await storedPatients().findOne({ _id }, { projection: { _id: 1 } })) !== null) return _id;
  }
  throw new KeyError('RECORDS', 'Expected the id of a patient, got one that no patient has');
}

async function setTombstone(operation: Operation, _id: ObjectId): Promise<void> {
  let { erasedAt } = operation.record.state as EraseState;
  if (erasedAt === undefined) {
    erasedAt = new Date();
    await operation.save({ state: { erasedAt } });
  }
  await storedPatients().updateOne(
    { _id, erasedAt: { $exists: false } },
    { $set: { erasedAt }, $inc: { revision: 1 } },
  );
}

/** Deletes the patient's keys, those that earlier operations have replaced included, from the vault and its backups. */
async function destroyKeys(operation: Operation, _id: ObjectId, backupDir: string): Promise<void> {
  const patient = await storedPatients().findOne({ _id }, { projection: { keyAltName: 1 } });
  const ids = new Map<string, UUID>();
  const add = (id: UUID) => ids.set(id.toHexString(), id);
  ((operation.record.state as EraseState).keyIds ?? []).forEach(add);
  if (patient !== null) {
    const present = keyVault().find(
      { keyAltNames: patient.keyAltName },
      { projection: { _id: 1 } },
    );
    for await (const key of present) add(key._id);
  }
  for await (const former of supersededKeys().find({ patientId: _id })) {
    add(former._id);
    add(former.supersededBy);
  }
  const keyIds = [...ids.values()];
  // Afterwards only the journal knows which keys to take out of the backups.
  await operation.save({ state: { ...operation.record.state, keyIds } });
  await keyVault().deleteMany({ _id: { $in: keyIds } });
  await forgetKeyInBackups(backupDir, keyIds);
}

async function clearFields(_id: ObjectId): Promise<void> {
  await dropDraftsOf(_id);
  const fields = ['ssn', 'last4ssn', 'insurance.policyNumber'];
  await storedPatients().updateOne(
    { _id, $or: fields.map((name) => ({ [name]: { $exists: true } })) },
    { $unset: Object.fromEntries(fields.map((name) => [name, ''])), $inc: { revision: 1 } },
  );
}

/** Message strings (schemas/message.ts): the console shows them in the officer's language. */
function remains(): string[] {
  const { keyExpirationMs } = env();
  return [
    keyExpirationMs === 0
      ? message('keys.remains.cachedUntilRestart')
      : message('keys.remains.cached', { seconds: Math.ceil(keyExpirationMs / 1000) }),
    message('keys.remains.oldRecords'),
    message('keys.remains.oldVaults'),
    message('keys.remains.contact'),
  ];
}
