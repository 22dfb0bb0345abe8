// The collection of unsaved entries. What was typed is sealed under the patient's own data key by explicit encryption; who
// began an entry about whom, and when, is in clear. Knows nothing of permissions.
import 'server-only';
import type { Binary, Collection, ObjectId } from 'mongodb';
import { doctorClientEncryption, storedPatients } from './connections';

/** One for each doctor and patient. */
export interface SealedDraft {
  _id: { patientId: ObjectId; userId: string };
  /** Names the entry; says nothing about it. */
  entryKey: string;
  /** Alt name of the data key that `sealed` is under. */
  keyAltName: string;
  /** Binary subtype 6: an AEAD_AES_256_CBC_HMAC_SHA_512-Random ciphertext. */
  sealed: Binary;
  /** When the entry was begun: its first copy came then. */
  begunAt: Date;
  savedAt: Date;
}

const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/** Beside the patients, and like them out of reach of whoever has no keys. */
export function vitalsDrafts(): Collection<SealedDraft> {
  return storedPatients().db.collection<SealedDraft>('vitalsDrafts');
}

export function sealDraft(content: object, keyAltName: string): Promise<Binary> {
  return doctorClientEncryption().encrypt(content, { keyAltName, algorithm: RANDOM });
}

export function openDraft(sealed: Binary): Promise<unknown> {
  return doctorClientEncryption().decrypt(sealed);
}

/** Removes what anybody had begun to enter about a patient: part of an erasure. */
export async function dropDraftsOf(patientId: ObjectId): Promise<void> {
  await vitalsDrafts().deleteMany({ '_id.patientId': patientId });
}

/**
 * Seals drafts under these keys anew, under the present key of their patient; then nothing needs these keys any more. A
 * draft of an erased patient goes; one that its key does not open stays as it is.
 */
export async function resealDrafts(keyAltNames: readonly string[]): Promise<void> {
  const drafts = await vitalsDrafts()
    .find({ keyAltName: { $in: [...keyAltNames] } })
    .toArray();
  for (const { _id, keyAltName, sealed, savedAt } of drafts) {
    const patient = await storedPatients().findOne(
      { _id: _id.patientId },
      { projection: { keyAltName: 1, erasedAt: 1 } },
    );
    if (patient === null || patient.erasedAt !== undefined) {
      await vitalsDrafts().deleteOne({ _id });
      continue;
    }
    if (patient.keyAltName === keyAltName) continue;
    const content = await openDraft(sealed).catch(() => null);
    if (typeof content !== 'object' || content === null) continue;
    const anew = await sealDraft(content, patient.keyAltName);
    // Somebody who saves meanwhile seals under the present key.
    await vitalsDrafts().updateOne(
      { _id, keyAltName, savedAt },
      { $set: { sealed: anew, keyAltName: patient.keyAltName } },
    );
  }
}
