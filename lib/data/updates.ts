// Edits of what is not under the patient's own key: contact data (both roles, each through its own
// client) and insurance (doctors).
import 'server-only';
import { Int32 } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { deskPatients, doctorPatients } from '@/lib/db/connections';
import { phoneDigits } from '@/schemas/contact';
import type { InsuranceData } from '@/schemas/insurance';
import type { ContactUpdate } from '@/schemas/patient';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { nameKeys } from './name-keys';

export async function updateContact(staff: Staff, id: string, input: ContactUpdate): Promise<void> {
  const operation = {
    permission: 'update:contact',
    action: 'update-contact',
    patientId: id,
    fields: ['name', 'contact'],
  } as const;
  return answer(staff, operation, async () => {
    const { name, contact } = input;
    const filter = { _id: patientObjectId(id) };
    const update = {
      $set: { name, contact, nameKeys: nameKeys(name), phoneKey: phoneDigits(contact.phone) },
      $inc: { revision: 1 },
    };
    const { matchedCount } =
      staff.role === 'doctor'
        ? await (await doctorPatients()).updateOne(filter, update)
        : await deskPatients().updateOne(filter, update);
    if (matchedCount === 0) throw new DataError('NOT_FOUND');
    return { value: undefined };
  });
}

export async function updateInsurance(
  staff: Staff,
  id: string,
  input: InsuranceData,
): Promise<void> {
  const operation = {
    permission: 'update:insurance',
    action: 'update-insurance',
    patientId: id,
    fields: ['insurance.provider', 'insurance.policyNumber'],
  } as const;
  return answer(staff, operation, async () => {
    const patients = await doctorPatients();
    const { matchedCount } = await patients.updateOne(
      { _id: patientObjectId(id) },
      {
        $set: {
          'insurance.provider': input.provider,
          'insurance.policyNumber': new Int32(input.policyNumber),
        },
        $inc: { revision: 1 },
      },
    );
    if (matchedCount === 0) throw new DataError('NOT_FOUND');
    return { value: undefined };
  });
}
