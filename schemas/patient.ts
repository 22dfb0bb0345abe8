// What is typed to register a patient: by a doctor (everything), at the front desk (contact only), and
// by a doctor who completes what the front desk began.
import { z } from 'zod';
import { contactSchema, nameSchema } from './contact';
import { insuranceSchema, providerSchema } from './insurance';
import { message } from './message';
import { ssnSchema, type SsnProfile } from './ssn';

export const BLOOD_TYPES = ['A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-'] as const;
export type BloodType = (typeof BLOOD_TYPES)[number];

export const bloodTypeSchema = z.enum(BLOOD_TYPES, message('registration.bloodNeeded'));

/** Doctor: registers a patient with all of the record's fields. */
export function patientRegistrationSchema(profile: SsnProfile) {
  return z.strictObject({
    name: nameSchema,
    contact: contactSchema,
    ssn: ssnSchema(profile),
    bloodType: bloodTypeSchema,
    insurance: insuranceSchema,
  });
}

/** Doctor: adds what the front desk may not know to a patient registered there. */
export function completeRegistrationSchema(profile: SsnProfile) {
  return z.strictObject({
    ssn: ssnSchema(profile),
    bloodType: bloodTypeSchema,
    insurance: insuranceSchema,
  });
}

/** Front desk: registers name, contact data and insurance provider. */
export const contactRegistrationSchema = z.strictObject({
  name: nameSchema,
  contact: contactSchema,
  provider: providerSchema,
});

/** Both roles: edits name and contact data. */
export const contactUpdateSchema = z.strictObject({ name: nameSchema, contact: contactSchema });

export type PatientRegistrationInput = z.input<ReturnType<typeof patientRegistrationSchema>>;
export type PatientRegistration = z.output<ReturnType<typeof patientRegistrationSchema>>;
export type CompleteRegistrationInput = z.input<ReturnType<typeof completeRegistrationSchema>>;
export type CompleteRegistration = z.output<ReturnType<typeof completeRegistrationSchema>>;
export type ContactRegistrationInput = z.input<typeof contactRegistrationSchema>;
export type ContactRegistration = z.output<typeof contactRegistrationSchema>;
export type ContactUpdateInput = z.input<typeof contactUpdateSchema>;
export type ContactUpdate = z.output<typeof contactUpdateSchema>;
