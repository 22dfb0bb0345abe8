// Adding a visit. The entry's key is the visit's id: an entry that is sent again, because its answer was lost, is there
// already and is not added twice.
import 'server-only';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { clinicTimeZone } from '@/components/format';
import type { Staff } from '@/lib/auth/permissions';
import { ageInMonths } from '@/lib/vitals/age';
import { absoluteLimits } from '@/lib/vitals/limits';
import type { Patient } from '@/lib/db/patient-document';
import type { Visit } from '@/schemas/dto';
import { VITAL_SIGN_NAMES, type Measurement } from '@/schemas/measurement';
import { message } from '@/schemas/message';
import { answer, patientObjectId } from './access';
import { begunAt, dropDraft } from './drafts';
import { DataError } from './errors';
import { changeVisits } from './visit-writes';

interface Entry {
  /** The visit's id. */
  entryKey?: string;
  /** The values were measured when the entry was begun, if a draft of it is kept; not now. */
  measuredThen?: boolean;
}

/**
 * Appends a visit, measured now by the server's clock. Concurrent calls all succeed, in some order. The same `entryKey` with
 * the same values answers the visit that is there. Throws DataError `ERASED`; `INVALID` for a value that nobody of that age
 * has; `CONFLICT` while the registration is incomplete, or if the entry was saved with other values before.
 */
export async function addMeasurement(
  staff: Staff,
  id: string,
  input: Measurement,
  { entryKey = randomUUID(), measuredThen = false }: Entry = {},
): Promise<Visit> {
  const operation = {
    permission: 'append:visit',
    action: 'add-visit',
    patientId: id,
    fields: ['medicalRecords'],
  } as const;
  return answer(staff, operation, async () => {
    const _id = patientObjectId(id);
    const doctor = { id: staff.userId, name: staff.name };
    const then = measuredThen ? await begunAt(staff, _id, entryKey) : null;
    const { value, sealed } = await changeVisits(_id, (visits, patient) => {
      const entered = { id: entryKey, ...valuesOf(input), doctor };
      const saved = savedBefore(visits, entered);
      if (saved !== undefined) return { value: saved };
      const visit = { ...entered, measuredAt: then ?? nextMoment(visits) };
      requirePossible(input, patient, visit.measuredAt);
      return { visits: inOrder(visits, visit), value: visit };
    });
    await dropDraft(staff, _id, entryKey);
    return { value, ...(sealed !== undefined && { sealed }) };
  });
}

/** What was entered, without fields that were left empty. */
export function valuesOf({ note, ...values }: Measurement): Partial<Measurement> {
  const given = Object.entries(values).filter((entry) => entry[1] !== undefined);
  return { ...Object.fromEntries(given), ...(note === undefined || note === '' ? {} : { note }) };
}

/** The visit of an earlier attempt; a mark of error that it got since makes no difference. */
export function savedBefore(
  visits: readonly Visit[],
  entered: Omit<Visit, 'measuredAt'>,
): Visit | undefined {
  const saved = visits.find(({ id }) => id === entered.id);
  if (saved === undefined) return undefined;
  const { measuredAt, enteredInError, ...same } = saved;
  if (isDeepStrictEqual(same, entered)) return saved;
  throw new DataError('CONFLICT', {
    message: `Expected the values of an entry of ${measuredAt.toISOString()}${enteredInError ? ', in error since' : ''}, got others`,
    userMessage: message('vitals.savedOtherwise'),
  });
}

/** Throws DataError `INVALID` for a value outside the absolute limits of the patient's age at that moment. */
export function requirePossible(input: Measurement, { contact }: Patient, at: Date): void {
  const age = ageInMonths(contact.dateOfBirth, at, clinicTimeZone());
  const impossible = VITAL_SIGN_NAMES.find((sign) => {
    const { min, max } = absoluteLimits(sign, age);
    const value = input[sign];
    return value !== undefined && !(value >= min && value <= max);
  });
  if (impossible === undefined) return;
  throw new DataError('INVALID', {
    userMessage: message('vitals.impossibleAtAge'),
    field: impossible,
  });
}

// The stored order is the order of the times.
function inOrder(visits: readonly Visit[], visit: Visit): Visit[] {
  const before = visits.findLastIndex(({ measuredAt }) => measuredAt <= visit.measuredAt);
  return visits.toSpliced(before + 1, 0, visit);
}

// Clocks of two processes differ; the stored order is the order of the times all the same.
function nextMoment(visits: readonly Visit[]): Date {
  return new Date(Math.max(Date.now(), visits.at(-1)?.measuredAt.getTime() ?? 0));
}
