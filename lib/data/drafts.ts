// Entries of vital signs that are not saved yet, each doctor's own: kept on the server so that no idle logoff and no closed
// tab loses them. Sealed under the patient's own data key, so they die with it.
import 'server-only';
import { MongoCryptError, type ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { doctorClientEncryption, storedPatients } from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import { openDraft, sealDraft, vitalsDrafts, type SealedDraft } from '@/lib/db/vitals-drafts';
import { isDataKeyErased } from '@/lib/keys/data-keys';
import { blamesKms } from '@/lib/keys/kms-health';
import { message } from '@/schemas/message';
import { vitalsDraftSchema, type VitalsDraft } from '@/schemas/vitals-draft';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { readPatient } from './record';
import { NOT_ERASED, whyNoMatch } from './tombstone';

const MOST_ATTEMPTS = 20;

/** What is sealed. It names patient and doctor, so that a ciphertext put into another's draft is noticed (C-40). */
interface Content extends VitalsDraft {
  patientId: string;
  userId: string;
}

/**
 * Keeps an unsaved entry, in place of this doctor's former one about this patient; an empty one is not kept. Throws DataError
 * `ERASED`, or `CONFLICT` while the registration is incomplete.
 */
export async function saveDraft(staff: Staff, id: string, draft: VitalsDraft): Promise<void> {
  const operation = {
    permission: 'append:visit',
    action: 'save-draft',
    patientId: id,
    fields: ['medicalRecords'],
  } as const;
  return answer(staff, operation, async () => {
    const patientId = patientObjectId(id);
    if (isEmpty(draft)) {
      await dropDraft(staff, patientId, draft.entryKey);
      return { value: undefined };
    }
    const content = { ...draft, patientId: id, userId: staff.userId } satisfies Content;
    await keep({ patientId, userId: staff.userId }, content);
    return { value: undefined };
  });
}

async function keep(_id: SealedDraft['_id'], content: Content): Promise<void> {
  const { entryKey } = content;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const { keyAltName } = await writablePatient(_id.patientId);
    const savedAt = new Date();
    try {
      const sealed = await sealDraft(content, keyAltName);
      await store(_id, { entryKey, keyAltName, sealed, savedAt });
    } catch (error) {
      if (!(error instanceof MongoCryptError)) throw error;
      if (!(await isDataKeyErased(doctorClientEncryption(), keyAltName))) throw error;
      continue;
    }
    // A key that was replaced meanwhile, or a tombstone, may not have seen this draft.
    const now = await writablePatient(_id.patientId).catch(async (error: unknown) => {
      if (error instanceof DataError) await vitalsDrafts().deleteOne({ _id });
      throw error;
    });
    if (now.keyAltName === keyAltName) return;
  }
  throw new DataError('CONFLICT', { message: `Found another key ${MOST_ATTEMPTS} times in a row` });
}

function isEmpty({ values }: VitalsDraft): boolean {
  return Object.values(values).every((text) => text.trim() === '');
}

async function store(
  _id: SealedDraft['_id'],
  draft: Omit<SealedDraft, '_id' | 'begunAt'>,
): Promise<void> {
  const { entryKey, savedAt } = draft;
  const { matchedCount } = await vitalsDrafts().updateOne({ _id, entryKey }, { $set: draft });
  if (matchedCount > 0) return;
  await vitalsDrafts().replaceOne({ _id }, { ...draft, begunAt: savedAt }, { upsert: true });
}

async function writablePatient(_id: ObjectId): Promise<Pick<PlainPatient, 'keyAltName'>> {
  const projection = { keyAltName: 1, last4ssn: 1 };
  const patient = await storedPatients().findOne({ _id, ...NOT_ERASED }, { projection });
  if (patient === null) throw await whyNoMatch(storedPatients(), _id);
  if (patient.last4ssn !== undefined) return patient;
  throw new DataError('CONFLICT', { userMessage: message('vitals.completeFirst') });
}

/**
 * This doctor's own unsaved entry about a patient; null without one. One whose visit was saved after all, that no key opens
 * any more, or that belongs elsewhere is removed.
 */
export async function readDraft(
  staff: Staff,
  id: string,
): Promise<(VitalsDraft & { begunAt: Date }) | null> {
  const _id = { patientId: patientObjectId(id), userId: staff.userId };
  // Somebody's having no draft of their own is no information about a patient, and no event.
  const stored = await vitalsDrafts().findOne({ _id });
  if (stored === null) return null;
  const operation = {
    permission: 'append:visit',
    action: 'read-draft',
    patientId: id,
    fields: ['medicalRecords'],
  } as const;
  return answer(staff, operation, async () => {
    const draft = await opened(stored);
    if (draft === null) await vitalsDrafts().deleteOne({ _id, savedAt: stored.savedAt });
    return { value: draft === null ? null : { ...draft, begunAt: stored.begunAt } };
  });
}

async function opened({ _id, entryKey, sealed }: SealedDraft): Promise<VitalsDraft | null> {
  const { patient, erased } = await readPatient(_id.patientId);
  if (erased || patient.medicalRecords?.some((visit) => visit.id === entryKey)) return null;
  try {
    const { patientId, userId, ...draft } = (await openDraft(sealed)) as Content;
    if (patientId !== _id.patientId.toHexString() || userId !== _id.userId) return null;
    return vitalsDraftSchema.safeParse(draft).data ?? null;
  } catch (error) {
    if (error instanceof MongoCryptError && !blamesKms(error)) return null;
    throw error;
  }
}

/** Removes this doctor's own unsaved entry, if it is still that one. */
export async function discardDraft(staff: Staff, id: string, entryKey: string): Promise<void> {
  const operation = {
    permission: 'append:visit',
    action: 'discard-draft',
    patientId: id,
  } as const;
  return answer(staff, operation, async () => {
    await dropDraft(staff, patientObjectId(id), entryKey);
    return { value: undefined };
  });
}

/** When this doctor began the entry, by the server's clock; null if no draft of it is kept. */
export async function begunAt(
  { userId }: Pick<Staff, 'userId'>,
  patientId: ObjectId,
  entryKey: string,
): Promise<Date | null> {
  const draft = await vitalsDrafts().findOne({ _id: { patientId, userId }, entryKey });
  return draft?.begunAt ?? null;
}

/** What `addMeasurement` does once the entry is a visit. */
export async function dropDraft(
  { userId }: Pick<Staff, 'userId'>,
  patientId: ObjectId,
  entryKey: string,
): Promise<void> {
  await vitalsDrafts().deleteOne({ _id: { patientId, userId }, entryKey });
}
