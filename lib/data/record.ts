// The whole record, for doctors. Decryption is the client's doing; here only one failure is understood:
// the patient's own data key was destroyed, and what it protected shows as erased.
import 'server-only';
import type { ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { doctorClientEncryption, doctorPatients } from '@/lib/db/connections';
import type { Patient } from '@/lib/db/patient-document';
import { isDataKeyErased } from '@/lib/keys/data-keys';
import type { PatientRecord } from '@/schemas/dto';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';

/** A patient as stored, and whether the two fields under their own key are gone for good. */
interface ReadPatient {
  patient: Patient;
  erased: boolean;
}

export async function getPatientRecord(staff: Staff, id: string): Promise<PatientRecord> {
  const operation = { permission: 'read:record', action: 'read-record', patientId: id } as const;
  return answer(staff, operation, async () => {
    const { patient, erased } = await readPatient(patientObjectId(id));
    return {
      value: toRecord(patient, erased),
      fields: [
        'contact',
        'last4ssn',
        'insurance',
        ...(erased ? [] : ['bloodType', 'medicalRecords']),
      ],
    };
  });
}

/** The nine digits of the SSN: shown on request only, with an audit event of its own (C-27). */
export async function revealSsn(staff: Staff, id: string): Promise<string> {
  const operation = {
    permission: 'reveal:ssn',
    action: 'reveal-ssn',
    patientId: id,
    fields: ['ssn'],
  } as const;
  return answer(staff, operation, async () => {
    const patients = await doctorPatients();
    const patient = await patients.findOne(
      { _id: patientObjectId(id) },
      { projection: { ssn: 1 } },
    );
    if (patient?.ssn === undefined) throw new DataError('NOT_FOUND');
    return { value: digits(patient.ssn, 9) };
  });
}

/** Reads one patient with everything that can still be decrypted. Throws DataError `NOT_FOUND`. */
export async function readPatient(_id: ObjectId): Promise<ReadPatient> {
  const patients = await doctorPatients();
  try {
    const patient = await patients.findOne({ _id });
    if (patient === null) throw new DataError('NOT_FOUND');
    return { patient, erased: false };
  } catch (error) {
    if (error instanceof DataError) throw error;
    const patient = await patients.findOne(
      { _id },
      { projection: { bloodType: 0, medicalRecords: 0 } },
    );
    // The vault decides, not the wording of an error: with the key still there, it is a real failure.
    if (patient === null) throw error;
    const clientEncryption = await doctorClientEncryption();
    if (!(await isDataKeyErased(clientEncryption, patient.keyAltName))) throw error;
    return { patient, erased: true };
  }
}

function toRecord(patient: Patient, erased: boolean): PatientRecord {
  const { ssn, last4ssn, bloodType, insurance, medicalRecords = [] } = patient;
  return {
    id: patient._id.toHexString(),
    name: patient.name,
    contact: patient.contact,
    ssn: ssn === undefined ? null : digits(ssn, 9),
    last4ssn: last4ssn === undefined ? null : digits(last4ssn, 4),
    bloodType: erased
      ? { state: 'erased' }
      : bloodType === undefined
        ? null
        : { state: 'clear', value: bloodType },
    insurance: {
      provider: insurance.provider,
      policyNumber: insurance.policyNumber === undefined ? null : String(insurance.policyNumber),
    },
    visits: erased ? { state: 'erased' } : { state: 'clear', value: medicalRecords.toReversed() },
    revision: patient.revision,
    complete: last4ssn !== undefined,
  };
}

function digits(value: { toString: () => string }, length: number): string {
  return value.toString().padStart(length, '0');
}
