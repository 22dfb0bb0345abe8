// Edits of what is not under the patient's own key: contact data (both roles, each through its own
// client) and insurance (doctors).
import 'server-only';
import { Int32, type ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import {
  currentKeyPolicy,
  deskPatients,
  storedPatients,
  withDoctorPatients,
} from '@/lib/db/connections';
import type { Patient } from '@/lib/db/patient-document';
import type { KeyPolicy } from '@/lib/keys/policy';
import { followPolicy, prepareNumbers } from '@/lib/keys/shared-fields';
import { phoneDigits } from '@/schemas/contact';
import type { InsuranceChange } from '@/schemas/insurance-change';
import { message } from '@/schemas/message';
import type { ContactUpdate } from '@/schemas/patient';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { nameKeys, nameOrder } from './name-keys';
import { changeRecord } from './sealed-writes';
import { NOT_ERASED, whyNoMatch } from './tombstone';
import { underCurrentKeys } from './under-current-keys';

/** Throws DataError `ERASED` for an erased record, as every edit does. */
export async function updateContact(staff: Staff, id: string, input: ContactUpdate): Promise<void> {
  const operation = {
    permission: 'update:contact',
    action: 'update-contact',
    patientId: id,
    fields: ['name', 'contact'],
  } as const;
  return answer(staff, operation, async () => {
    const { name, contact } = input;
    const _id = patientObjectId(id);
    const filter = { _id, ...NOT_ERASED };
    const update = {
      $set: {
        name,
        contact,
        nameKeys: nameKeys(name),
        nameOrder: nameOrder(name, id),
        phoneKey: phoneDigits(contact.phone),
      },
      $inc: { revision: 1 },
    };
    const isDoctor = staff.role === 'doctor';
    const { matchedCount } = isDoctor
      ? await withDoctorPatients(await currentKeyPolicy(), (patients) =>
          patients.updateOne(filter, update),
        )
      : await deskPatients().updateOne(filter, update);
    if (matchedCount === 0) {
      throw await whyNoMatch(isDoctor ? storedPatients() : deskPatients(), _id);
    }
    return { value: undefined };
  });
}

/**
 * A policy number that is absent stays as it is. Throws DataError `ERASED` for an erased record, `CONFLICT` for a number
 * while the registration is incomplete.
 */
export async function updateInsurance(
  staff: Staff,
  id: string,
  input: InsuranceChange,
): Promise<void> {
  const operation = {
    permission: 'update:insurance',
    action: 'update-insurance',
    patientId: id,
    fields: [
      'insurance.provider',
      ...(input.policyNumber === undefined ? [] : ['insurance.policyNumber']),
    ],
  } as const;
  return answer(staff, operation, async () => {
    const _id = patientObjectId(id);
    const sealed = await underCurrentKeys(() => writeInsurance(_id, input));
    return { value: undefined, ...(sealed !== undefined && { sealed }) };
  });
}

async function writeInsurance(_id: ObjectId, input: InsuranceChange): Promise<number | undefined> {
  const { provider } = input;
  if (input.policyNumber === undefined) {
    const { matchedCount } = await storedPatients().updateOne(
      { _id, ...NOT_ERASED },
      { $set: { 'insurance.provider': provider }, $inc: { revision: 1 } },
    );
    if (matchedCount === 0) throw await whyNoMatch(storedPatients(), _id);
    return undefined;
  }
  const policyNumber = new Int32(input.policyNumber);
  const insurance = { provider, policyNumber };
  const change = ({ last4ssn }: Patient) => {
    if (last4ssn === undefined) {
      const userMessage = message('record.completeFirst');
      throw new DataError('CONFLICT', { userMessage, field: 'policyNumber' });
    }
    return { value: undefined, set: { insurance } };
  };
  const { policy, sealed } = await changeRecord(_id, change).catch((error: unknown) => {
    // Erased, or only without the key of its own: then this number can still be changed, and needs no digest.
    if (error instanceof DataError && error.code === 'ERASED') return writeUnsealed(_id, insurance);
    throw error;
  });
  await followPolicy(_id, await prepareNumbers(policy, { 'insurance.policyNumber': policyNumber }));
  return sealed;
}

async function writeUnsealed(
  _id: ObjectId,
  { provider, policyNumber }: { provider: string; policyNumber: Int32 },
): Promise<{ policy: KeyPolicy; sealed?: number }> {
  const policy = await currentKeyPolicy();
  const $set = { 'insurance.provider': provider, 'insurance.policyNumber': policyNumber };
  const { matchedCount } = await withDoctorPatients(policy, (patients) =>
    patients.updateOne({ _id, ...NOT_ERASED }, { $set, $inc: { revision: 1 } }),
  );
  if (matchedCount === 0) throw await whyNoMatch(storedPatients(), _id);
  return { policy };
}
