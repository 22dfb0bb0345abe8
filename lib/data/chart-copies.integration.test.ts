// What a chart hides and what leaves it: each a step of its own, for doctors only, with an event of its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import { currentNames } from '@/lib/db/connections';
import { patientPseudonym } from '@/lib/audit/pseudonyms';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { insuranceChangeSchema } from '@/schemas/insurance-change';
import { measurementSchema } from '@/schemas/measurement';
import * as data from './index';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';

let clinic: TestClinic;
let id: string;
const patient = registration(1);
const { policyNumber } = patient.insurance;

beforeAll(async () => {
  clinic = await openTestClinic();
  const { doctor } = clinic.staff;
  ({ id } = await data.registerPatient(doctor, patient));
  for (const heartRate of ['60', '70']) {
    await data.addMeasurement(doctor, id, measurementSchema.parse({ heartRate }));
  }
});
afterAll(() => clinic.close());

const events = (action: string) =>
  clinic.plain
    .db(currentNames().clinic)
    .collection(AUDIT_EVENTS)
    .find({ action, patients: patientPseudonym(id) })
    .toArray();

describe('a record', () => {
  it('holds neither the SSN nor the policy number, only that there is one', async () => {
    const record = await data.getPatientRecord(clinic.staff.doctor, id);
    const text = JSON.stringify(record);
    expect(text).not.toContain(patient.ssn);
    expect(text).not.toContain(policyNumber);
    expect(record.insurance).toEqual({ provider: 'MaestCare', hasPolicyNumber: true });
  });

  it('reveals the policy number by itself, as one event that names the field', async () => {
    expect(await data.revealPolicyNumber(clinic.staff.doctor, id)).toBe(policyNumber);
    expect(await events('reveal-policy-number')).toMatchObject([
      { outcome: 'ok', fields: ['insurance.policyNumber'] },
    ]);
  });

  it('keeps the policy number when only the provider is changed', async () => {
    const change = insuranceChangeSchema.parse({ provider: 'Kestrel Mutual', policyNumber: '' });
    await data.updateInsurance(clinic.staff.doctor, id, change);
    const record = await data.getPatientRecord(clinic.staff.doctor, id);
    expect(record.insurance).toEqual({ provider: 'Kestrel Mutual', hasPolicyNumber: true });
    expect(await data.revealPolicyNumber(clinic.staff.doctor, id)).toBe(policyNumber);
  });

  it('hands out its visits, newest first, as one event', async () => {
    const visits = await data.exportVisits(clinic.staff.doctor, id);
    expect(visits.map(({ heartRate }) => heartRate)).toEqual([70, 60]);
    expect(await events('export-visits')).toMatchObject([
      { outcome: 'ok', fields: ['medicalRecords'] },
    ]);
  });

  it('notes that it is printed', async () => {
    await data.notePrint(clinic.staff.doctor, id);
    expect(await events('print-record')).toMatchObject([{ outcome: 'ok' }]);
  });
});

describe.each([
  ['revealPolicyNumber', data.revealPolicyNumber],
  ['exportVisits', data.exportVisits],
  ['notePrint', data.notePrint],
])('%s', (_name, run) => {
  it.each(['receptionist', 'officer'] as const)('is refused to a %s', async (role) => {
    await expect(run(clinic.staff[role], id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('finds nobody who is not there', async () => {
    const nobody = new ObjectId().toHexString();
    await expect(run(clinic.staff.doctor, nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
