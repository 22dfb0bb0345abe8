// What leaves the chart: the visits as a file, and the record on paper. Each needs its own permission and leaves its own
// audit event (C-28), before anything is handed out.
import 'server-only';
import type { Staff } from '@/lib/auth/permissions';
import { storedPatients } from '@/lib/db/connections';
import type { Visit } from '@/schemas/dto';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { readPatient } from './record';

/** All visits, newest first, those entered in error included. Throws DataError `ERASED`. */
export async function exportVisits(staff: Staff, id: string): Promise<Visit[]> {
  const operation = {
    permission: 'export:visit',
    action: 'export-visits',
    patientId: id,
    fields: ['medicalRecords'],
  } as const;
  return answer(staff, operation, async () => {
    const { patient, erased } = await readPatient(patientObjectId(id));
    if (erased) throw new DataError('ERASED');
    return { value: (patient.medicalRecords ?? []).toReversed() };
  });
}

/** Notes that the record, as the page shows it, is about to be printed. */
export async function notePrint(staff: Staff, id: string): Promise<void> {
  const operation = {
    permission: 'print:record',
    action: 'print-record',
    patientId: id,
    fields: [
      'name',
      'contact',
      'last4ssn',
      'insurance.provider',
      'bloodType',
      'alerts',
      'medicalRecords',
    ],
  } as const;
  return answer(staff, operation, async () => {
    const _id = patientObjectId(id);
    const patient = await storedPatients().findOne({ _id }, { projection: { _id: 1 } });
    if (patient === null) throw new DataError('NOT_FOUND');
    return { value: undefined };
  });
}
