// New patients: registered whole by a doctor, or with contact data at the front desk and completed later.
// The patient's data key exists before the first document that needs it.
import 'server-only';
import { Int32, ObjectId, type ClientEncryption, type UUID } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { deskPatients, doctorClientEncryption, doctorPatients } from '@/lib/db/connections';
import type { Patient, PlainPatient } from '@/lib/db/patient-document';
import { ensureDataKey, isDuplicateKey, newPatientKeyName } from '@/lib/keys/data-keys';
import { ssnProfile } from '@/lib/env';
import { phoneDigits, type ContactData } from '@/schemas/contact';
import type {
  CompleteRegistration,
  ContactRegistration,
  PatientRegistration,
} from '@/schemas/patient';
import { ssnProblem } from '@/schemas/ssn';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { nameKeys } from './name-keys';

/** Doctor: stores a complete patient. Throws DataError `DUPLICATE_SSN` if the number is taken. */
export async function registerPatient(
  staff: Staff,
  input: PatientRegistration,
): Promise<{ id: string }> {
  const operation = {
    permission: 'register:patient',
    action: 'register-patient',
    fields: ['name', 'contact', 'ssn', 'bloodType', 'insurance'],
  } as const;
  return answer(staff, operation, async () => {
    requireSsn(input.ssn);
    const plain = newPatient(input.name, input.contact, input.insurance.provider);
    const clientEncryption = await doctorClientEncryption();
    const keyId = await ensureDataKey(clientEncryption, plain.keyAltName);
    const patient: Patient = { ...plain, ...sensitiveFields(input), medicalRecords: [] };
    const patients = await doctorPatients();
    try {
      await patients.insertOne(patient);
    } catch (error) {
      // Only a refusal is certain: after a lost connection the document may be stored, and need its key.
      if (isDuplicateKey(error)) await dropUnusedKey(clientEncryption, keyId);
      throw duplicateSsn(error);
    }
    const id = patient._id.toHexString();
    return { value: { id }, patientIds: [id] };
  });
}

/** Front desk: stores contact data only, through the client without keys. */
export async function registerContact(
  staff: Staff,
  input: ContactRegistration,
): Promise<{ id: string }> {
  const operation = {
    permission: 'register:contact',
    action: 'register-contact',
    fields: ['name', 'contact', 'insurance.provider'],
  } as const;
  return answer(staff, operation, async () => {
    const patient = newPatient(input.name, input.contact, input.provider);
    await deskPatients().insertOne(patient);
    const id = patient._id.toHexString();
    return { value: { id }, patientIds: [id] };
  });
}

/**
 * Doctor: adds SSN, blood type and policy to a front-desk registration, once. Throws DataError `CONFLICT`
 * if someone has completed it before, `DUPLICATE_SSN` if the number is taken.
 */
export async function completeRegistration(
  staff: Staff,
  id: string,
  input: CompleteRegistration,
): Promise<void> {
  const operation = {
    permission: 'complete:registration',
    action: 'complete-registration',
    patientId: id,
    fields: ['ssn', 'bloodType', 'insurance', 'medicalRecords'],
  } as const;
  return answer(staff, operation, async () => {
    requireSsn(input.ssn);
    const _id = patientObjectId(id);
    const patients = await doctorPatients();
    const patient = await patients.findOne({ _id }, { projection: { keyAltName: 1, last4ssn: 1 } });
    if (patient === null) throw new DataError('NOT_FOUND');
    const { keyAltName } = patient;
    if (patient.last4ssn !== undefined) throw alreadyComplete();
    await ensureDataKey(await doctorClientEncryption(), keyAltName);
    const { insurance, ...fields } = sensitiveFields(input);
    try {
      // The filter pins `keyAltName`: that is where the encryption schema's JSON pointer leads.
      const { matchedCount } = await patients.updateOne(
        { _id, keyAltName, last4ssn: { $exists: false } },
        {
          $set: {
            ...fields,
            medicalRecords: [],
            'insurance.provider': insurance.provider,
            'insurance.policyNumber': insurance.policyNumber,
          },
          $inc: { revision: 1 },
        },
      );
      if (matchedCount === 0) throw alreadyComplete();
    } catch (error) {
      throw duplicateSsn(error);
    }
    return { value: undefined };
  });
}

function newPatient(name: string, contact: ContactData, provider: string): PlainPatient {
  return {
    _id: new ObjectId(),
    name,
    nameKeys: nameKeys(name),
    contact,
    phoneKey: phoneDigits(contact.phone),
    insurance: { provider },
    keyAltName: newPatientKeyName(),
    revision: 1,
    registeredAt: new Date(),
  };
}

function sensitiveFields({ ssn, bloodType, insurance }: CompleteRegistration) {
  return {
    ssn: new Int32(ssn),
    last4ssn: Number(ssn.slice(-4)),
    bloodType,
    insurance: {
      provider: insurance.provider,
      policyNumber: new Int32(insurance.policyNumber),
    },
  };
}

function requireSsn(ssn: string): void {
  const problem = ssnProblem(ssn, ssnProfile());
  if (problem !== null) throw new DataError('INVALID', { userMessage: problem, field: 'ssn' });
}

async function dropUnusedKey(clientEncryption: ClientEncryption, keyId: UUID): Promise<void> {
  // A key that protects nothing harms nobody; the first error is the one to report.
  await clientEncryption.deleteKey(keyId).catch(() => undefined);
}

function duplicateSsn(error: unknown): unknown {
  if (!isDuplicateKey(error)) return error;
  return new DataError('DUPLICATE_SSN', { field: 'ssn', cause: error });
}

function alreadyComplete(): DataError {
  return new DataError('CONFLICT', {
    userMessage: 'This registration has been completed already.',
  });
}
