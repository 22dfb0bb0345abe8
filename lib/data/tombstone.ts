// The tombstone of an erased record: the condition that keeps every write away from it, and the refusal that a write which
// matched nothing gets. Needs no keys.
import 'server-only';
import type { Collection, ObjectId } from 'mongodb';
import type { PlainPatient } from '@/lib/db/patient-document';
import { DataError } from './errors';

/** Part of the filter of every write to a patient (lib/keys/README.md, point 7). */
export const NOT_ERASED = { erasedAt: { $exists: false } } as const;

/** Why no record matched `_id` and NOT_ERASED. */
export async function whyNoMatch(
  patients: Collection<PlainPatient>,
  _id: ObjectId,
): Promise<DataError> {
  const patient = await patients.findOne({ _id }, { projection: { erasedAt: 1 } });
  return new DataError(patient === null ? 'NOT_FOUND' : 'ERASED');
}
