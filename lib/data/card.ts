// What the front desk sees of a patient: read through the client that has no keys, and without any of
// the fields that are encrypted.
import 'server-only';
import type { Staff } from '@/lib/auth/permissions';
import { deskPatients } from '@/lib/db/connections';
import type { PatientCard } from '@/schemas/dto';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';

export async function getPatientCard(staff: Staff, id: string): Promise<PatientCard> {
  const operation = {
    permission: 'read:card',
    action: 'read-card',
    patientId: id,
    fields: ['name', 'contact', 'insurance.provider'],
  } as const;
  return answer(staff, operation, async () => {
    const patient = await deskPatients().findOne(
      { _id: patientObjectId(id) },
      { projection: { name: 1, contact: 1, 'insurance.provider': 1, last4ssn: 1, erasedAt: 1 } },
    );
    if (patient === null) throw new DataError('NOT_FOUND');
    const erased = patient.erasedAt !== undefined;
    return {
      value: {
        id: patient._id.toHexString(),
        name: patient.name,
        contact: patient.contact,
        insuranceProvider: patient.insurance.provider,
        complete: erased || patient.last4ssn !== undefined,
        erased,
      },
    };
  });
}

/** Notes that the slip, with name and record number alone, is about to be printed. */
export async function noteCardPrint(staff: Staff, id: string): Promise<void> {
  const operation = {
    permission: 'print:card',
    action: 'print-card',
    patientId: id,
    fields: ['name'],
  } as const;
  return answer(staff, operation, async () => {
    const found = await deskPatients().findOne(
      { _id: patientObjectId(id) },
      { projection: { _id: 1 } },
    );
    if (found === null) throw new DataError('NOT_FOUND');
    return { value: undefined };
  });
}
