// For tests and the proof of key operations: a record with the two numbers that `getPatientRecord` leaves out.
import type { Staff } from '@/lib/auth/permissions';
import { DataError, getPatientRecord, revealPolicyNumber, revealSsn } from '@/lib/data';
import type { PatientRecord } from '@/schemas/dto';

export interface WholeRecord extends Omit<PatientRecord, 'insurance'> {
  ssn: string | null;
  insurance: { provider: string; policyNumber: string | null };
}

/** What a doctor gets who opens the record and reveals both numbers; null for one that is not there or erased. */
export async function wholeRecord(doctor: Staff, id: string): Promise<WholeRecord> {
  const record = await getPatientRecord(doctor, id);
  const { provider } = record.insurance;
  const ssn = await orNull(revealSsn(doctor, id));
  const policyNumber = await orNull(revealPolicyNumber(doctor, id));
  return { ...record, ssn, insurance: { provider, policyNumber } };
}

async function orNull(revealed: Promise<string>): Promise<string | null> {
  try {
    return await revealed;
  } catch (error) {
    if (error instanceof DataError && ['NOT_FOUND', 'ERASED'].includes(error.code)) return null;
    throw error;
  }
}
