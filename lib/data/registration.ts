// New patients: registered whole by a doctor, or with contact data at the front desk and completed later.
// The patient's data key exists before the first document that needs it.
import 'server-only';
import { Int32, MongoCryptError, ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { deskPatients, storedPatients, withDoctorPatients } from '@/lib/db/connections';
import type { Patient, PlainPatient } from '@/lib/db/patient-document';
import { isDuplicateKey, newPatientKeyName } from '@/lib/keys/data-keys';
import { ensurePatientKey } from '@/lib/keys/patient-key';
import type { KeyPolicy } from '@/lib/keys/policy';
import { isSsnUnderOther, prepareNumbers } from '@/lib/keys/shared-fields';
import { ssnProfile } from '@/lib/env';
import { message } from '@/schemas/message';
import { phoneDigits, type ContactData } from '@/schemas/contact';
import type {
  CompleteRegistration,
  ContactRegistration,
  PatientRegistration,
} from '@/schemas/patient';
import { ssnProblem } from '@/schemas/ssn';
import { answer, patientObjectId } from './access';
import { dropCareTeam, foundCareTeam } from './care-team';
import { DataError } from './errors';
import { sealOf } from './integrity';
import { readWitness, requireGenuine } from './integrity-witness';
import { nameKeys, nameOrder } from './name-keys';
import { lostItsKey } from './sealed-writes';
import {
  dropUnusedKeys,
  duplicateSsn,
  followOrTakeBack,
  takeBackCompletion,
  takeBackPatient,
  untilSomebodyHas,
} from './take-back';
import { NOT_ERASED } from './tombstone';
import { underCurrentKeys } from './under-current-keys';

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
    // First, or the record would be open to every doctor for a moment, or for good after a crash.
    await foundCareTeam(staff, plain._id);
    try {
      await untilSomebodyHas(input.ssn, () =>
        underCurrentKeys((policy) => storePatient(policy, plain, input)),
      );
    } catch (error) {
      const isTaken = error instanceof DataError && error.code === 'DUPLICATE_SSN';
      if (isTaken) await dropCareTeam(plain._id);
      throw error;
    }
    const id = plain._id.toHexString();
    return { value: { id }, patientIds: [id], sealed: plain.revision };
  });
}

async function storePatient(
  policy: KeyPolicy,
  plain: PlainPatient,
  input: PatientRegistration,
): Promise<void> {
  const { fields, numbers } = sensitiveFields(input);
  const prepared = await prepareNumbers(policy, numbers);
  if (await isSsnUnderOther(prepared)) throw duplicateSsn();
  // A new name for each attempt: caches may hold the key that an earlier one has dropped, and would still use it.
  const keyAltName = newPatientKeyName();
  try {
    await ensurePatientKey(keyAltName);
  } catch (error) {
    // The key may be there, and not under the CMK in force; no document names it.
    await dropUnusedKeys([keyAltName]);
    throw error;
  }
  const values = { ...plain, keyAltName, ...fields, medicalRecords: [] };
  const patient: Patient = { ...values, integrity: sealOf(values, plain.revision) };
  try {
    await withDoctorPatients(policy, (patients) => patients.insertOne(patient));
  } catch (error) {
    // Only a refusal is certain: after a lost connection the document may be stored, and need its key.
    const isStoredNowhere = isDuplicateKey(error) || error instanceof MongoCryptError;
    if (isStoredNowhere) await dropUnusedKeys([keyAltName]);
    throw isDuplicateKey(error) ? duplicateSsn(error) : error;
  }
  await followOrTakeBack(plain._id, { prepared, revision: plain.revision }, takeBackPatient);
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
    const sealed = await untilSomebodyHas(input.ssn, () =>
      underCurrentKeys((policy) => completePatient(policy, _id, input)),
    );
    await foundCareTeam(staff, _id);
    return { value: undefined, sealed };
  });
}

async function completePatient(
  policy: KeyPolicy,
  _id: ObjectId,
  input: CompleteRegistration,
): Promise<number> {
  const { fields, numbers } = sensitiveFields(input);
  const prepared = await prepareNumbers(policy, numbers);
  const { insurance, ...rest } = fields;
  const values = { _id, ...fields, medicalRecords: [] };
  const $set = {
    ...rest,
    medicalRecords: values.medicalRecords,
    'insurance.provider': insurance.provider,
    'insurance.policyNumber': insurance.policyNumber,
  };
  for (;;) {
    const { keyAltName, revision } = await requireIncomplete(_id);
    // Another doctor may have completed this very record since: then the write matches nothing.
    if (await isSsnUnderOther(prepared, _id)) throw duplicateSsn();
    await ensurePatientKey(keyAltName);
    // The filter pins `keyAltName`: that is where the encryption schema's JSON pointer leads. It pins `revision` too, so
    // that this write is known to be undone alone, should it have to be.
    const filter = { _id, keyAltName, revision, last4ssn: { $exists: false }, ...NOT_ERASED };
    try {
      const integrity = sealOf(values, revision + 1);
      const update = { $set: { ...$set, integrity }, $inc: { revision: 1 } };
      const { matchedCount } = await withDoctorPatients(policy, (patients) =>
        patients.updateOne(filter, update),
      );
      if (matchedCount === 1) {
        const written = { prepared, revision: revision + 1 };
        await followOrTakeBack(_id, written, takeBackCompletion);
        return written.revision;
      }
    } catch (error) {
      if (isDuplicateKey(error)) throw duplicateSsn(error);
      const isUnsent = error instanceof MongoCryptError;
      if (!isUnsent || !(await lostItsKey(_id, keyAltName))) throw error;
    }
    // Somebody wrote meanwhile: the next look at the record tells what.
  }
}

/**
 * Throws DataError `NOT_FOUND`, `ERASED`, `CONFLICT` for a registration that is complete, or `TAMPERED` for one that the
 * audit log knows as complete.
 */
async function requireIncomplete(_id: ObjectId): Promise<PlainPatient> {
  const witness = await readWitness(_id);
  const projection = { keyAltName: 1, revision: 1, last4ssn: 1, erasedAt: 1 } as const;
  const patient = await storedPatients().findOne({ _id }, { projection });
  if (patient === null) throw new DataError('NOT_FOUND');
  if (patient.erasedAt !== undefined) {
    // A key that was made for the completion after the erasure had destroyed what there was.
    await dropUnusedKeys([patient.keyAltName]);
    throw new DataError('ERASED');
  }
  if (patient.last4ssn !== undefined) throw alreadyComplete();
  requireGenuine(patient, witness);
  return patient;
}

function newPatient(name: string, contact: ContactData, provider: string): PlainPatient {
  const _id = new ObjectId();
  return {
    _id,
    name,
    nameKeys: nameKeys(name),
    nameOrder: nameOrder(name, _id.toHexString()),
    contact,
    phoneKey: phoneDigits(contact.phone),
    insurance: { provider },
    keyAltName: newPatientKeyName(),
    revision: 1,
    registeredAt: new Date(),
  };
}

function sensitiveFields({ ssn, bloodType, insurance }: CompleteRegistration) {
  const fields = {
    ssn: new Int32(ssn),
    last4ssn: Number(ssn.slice(-4)),
    bloodType,
    insurance: {
      provider: insurance.provider,
      policyNumber: new Int32(insurance.policyNumber),
    },
  };
  const { policyNumber } = fields.insurance;
  return { fields, numbers: { ssn: fields.ssn, 'insurance.policyNumber': policyNumber } };
}

function requireSsn(ssn: string): void {
  const problem = ssnProblem(ssn, ssnProfile());
  if (problem !== null) throw new DataError('INVALID', { userMessage: problem, field: 'ssn' });
}

function alreadyComplete(): DataError {
  return new DataError('CONFLICT', {
    userMessage: message('registration.alreadyComplete'),
  });
}
