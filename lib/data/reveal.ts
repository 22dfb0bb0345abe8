// The two numbers that a chart hides: each is fetched by itself, on request, with an audit event of its own (C-27).
import 'server-only';
import type { ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { doctorClientEncryption, storedPatients, withDoctorPatients } from '@/lib/db/connections';
import type { Patient } from '@/lib/db/patient-document';
import { isDataKeyErased } from '@/lib/keys/data-keys';
import { answer, patientObjectId } from './access';
import { damageOr } from './damage';
import { DataError } from './errors';
import { readWitness, requireGenuine } from './integrity-witness';
import { underCurrentKeys } from './under-current-keys';

type Field = 'ssn' | 'insurance.policyNumber';

/** Nine digits. Throws DataError `ERASED`, or `NOT_FOUND` if there is no such patient or no number. */
export async function revealSsn(staff: Staff, id: string): Promise<string> {
  const operation = {
    permission: 'reveal:ssn',
    action: 'reveal-ssn',
    patientId: id,
    fields: ['ssn'],
  } as const;
  return answer(staff, operation, async () => {
    const { ssn } = await readNumber(patientObjectId(id), 'ssn');
    if (ssn === undefined) throw new DataError('NOT_FOUND');
    return { value: ssn.toString().padStart(9, '0') };
  });
}

/** Digits. Throws like `revealSsn`. */
export async function revealPolicyNumber(staff: Staff, id: string): Promise<string> {
  const operation = {
    permission: 'reveal:policy-number',
    action: 'reveal-policy-number',
    patientId: id,
    fields: ['insurance.policyNumber'],
  } as const;
  return answer(staff, operation, async () => {
    const { insurance } = await readNumber(patientObjectId(id), 'insurance.policyNumber');
    if (insurance?.policyNumber === undefined) throw new DataError('NOT_FOUND');
    return { value: insurance.policyNumber.toString() };
  });
}

type NumberRow = Pick<Patient, '_id' | 'revision'> &
  Partial<Pick<Patient, 'ssn' | 'insurance' | 'erasedAt' | 'integrity'>>;

/** Only the field that is asked for is read, and what shows that it is genuine: nothing else is decrypted. */
async function readNumber(_id: ObjectId, field: Field): Promise<NumberRow> {
  const witness = await readWitness(_id);
  try {
    const row = await read(_id, { [field]: 1, integrity: 1 });
    requireGenuine(row, witness, [field]);
    return row;
  } catch (error) {
    if (error instanceof DataError) throw error;
    const projection = { erasedAt: 1, keyAltName: 1 };
    const stored = await storedPatients().findOne({ _id }, { projection });
    if (stored === null) throw error;
    if (stored.erasedAt !== undefined) throw new DataError('ERASED');
    // Without a key of their own no value of this patient can be checked. This one is under another key and stays readable.
    if (!(await isDataKeyErased(doctorClientEncryption(), stored.keyAltName))) {
      throw await damageOr(error, stored.keyAltName);
    }
    return read(_id, { [field]: 1 });
  }
}

/** Throws DataError `NOT_FOUND`, `ERASED`. */
async function read(_id: ObjectId, fields: Record<string, 1>): Promise<NumberRow> {
  const projection = { ...fields, erasedAt: 1, revision: 1 };
  const row = await underCurrentKeys((policy) =>
    withDoctorPatients(policy, (patients) => patients.findOne<NumberRow>({ _id }, { projection })),
  );
  if (row === null) throw new DataError('NOT_FOUND');
  if (row.erasedAt !== undefined) throw new DataError('ERASED');
  return row;
}
