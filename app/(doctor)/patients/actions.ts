'use server';
// What doctors' pages ask the server to do. Each action parses with the shared schema and calls lib/data,
// which checks the role again; nothing that was typed comes back in an answer.
import { refresh } from 'next/cache';
import { z } from 'zod';
import { answerAction, answerPatientAction } from '@/app/guard';
import { ssnProfile } from '@/app/ssn-profile';
import type { ActionResult } from '@/components/form/action-result';
import { clinicTimeZone, formatMoment } from '@/components/format';
import type { FoundPatients } from '@/components/search/found-patients';
import {
  addMeasurement,
  completeRegistration,
  registerPatient,
  revealSsn,
  searchPatients,
  updateContact,
  updateInsurance,
} from '@/lib/data';
import { insuranceSchema } from '@/schemas/insurance';
import { measurementSchema } from '@/schemas/measurement';
import {
  completeRegistrationSchema,
  contactUpdateSchema,
  patientRegistrationSchema,
} from '@/schemas/patient';
import { patientSearchSchema } from '@/schemas/search';

export async function searchAction(input: unknown): Promise<ActionResult<FoundPatients>> {
  return answerAction(patientSearchSchema, input, searchPatients);
}

export async function registerPatientAction(input: unknown): Promise<ActionResult<{ id: string }>> {
  return answerAction(patientRegistrationSchema(ssnProfile()), input, registerPatient);
}

export async function completeRegistrationAction(
  id: unknown,
  input: unknown,
): Promise<ActionResult> {
  return answerPatientAction(
    id,
    completeRegistrationSchema(ssnProfile()),
    input,
    async (staff, patient, parsed) => {
      await completeRegistration(staff, patient, parsed);
      return null;
    },
  );
}

export async function addMeasurementAction(
  id: unknown,
  input: unknown,
): Promise<ActionResult<{ savedAt: string }>> {
  return answerPatientAction(id, measurementSchema, input, async (staff, patient, parsed) => {
    const visit = await addMeasurement(staff, patient, parsed);
    refresh();
    return { savedAt: formatMoment(visit.measuredAt, clinicTimeZone()).time };
  });
}

export async function updateInsuranceAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, insuranceSchema, input, async (staff, patient, parsed) => {
    await updateInsurance(staff, patient, parsed);
    refresh();
    return null;
  });
}

export async function updateContactAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, contactUpdateSchema, input, async (staff, patient, parsed) => {
    await updateContact(staff, patient, parsed);
    refresh();
    return null;
  });
}

export async function revealSsnAction(id: unknown): Promise<ActionResult<string>> {
  return answerPatientAction(id, z.null(), null, (staff, patient) => revealSsn(staff, patient));
}
