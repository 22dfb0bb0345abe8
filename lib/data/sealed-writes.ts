// Every change of a complete record's sensitive values. An encrypted array cannot be changed in part by any server, and the
// digests must fit the values: so read, change, write on the condition that nobody wrote in between, and again if
// somebody did.
import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoCryptError, type Int32, type ObjectId } from 'mongodb';
import { currentKeyPolicy, storedPatients, withDoctorPatients } from '@/lib/db/connections';
import type { Patient } from '@/lib/db/patient-document';
import type { KeyPolicy } from '@/lib/keys/policy';
import { DataError } from './errors';
import { sealOf } from './integrity';
import { readPatient } from './record';
import { NOT_ERASED } from './tombstone';
import { takeTurn } from './turns';

// Each lost race means that another writer won, so attempts are used up only while the record moves on.
const MOST_ATTEMPTS = 500;
const LONGEST_PAUSE_MS = 250;

/** What becomes of the record, and what the caller is told; without `set` nothing is written. */
export interface Change<T> {
  set?: Partial<Pick<Patient, 'medicalRecords' | 'alerts'>> & {
    insurance?: { provider: string; policyNumber: Int32 };
  };
  value: T;
}

export interface Changed<T> {
  value: T;
  /** For the audit event; absent: nothing was written. */
  sealed?: number;
  /** Under which it was written. */
  policy: KeyPolicy;
}

/**
 * Applies `change` to the record as it is at that moment; it may run several times. Throws what `change` throws, DataError
 * `ERASED`, `TAMPERED`, `NOT_FOUND`.
 */
export function changeRecord<T>(
  _id: ObjectId,
  change: (patient: Patient) => Change<T>,
): Promise<Changed<T>> {
  return takeTurn(_id.toHexString(), () => write(_id, change));
}

async function write<T>(
  _id: ObjectId,
  change: (patient: Patient) => Change<T>,
): Promise<Changed<T>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const { patient, erased } = await readPatient(_id);
    if (erased) throw new DataError('ERASED');
    const { set, value } = change(patient);
    const policy = await currentKeyPolicy();
    if (set === undefined) return { value, policy };
    if (await isWritten(policy, patient, set))
      return { value, policy, sealed: patient.revision + 1 };
    // Random pauses keep two processes from meeting again at every attempt.
    await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, 4 * attempt));
  }
  throw new DataError('CONFLICT', { message: `Lost ${MOST_ATTEMPTS} conditional writes in a row` });
}

async function isWritten(
  policy: KeyPolicy,
  patient: Patient,
  set: NonNullable<Change<unknown>['set']>,
): Promise<boolean> {
  const { _id, keyAltName, revision } = patient;
  const integrity = sealOf({ ...patient, ...set }, revision + 1);
  const { insurance, ...fields } = set;
  const numbers = insurance && {
    'insurance.provider': insurance.provider,
    'insurance.policyNumber': insurance.policyNumber,
  };
  // The filter pins `keyAltName`: that is where the encryption schema's JSON pointer leads.
  const filter = { _id, keyAltName, revision, ...NOT_ERASED };
  const update = { $set: { ...fields, ...numbers, integrity }, $inc: { revision: 1 } };
  try {
    const { matchedCount } = await withDoctorPatients(policy, (patients) =>
      patients.updateOne(filter, update),
    );
    return matchedCount === 1;
  } catch (error) {
    if (!(error instanceof MongoCryptError) || !(await lostItsKey(_id, keyAltName))) throw error;
    return false;
  }
}

/** Whether the record has another key now, or none: then nothing was sent, and what to do is to be read anew. */
export async function lostItsKey(_id: ObjectId, keyAltName: string): Promise<boolean> {
  const filter = { _id, keyAltName, ...NOT_ERASED };
  return (await storedPatients().findOne(filter, { projection: { _id: 1 } })) === null;
}
