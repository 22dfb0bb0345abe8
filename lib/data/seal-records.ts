// Gives records from before there were digests theirs, once in the life of a database; from then on a record without them is
// not genuine. May be stopped and begun again. What such a record holds at that moment is taken for genuine.
import 'server-only';
import type { ObjectId } from 'mongodb';
import { storedPatients } from '@/lib/db/connections';
import { DataError } from './errors';
import { areRecordsSealed, noteRecordsSealed } from './integrity-witness';
import { changeRecord } from './sealed-writes';
import { NOT_ERASED } from './tombstone';
import { underCurrentKeys } from './under-current-keys';

const BATCH = 100;

/**
 * Returns how many records were sealed now, and how many could not be, because what they hold does not decrypt. Does nothing
 * in a database where that is done.
 */
export async function sealRecords(): Promise<{ sealed: number; unreadable: number }> {
  const counts = { sealed: 0, unreadable: 0 };
  if (await areRecordsSealed()) return counts;
  let batch = await unsealedAfter(null);
  while (batch.length > 0) {
    for (const _id of batch) counts[(await seal(_id)) ? 'sealed' : 'unreadable'] += 1;
    batch = await unsealedAfter(batch.at(-1) ?? null);
  }
  await noteRecordsSealed();
  return counts;
}

async function unsealedAfter(last: ObjectId | null): Promise<ObjectId[]> {
  const found = storedPatients()
    .find(
      {
        ssn: { $exists: true },
        integrity: { $exists: false },
        ...NOT_ERASED,
        ...(last !== null && { _id: { $gt: last } }),
      } as object,
      { projection: { _id: 1 } },
    )
    .sort({ _id: 1 })
    .limit(BATCH);
  return (await found.toArray()).map(({ _id }) => _id);
}

/** False if the record is damaged, or has lost its key, or is erased meanwhile. An outage of the KMS is an error. */
async function seal(_id: ObjectId): Promise<boolean> {
  try {
    await underCurrentKeys(() => changeRecord(_id, () => ({ value: undefined, set: {} })));
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}
