'use server';
// What doctors' pages ask the server to do. Each action parses with the shared schema and calls lib/data,
// which checks the role again; nothing that was typed comes back in an answer.
import { refresh } from 'next/cache';
import { z } from 'zod';
import { answerAction, answerPatientAction } from '@/app/guard';
import { ssnProfile } from '@/app/ssn-profile';
import type { ActionResult } from '@/components/form/action-result';
import type { FoundPatients } from '@/components/search/found-patients';
import {
  completeRegistration,
  findSimilarPatients,
  registerPatient,
  searchPatients,
  updateContact,
} from '@/lib/data';
import { dateOfBirthSchema, nameSchema } from '@/schemas/contact';
import type { SimilarPatient } from '@/schemas/dto';
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
      // The banner stands in the layout, which a navigation within the chart keeps.
      refresh();
      return null;
    },
  );
}

export async function updateContactAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, contactUpdateSchema, input, async (staff, patient, parsed) => {
    await updateContact(staff, patient, parsed);
    refresh();
    return null;
  });
}

const personSchema = z.object({ name: nameSchema, dateOfBirth: dateOfBirthSchema });

export async function findSimilarAction(person: unknown): Promise<ActionResult<SimilarPatient[]>> {
  return answerAction(personSchema, person, findSimilarPatients);
}
