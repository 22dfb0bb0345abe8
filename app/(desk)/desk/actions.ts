'use server';
// What the front desk's pages ask the server to do. Answers carry the least a screen in public needs:
// no phone and no digits in a result list, no contact value in an identity check.
import { z } from 'zod';
import { answerAction, answerPatientAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import type { FoundPatients } from '@/components/search/found-patients';
import {
  findSimilarPatients,
  getPatientCard,
  noteCardPrint,
  registerContact,
  searchPatients,
  updateContact,
  verifyIdentity,
} from '@/lib/data';
import { dateOfBirthSchema, nameSchema } from '@/schemas/contact';
import type { Contact, IdentityVerdict, SimilarPatient } from '@/schemas/dto';
import { identityClaimsSchema } from '@/schemas/identity';
import { contactRegistrationSchema, contactUpdateSchema } from '@/schemas/patient';
import { patientSearchSchema } from '@/schemas/search';

export async function searchAction(input: unknown): Promise<ActionResult<FoundPatients>> {
  return answerAction(patientSearchSchema, input, async (staff, parsed) => {
    const results = await searchPatients(staff, parsed);
    const patients = results.patients.map((patient) => ({
      ...patient,
      phone: null,
      last4ssn: null,
    }));
    return { ...results, patients };
  });
}

export async function registerContactAction(input: unknown): Promise<ActionResult<{ id: string }>> {
  return answerAction(contactRegistrationSchema, input, registerContact);
}

export async function verifyIdentityAction(
  id: unknown,
  claims: unknown,
): Promise<ActionResult<IdentityVerdict>> {
  return answerPatientAction(id, identityClaimsSchema, claims, (staff, patient, parsed) =>
    verifyIdentity(staff, patient, parsed),
  );
}

export async function readContactAction(id: unknown): Promise<ActionResult<Contact>> {
  return answerPatientAction(
    id,
    z.null(),
    null,
    async (staff, patient) => (await getPatientCard(staff, patient)).contact,
  );
}

export async function updateContactAction(id: unknown, input: unknown): Promise<ActionResult> {
  return answerPatientAction(id, contactUpdateSchema, input, async (staff, patient, parsed) => {
    await updateContact(staff, patient, parsed);
    return null;
  });
}

const personSchema = z.object({ name: nameSchema, dateOfBirth: dateOfBirthSchema });

export async function findSimilarAction(person: unknown): Promise<ActionResult<SimilarPatient[]>> {
  return answerAction(personSchema, person, findSimilarPatients);
}

/** Writes the audit event of a slip that is about to be printed. */
export async function noteCardPrintAction(id: unknown): Promise<ActionResult> {
  return answerPatientAction(id, z.null(), null, async (staff, patient) => {
    await noteCardPrint(staff, patient);
    return null;
  });
}
