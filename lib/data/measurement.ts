// Adding a visit. `medicalRecords` is encrypted as a whole, so no server can append to it: read, append,
// write on the condition that nobody wrote in between, and again if somebody did.
import 'server-only';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { doctorPatients } from '@/lib/db/connections';
import type { Visit } from '@/schemas/dto';
import type { Measurement } from '@/schemas/measurement';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { readPatient } from './record';
import { takeTurn } from './turns';

// Each lost race means that another writer won, so attempts are used up only while the record moves on.
const MOST_ATTEMPTS = 500;
const LONGEST_PAUSE_MS = 250;

/**
 * Appends a visit, measured now by the server's clock. Concurrent calls all succeed, in some order.
 * Throws DataError `ERASED`, or `CONFLICT` while the registration is incomplete.
 */
export async function addMeasurement(staff: Staff, id: string, input: Measurement): Promise<Visit> {
  const operation = {
    permission: 'append:visit',
    action: 'add-visit',
    patientId: id,
    fields: ['medicalRecords'],
  } as const;
  return answer(staff, operation, async () => {
    const _id = patientObjectId(id);
    const doctor = { id: staff.userId, name: staff.name };
    return { value: await takeTurn(id, () => append(_id, input, doctor)) };
  });
}

async function append(_id: ObjectId, input: Measurement, doctor: Visit['doctor']): Promise<Visit> {
  const patients = await doctorPatients();
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const { patient, erased } = await readPatient(_id);
    if (erased) throw new DataError('ERASED');
    const { keyAltName, revision, medicalRecords } = patient;
    if (medicalRecords === undefined) {
      throw new DataError('CONFLICT', {
        userMessage: 'Complete the registration first: this record has no place for visits yet.',
      });
    }
    const visit = newVisit(input, doctor, medicalRecords.at(-1)?.measuredAt);
    const { matchedCount } = await patients.updateOne(
      { _id, keyAltName, revision },
      { $set: { medicalRecords: [...medicalRecords, visit] }, $inc: { revision: 1 } },
    );
    if (matchedCount === 1) return visit;
    // Random pauses keep two processes from meeting again at every attempt.
    await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, 4 * attempt));
  }
  throw new DataError('CONFLICT', { message: `Lost ${MOST_ATTEMPTS} conditional writes in a row` });
}

function newVisit(input: Measurement, doctor: Visit['doctor'], previous: Date | undefined): Visit {
  // Clocks of two processes differ; the stored order is the order of the times all the same.
  const measuredAt = new Date(Math.max(Date.now(), previous?.getTime() ?? 0));
  const { note, ...values } = input;
  const given = Object.fromEntries(
    Object.entries(values).filter((entry) => entry[1] !== undefined),
  );
  return {
    id: randomUUID(),
    measuredAt,
    ...given,
    ...(note === undefined || note === '' ? {} : { note }),
    doctor,
  };
}
