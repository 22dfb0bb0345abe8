// Every change of a patient's visits.
import 'server-only';
import type { ObjectId } from 'mongodb';
import type { Patient } from '@/lib/db/patient-document';
import type { Visit } from '@/schemas/dto';
import { message } from '@/schemas/message';
import { DataError } from './errors';
import { changeRecord, type Changed } from './sealed-writes';

/** What becomes of the visits, and what the caller is told; without `visits` nothing is written. */
export interface VisitChange<T> {
  visits?: readonly Visit[];
  value: T;
}

/**
 * Applies `change` to the visits as they are at that moment, oldest first. Throws what changeRecord throws, and `CONFLICT`
 * while the registration is incomplete.
 */
export function changeVisits<T>(
  _id: ObjectId,
  change: (visits: readonly Visit[], patient: Patient) => VisitChange<T>,
): Promise<Changed<T>> {
  return changeRecord(_id, (patient) => {
    const { medicalRecords } = patient;
    if (medicalRecords === undefined) {
      throw new DataError('CONFLICT', { userMessage: message('vitals.completeFirst') });
    }
    const { visits, value } = change(medicalRecords, patient);
    return visits === undefined ? { value } : { value, set: { medicalRecords: [...visits] } };
  });
}
