// Corrections. Nothing is overwritten: the wrong visit stays, marked as entered in error with who, when and why, and the right
// one is added beside it; both in one conditional write. Without right values only the mark is set.
import 'server-only';
import type { Staff } from '@/lib/auth/permissions';
import { fromStored, toStored } from '@/lib/vitals/units';
import type { ErrorCause } from '@/schemas/correction';
import type { Visit } from '@/schemas/dto';
import { VITAL_SIGN_NAMES, type Measurement } from '@/schemas/measurement';
import { message } from '@/schemas/message';
import type { Units } from '@/schemas/preferences';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { requirePossible, savedBefore, valuesOf } from './measurement';
import { changeVisits } from './visit-writes';

/** Which visit was wrong, and why. `reason` is stored in the record, `cause` in the audit log. */
interface Mistake {
  visitId: string;
  cause: ErrorCause;
  reason: string;
}

interface Replacement {
  entryKey: string;
  /** Those in which the values were typed. */
  units: Units;
  measurement: Measurement;
}

/**
 * Replaces a visit by one with the right values, measured when the wrong one was. Sent again with the same `entryKey`, it
 * answers the one that is there. Throws DataError `NOT_FOUND` without such a visit, `CONFLICT` if it is in error already,
 * and what addMeasurement throws.
 */
export async function correctVisit(
  staff: Staff,
  id: string,
  { entryKey, units, measurement, ...mistake }: Mistake & Replacement,
): Promise<Visit> {
  const by = { id: staff.userId, name: staff.name };
  return change(staff, id, mistake.cause, (visits, patient) => {
    const corrects = mistake.visitId;
    const values = withUntouched(measurement, visitOf(visits, corrects), units);
    const entered = { id: entryKey, ...valuesOf(values), doctor: by, corrects };
    const saved = savedBefore(visits, entered);
    if (saved !== undefined) return { value: saved };
    const wrong = inForce(visits, corrects);
    const right = { ...entered, measuredAt: wrong.measuredAt };
    requirePossible(values, patient, right.measuredAt);
    const marked = { ...wrong, enteredInError: markOf(mistake, by) };
    // Beside the wrong one: the stored order is the order of the times.
    return {
      visits: visits.flatMap((visit): Visit[] => (visit === wrong ? [marked, right] : [visit])),
      value: right,
    };
  });
}

/** Marks a visit as entered in error. Done again by the same person, nothing changes; else throws as correctVisit. */
export async function markEnteredInError(
  staff: Staff,
  id: string,
  mistake: Mistake,
): Promise<Visit> {
  const by = { id: staff.userId, name: staff.name };
  return change(staff, id, mistake.cause, (visits) => {
    const before = visits.find((visit) => visit.id === mistake.visitId);
    const mark = before?.enteredInError;
    const again = mark?.by.id === by.id && mark.reason === mistake.reason;
    const isCorrected = visits.some(({ corrects }) => corrects === mistake.visitId);
    if (before !== undefined && again && !isCorrected) return { value: before };
    const wrong = inForce(visits, mistake.visitId);
    const marked = { ...wrong, enteredInError: markOf(mistake, by) };
    return {
      visits: visits.map((visit) => (visit === wrong ? marked : visit)),
      value: marked,
    };
  });
}

function change(
  staff: Staff,
  id: string,
  cause: ErrorCause,
  how: Parameters<typeof changeVisits<Visit>>[1],
): Promise<Visit> {
  const operation = {
    permission: 'correct:visit',
    action: 'correct-visit',
    patientId: id,
    fields: ['medicalRecords'],
    reason: cause,
  } as const;
  return answer(staff, operation, () => changeVisits(patientObjectId(id), how));
}

function visitOf(visits: readonly Visit[], visitId: string): Visit {
  const visit = visits.find(({ id }) => id === visitId);
  if (visit !== undefined) return visit;
  throw new DataError('NOT_FOUND', { userMessage: message('vitals.noSuchVisit') });
}

function inForce(visits: readonly Visit[], visitId: string): Visit {
  const visit = visitOf(visits, visitId);
  if (visit.enteredInError === undefined) return visit;
  throw new DataError('CONFLICT', { userMessage: message('vitals.alreadyInError') });
}

// 70 kg is shown as 154.3 lb, and 154.3 lb is 69.99 kg: a value that nobody touched stays as it was stored.
function withUntouched(measurement: Measurement, wrong: Visit, units: Units): Measurement {
  const kept = { ...measurement };
  for (const sign of VITAL_SIGN_NAMES) {
    const stored = wrong[sign];
    if (stored === undefined) continue;
    const shown = toStored(sign, fromStored(sign, stored, units), units);
    if (measurement[sign] === shown) kept[sign] = stored;
  }
  return kept;
}

function markOf({ reason }: Mistake, by: Visit['doctor']): NonNullable<Visit['enteredInError']> {
  return { at: new Date(), by, reason };
}
