// Many doctors, one patient, one encrypted array: every measurement is stored, in order, none lost.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import type { Visit } from '@/schemas/dto';
import type { Measurement } from '@/schemas/measurement';
import { addMeasurement, getPatientRecord, registerPatient } from './index';

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await openTestClinic();
});
afterAll(() => clinic.close());

function beats(heartRate: number): Measurement {
  return {
    weightKg: undefined,
    heartRate,
    systolic: undefined,
    diastolic: undefined,
    temperatureC: undefined,
    respiratoryRate: undefined,
    oxygenSaturation: undefined,
  };
}

async function storedVisits(id: string): Promise<Visit[]> {
  const { visits } = await getPatientRecord(clinic.staff.doctor, id);
  if (visits.state === 'erased') throw new Error('Expected visits, got an erased record');
  return visits.value.toReversed();
}

/** What must hold of the stored visits, whoever won which race. */
function summary(visits: readonly Visit[]) {
  const times = visits.map(({ measuredAt }) => measuredAt.getTime());
  return {
    rates: visits.map(({ heartRate }) => heartRate ?? 0).toSorted((a, b) => a - b),
    inOrder: times.every((time, at) => time >= (times[at - 1] ?? 0)),
    ids: new Set(visits.map((visit) => visit.id)).size,
  };
}

describe('measurements', () => {
  it('are shown at once, newest first, with the doctor who measured', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(1));
    await addMeasurement(clinic.staff.doctor, id, beats(60));
    const second = await addMeasurement(clinic.staff.doctor, id, { ...beats(70), note: 'Calm' });
    const { visits } = await getPatientRecord(clinic.staff.doctor, id);
    expect(visits).toMatchObject({ value: [{ heartRate: 70, note: 'Calm' }, { heartRate: 60 }] });
    const { userId, name } = clinic.staff.doctor;
    expect(second.doctor).toEqual({ id: userId, name });
  });

  it('all survive when fifty arrive at once', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(2));
    const sent = Array.from({ length: 50 }, (_, at) => 60 + at);
    await Promise.all(sent.map((rate) => addMeasurement(clinic.staff.doctor, id, beats(rate))));
    const stored = summary(await storedVisits(id));
    expect(stored).toEqual({ rates: sent, inOrder: true, ids: sent.length });
  });

  it('all survive when ten processes that share no queue write at once', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(3));
    const sent = Array.from({ length: 100 }, (_, at) => 60 + at);
    const writers = new Set<typeof addMeasurement>();
    for (let process = 0; process < 10; process++) {
      // A fresh copy of the module has a queue of its own, as another process would.
      vi.resetModules();
      writers.add((await import('./measurement')).addMeasurement);
    }
    expect(writers.size).toBe(10);
    const writes = sent.map(async (rate, at) => {
      await [...writers][at % 10]?.(clinic.staff.doctor, id, beats(rate));
    });
    await Promise.all(writes);
    const stored = summary(await storedVisits(id));
    expect(stored).toEqual({ rates: sent, inOrder: true, ids: sent.length });
  });

  it('are saved once however often the same entry is sent', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(4));
    const entry = { entryKey: randomUUID() };
    const send = () => addMeasurement(clinic.staff.doctor, id, beats(60), entry);
    const answers = [...(await Promise.all([send(), send(), send()])), await send()];
    expect(new Set(answers.map((visit) => visit.id))).toEqual(new Set([entry.entryKey]));
    expect(await storedVisits(id)).toHaveLength(1);
  });

  it('are not changed by an entry that is sent again with other values, or by somebody else', async () => {
    const { id } = await registerPatient(clinic.staff.doctor, registration(5));
    const entry = { entryKey: randomUUID() };
    const saved = await addMeasurement(clinic.staff.doctor, id, beats(60), entry);
    const changed = addMeasurement(clinic.staff.doctor, id, beats(61), entry);
    await expect(changed).rejects.toMatchObject({ code: 'CONFLICT' });
    const other = { ...clinic.staff.doctor, name: 'Somebody Else' };
    const copied = addMeasurement(other, id, beats(60), entry);
    await expect(copied).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await storedVisits(id)).toEqual([saved]);
  });

  it('are refused if nobody of that age has such a value, whatever the form let through', async () => {
    const newborn = registration(6);
    const dateOfBirth = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    const contact = { ...newborn.contact, dateOfBirth };
    const { id } = await registerPatient(clinic.staff.doctor, { ...newborn, contact });
    const weight = (weightKg: number) => ({ ...beats(140), weightKg });
    const heavy = addMeasurement(clinic.staff.doctor, id, weight(350));
    await expect(heavy).rejects.toMatchObject({ code: 'INVALID', field: 'weightKg' });
    await addMeasurement(clinic.staff.doctor, id, weight(3.5));
    expect(await storedVisits(id)).toMatchObject([{ weightKg: 3.5 }]);
  });
});
