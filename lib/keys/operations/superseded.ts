// Which data keys an operation replaced, by what: only these are ever deleted. A row stays when its key is gone, so
// that a ciphertext from an old backup can still be explained.
import 'server-only';
import type { Collection, ObjectId, UUID } from 'mongodb';
import { keyVault, keyVaultDb, storedPatients } from '@/lib/db/connections';
import { resealDrafts } from '@/lib/db/vitals-drafts';

export interface SupersededKey {
  /** Id of the data key that was replaced. */
  _id: UUID;
  operationId: string;
  /** Whose key it was; null for a shared one. */
  patientId: ObjectId | null;
  /** Id of the data key in its place. */
  supersededBy: UUID;
  at: Date;
}

export function supersededKeys(): Collection<SupersededKey> {
  return keyVaultDb().collection<SupersededKey>('supersededKeys');
}

/** Noted before the documents change, so that no key is forgotten; noted again, nothing changes but the successor. */
export async function noteSuperseded(rows: readonly SupersededKey[]): Promise<void> {
  if (rows.length === 0) return;
  await supersededKeys().bulkWrite(
    rows.map(({ _id, ...row }) => ({
      updateOne: { filter: { _id }, update: { $set: row }, upsert: true },
    })),
    { ordered: false },
  );
}

const BATCH = 500;

/**
 * Deletes the patients' keys that this operation replaced. A key that its patient still uses stays, and is no longer
 * called superseded. May be done again at any time.
 */
export async function deleteSuperseded(
  operationId: string,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const ours = { operationId, patientId: { $ne: null } } as const;
  const total = await supersededKeys().countDocuments(ours);
  let last: UUID | null = null;
  for (let done = 0; ;) {
    progress(done, total);
    const rows: SupersededKey[] = await supersededKeys()
      .find({ ...ours, ...(last !== null && { _id: { $gt: last } }) })
      .sort({ _id: 1 })
      .limit(BATCH)
      .toArray();
    if (rows.length === 0) return;
    await deleteRows(rows);
    last = rows.at(-1)?._id ?? null;
    done += rows.length;
  }
}

async function deleteRows(rows: readonly SupersededKey[]): Promise<void> {
  const old = rows.map(({ _id }) => _id);
  const keys = keyVault().find({ _id: { $in: old } }, { projection: { keyAltNames: 1 } });
  const namesOf = new Map<string, readonly string[]>();
  for await (const { _id, keyAltNames = [] } of keys) namesOf.set(_id.toHexString(), keyAltNames);
  const names = [...namesOf.values()].flat();
  const users = storedPatients().find(
    { keyAltName: { $in: names } },
    { projection: { keyAltName: 1 } },
  );
  const used = new Set<string>();
  for await (const { keyAltName } of users) used.add(keyAltName);
  const isUsed = (_id: UUID) =>
    (namesOf.get(_id.toHexString()) ?? []).some((name) => used.has(name));
  // Besides the records, unsaved entries are under patients' keys.
  await resealDrafts(names);
  await keyVault().deleteMany({ _id: { $in: old.filter((_id) => !isUsed(_id)) } });
  await supersededKeys().deleteMany({ _id: { $in: old.filter(isUsed) } });
}
