// Bench: patients of the seed's generator, as the clinic stores them. The same at each run.
import { Int32, ObjectId } from 'mongodb';
import { createPerson, ssnOf } from '../cli/seed/person.ts';
import { createVisits } from '../cli/seed/visits.ts';
import { sealOf } from '../lib/data/integrity.ts';
import { nameOrder } from '../lib/data/name-keys.ts';
import type { Patient } from '../lib/db/patient-document.ts';

const SEED = 1;
const doctors = [{ id: '0123456789abcdef01234567', name: 'Dr. Bench' }];

/** The SSN of patient `index`, as the query that looks the patient up has it. */
export function ssnToFind(index: number): Int32 {
  return new Int32(ssnOf(index));
}

/** The `_id` of patient `index`. */
export function patientId(index: number): ObjectId {
  return new ObjectId(createPerson(SEED, index).id);
}

/** Patient `index`, with 1 to 60 visits. */
export function makePatient(index: number): Patient {
  const person = createPerson(SEED, index);
  const { contact, ssn } = person;
  const patient: Patient = {
    _id: new ObjectId(person.id),
    name: person.name,
    nameKeys: person.nameKeys,
    nameOrder: nameOrder(person.name, person.id),
    contact,
    phoneKey: person.phoneKey,
    ssn: new Int32(ssn),
    last4ssn: Number(ssn.slice(-4)),
    bloodType: person.bloodType,
    medicalRecords: createVisits(SEED, index, contact.dateOfBirth, doctors),
    insurance: { provider: person.provider, policyNumber: new Int32(person.policyNumber) },
    keyAltName: person.keyAltName,
    revision: 1,
    registeredAt: new Date('2026-11-20T12:00:00Z'),
  };
  return { ...patient, integrity: sealOf(patient, patient.revision) };
}
