// Undoing a registration whose shared key was replaced while it was written, when the new key shows that somebody else has
// registered the same SSN. Takes nothing back that another person has built on.
import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { Int32, type Filter, type ObjectId, type UpdateFilter } from 'mongodb';
import { currentKeyPolicy, keyVault, storedPatients } from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import { untilNoConflict } from '@/lib/db/write-conflict';
import { isDuplicateKey } from '@/lib/keys/data-keys';
import {
  followPolicy,
  isSsnUnderOther,
  sealUnderBoth,
  type PreparedNumbers,
} from '@/lib/keys/shared-fields';
import { DataError } from './errors';
import { readPatient } from './record';
import { NOT_ERASED } from './tombstone';

/** What was written a moment ago. */
interface Written {
  prepared: PreparedNumbers;
  /** The revision that the write gave the record. */
  revision: number;
}

/** Undoes the write if the filter matches; false if it does not. */
type TakeBack = (filter: Filter<PlainPatient>) => Promise<boolean>;

/**
 * Takes what was written to the shared key that is in force now. If that fails, `takeBack` undoes the write, so that a
 * refusal leaves nothing behind. Throws DataError `DUPLICATE_SSN` if another record has the SSN.
 */
export async function followOrTakeBack(
  _id: ObjectId,
  { prepared, revision }: Written,
  takeBack: TakeBack,
): Promise<void> {
  try {
    await follow(_id, prepared);
  } catch (error) {
    // The first error is the one to report.
    await undo(_id, revision, takeBack).catch(() => undefined);
    throw isDuplicateKey(error) ? duplicateSsn(error) : error;
  }
}

/**
 * A policy that has changed may have had another key in force for a while, and be back at the first: whoever registered
 * the number meanwhile did so under a key which no index compares with this one.
 */
async function follow(_id: ObjectId, prepared: PreparedNumbers): Promise<void> {
  let { revision } = prepared.policy;
  let stands = prepared;
  for (;;) {
    stands = await followPolicy(_id, stands);
    if (stands.policy.revision === revision) return;
    if (await isSsnUnderOther(stands, _id)) throw duplicateSsn();
    ({ revision } = stands.policy);
  }
}

/** Each lost race means that somebody else's write won. */
const MOST_ATTEMPTS = 20;

async function undo(_id: ObjectId, written: number, takeBack: TakeBack): Promise<void> {
  let revision = written;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    if (await takeBack({ _id, revision, ...NOT_ERASED })) return;
    // Its key may have been replaced or its contact data edited; a visit or an alert is never thrown away, and
    // the officer who retires the key is told of the SSN that occurs twice.
    const { patient, erased } = await readPatient(_id);
    const { medicalRecords = [], alerts = [], integrity } = patient;
    const isBuiltOn = integrity !== undefined && integrity.revision > written;
    if (erased || isBuiltOn || medicalRecords.length + alerts.length > 0) return;
    revision = patient.revision;
  }
}

/** For a patient that was registered whole: the document and its key go. */
export async function takeBackPatient(filter: Filter<PlainPatient>): Promise<boolean> {
  const patient = await untilNoConflict(() => storedPatients().findOneAndDelete(filter));
  if (patient === null) return false;
  await dropUnusedKeys([patient.keyAltName]);
  return true;
}

/** For a completed registration: what the front desk has registered stays, with a key for the next attempt. */
export async function takeBackCompletion(filter: Filter<PlainPatient>): Promise<boolean> {
  const update: UpdateFilter<PlainPatient> = {
    $unset: {
      ...{ ssn: '', last4ssn: '', bloodType: '', medicalRecords: '', alerts: '', integrity: '' },
      'insurance.policyNumber': '',
    },
    $inc: { revision: 1 },
  };
  const { matchedCount } = await untilNoConflict(() => storedPatients().updateOne(filter, update));
  return matchedCount === 1;
}

/** Each refusal that turned out to be about nobody means that two or more gave way to each other. */
const MOST_REPEATS = 50;

/**
 * Runs `register`, and again when it was refused for an SSN that no record has: those who register one number while its
 * key is replaced can each be refused for the other. As each looks only after it has taken its own write back, the last
 * one to look finds either a record that stays or none, and then tries again.
 */
export async function untilSomebodyHas<T>(ssn: string, register: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await register();
    } catch (error) {
      const isDuplicate = error instanceof DataError && error.code === 'DUPLICATE_SSN';
      if (!isDuplicate || attempt > MOST_REPEATS || (await isTaken(ssn))) throw error;
      // Random pauses keep them from meeting again.
      await delay(Math.random() * 4 * attempt);
    }
  }
}

async function isTaken(ssn: string): Promise<boolean> {
  const $in = await sealUnderBoth(new Int32(ssn), await currentKeyPolicy());
  return (await storedPatients().findOne({ ssn: { $in } }, { projection: { _id: 1 } })) !== null;
}

/** Deletes keys that protect nothing. One that stays harms nobody: the first error is the one to report. */
export async function dropUnusedKeys(keyAltNames: readonly string[]): Promise<void> {
  await keyVault()
    .deleteMany({ keyAltNames: { $in: [...keyAltNames] } })
    .catch(() => undefined);
}

export function duplicateSsn(cause?: unknown): DataError {
  return new DataError('DUPLICATE_SSN', { field: 'ssn', cause });
}
