// Gives records from before the search had an order by name their place in it. May be stopped and begun again: each record
// that has been filled is no longer found.
import 'server-only';
import type { Collection } from 'mongodb';
import { nameKeys, nameOrder } from '@/lib/data/name-keys';
import type { PlainPatient } from './patient-document';

const BATCH = 500;

/** Fills what is missing and gives how many records that was. Changes no revision, and no name that changes meanwhile. */
export async function fillNameOrder(
  patients: Collection<PlainPatient>,
  progress: (done: number) => void = () => undefined,
): Promise<number> {
  let done = 0;
  for (;;) {
    // Null finds a missing field through the index; `$exists` would not on every server.
    const batch = await patients
      .find({ 'nameOrder.a': null } as object, { projection: { name: 1 }, limit: BATCH })
      .toArray();
    if (batch.length === 0) return done;
    const { matchedCount } = await patients.bulkWrite(
      batch.map(({ _id, name }) => ({
        updateOne: {
          // Who changed the name in between has written its order as well.
          filter: { _id, name },
          update: {
            $set: { nameKeys: nameKeys(name), nameOrder: nameOrder(name, _id.toHexString()) },
          },
        },
      })),
      { ordered: false },
    );
    // A batch in which nothing could be filled would come again for ever.
    if (matchedCount === 0)
      throw new Error(
        'Expected records without a place in the order by name to be filled, got none',
      );
    progress((done += matchedCount));
  }
}
