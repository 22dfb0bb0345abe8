// A wrong visit: it is never overwritten, its right values stand beside it, and a retry changes nothing.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentNames } from '@/lib/db/connections';
import { AUDIT_EVENTS } from '@/lib/db/names';
import type { Visit } from '@/schemas/dto';
import { measurementSchemaIn } from '@/schemas/measurement';
import {
  addMeasurement,
  correctVisit,
  DataError,
  getPatientRecord,
  markEnteredInError,
  registerPatient,
} from './index';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';

let clinic: TestClinic;
let serial = 0;

beforeAll(async () => {
  clinic = await openTestClinic();
});
afterAll(() => clinic.close());

const typed = (values: object) => measurementSchemaIn('metric').parse(values);
const BECAUSE = { cause: 'typing', reason: 'Typing error: two digits swapped' } as const;

async function patientWith(values: object): Promise<{ id: string; visit: Visit }> {
  const { id } = await registerPatient(clinic.staff.doctor, registration(++serial));
  return { id, visit: await addMeasurement(clinic.staff.doctor, id, typed(values)) };
}

/** Oldest first, as stored. */
async function stored(id: string): Promise<Visit[]> {
  const { visits } = await getPatientRecord(clinic.staff.doctor, id);
  if (visits.state === 'erased') throw new Error('Expected visits, got an erased record');
  return visits.value.toReversed();
}

const correction = (visitId: string, values: object) => ({
  ...{ visitId, ...BECAUSE, entryKey: randomUUID(), units: 'metric' as const },
  measurement: typed(values),
});

describe('a correction', () => {
  it('stands beside the wrong visit, which keeps its values and says who, when and why', async () => {
    const { id, visit } = await patientWith({ heartRate: '17', weightKg: '70' });
    const later = await addMeasurement(clinic.staff.doctor, id, typed({ heartRate: '80' }));
    const { doctor } = clinic.staff;
    const before = new Date();
    const right = await correctVisit(doctor, id, correction(visit.id, { heartRate: '71' }));
    const [wrong, replaced, last] = await stored(id);
    const by = { id: doctor.userId, name: doctor.name };
    expect(wrong).toMatchObject({ ...visit, enteredInError: { by, reason: BECAUSE.reason } });
    expect(wrong?.enteredInError?.at.getTime()).toBeGreaterThanOrEqual(before.getTime());
    expect(replaced).toEqual(right);
    expect(replaced).toEqual({
      ...{ id: right.id, heartRate: 71, corrects: visit.id, doctor: by },
      measuredAt: visit.measuredAt,
    });
    expect(last).toEqual(later);
  });

  it('is saved once however often it is sent', async () => {
    const { id, visit } = await patientWith({ heartRate: '17' });
    const sent = correction(visit.id, { heartRate: '71' });
    const answers = await Promise.all(
      [1, 2, 3].map(() => correctVisit(clinic.staff.doctor, id, sent)),
    );
    expect(new Set(answers.map((answer) => answer.id))).toEqual(new Set([sent.entryKey]));
    expect(await stored(id)).toHaveLength(2);
  });

  it('is not made twice by two doctors', async () => {
    const { id, visit } = await patientWith({ heartRate: '17' });
    const both = ['71', '72'].map((heartRate) =>
      correctVisit(clinic.staff.doctor, id, correction(visit.id, { heartRate })).then(
        () => 'saved',
        (error: unknown) => (error instanceof DataError ? error.code : String(error)),
      ),
    );
    expect((await Promise.all(both)).toSorted()).toEqual(['CONFLICT', 'saved']);
    expect(await stored(id)).toHaveLength(2);
  });

  it('can itself be corrected', async () => {
    const { id, visit } = await patientWith({ heartRate: '17' });
    const { doctor } = clinic.staff;
    const first = await correctVisit(doctor, id, correction(visit.id, { heartRate: '77' }));
    await correctVisit(doctor, id, correction(first.id, { heartRate: '71' }));
    const visits = await stored(id);
    expect(visits.map(({ heartRate }) => heartRate)).toEqual([17, 77, 71]);
    expect(visits.map(({ enteredInError }) => enteredInError !== undefined)).toEqual([
      ...[true, true, false],
    ]);
  });

  it('leaves a value that was not touched exactly as it was stored, in other units too', async () => {
    const { id, visit } = await patientWith({ weightKg: '70', heartRate: '17' });
    const measurement = measurementSchemaIn('us').parse({ weightKg: '154.3', heartRate: '71' });
    expect(measurement.weightKg).toBe(69.99);
    const right = await correctVisit(clinic.staff.doctor, id, {
      ...correction(visit.id, { heartRate: '71' }),
      ...{ units: 'us', measurement },
    });
    expect(right).toMatchObject({ weightKg: 70, heartRate: 71 });
  });

  it('is refused for values that nobody of that age has, and nothing changes', async () => {
    const { id, visit } = await patientWith({ weightKg: '70' });
    const impossible = correctVisit(
      clinic.staff.doctor,
      id,
      correction(visit.id, { weightKg: '0.7' }),
    );
    await expect(impossible).rejects.toMatchObject({ code: 'INVALID', field: 'weightKg' });
    expect(await stored(id)).toEqual([visit]);
  });

  it('is refused for a visit that is not there, and for the front desk', async () => {
    const { id, visit } = await patientWith({ heartRate: '60' });
    const nowhere = correctVisit(
      clinic.staff.doctor,
      id,
      correction(randomUUID(), { heartRate: '61' }),
    );
    await expect(nowhere).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { receptionist } = clinic.staff;
    const atDesk = correctVisit(receptionist, id, correction(visit.id, { heartRate: '61' }));
    await expect(atDesk).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const marked = markEnteredInError(receptionist, id, { visitId: visit.id, ...BECAUSE });
    await expect(marked).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await stored(id)).toEqual([visit]);
  });
});

describe('a visit entered in error', () => {
  it('is marked without any other in its place, once', async () => {
    const { id, visit } = await patientWith({ heartRate: '60' });
    const mistake = { visitId: visit.id, cause: 'wrong-patient', reason: 'Wrong patient' } as const;
    const first = await markEnteredInError(clinic.staff.doctor, id, mistake);
    expect(await markEnteredInError(clinic.staff.doctor, id, mistake)).toEqual(first);
    expect(await stored(id)).toEqual([first]);
    const corrected = correctVisit(
      clinic.staff.doctor,
      id,
      correction(visit.id, { heartRate: '61' }),
    );
    await expect(corrected).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('appears in the audit log with its cause only: what was said in words is medical data', async () => {
    const { id, visit } = await patientWith({ heartRate: '60' });
    const reason = 'Other: pulse of 172 belonged to her sister';
    await markEnteredInError(clinic.staff.doctor, id, {
      ...{ visitId: visit.id, cause: 'other', reason },
    });
    const log = clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS);
    const events = await log.find({ action: 'correct-visit' }).toArray();
    expect(events.at(-1)).toMatchObject({ outcome: 'ok', reason: 'other' });
    expect(JSON.stringify(events)).not.toContain('sister');
    expect(JSON.stringify(await clinic.raw(id))).not.toContain('sister');
  });
});
