// Storage layer: TTL indexes. Removes documents whose indexed date (of an array, its earliest) is old enough.
import { keyOf, RANK } from '../index/value-key.ts';
import { descending } from '../index/intervals.ts';
import { StoredCollection } from './collection.ts';
import type { IndexState } from './catalog.ts';
import type { Engine } from './engine.ts';
import { entriesIn } from './environment.ts';
import { entryRange, readRecordId } from './keys.ts';

/** Removes what the TTL indexes of one collection say is expired at `now`; resolves to how many it removed. */
export async function expireDocuments(
  engine: Engine,
  collectionId: number,
  now: number,
): Promise<number> {
  const present = engine.catalog().byId.get(collectionId)?.indexes ?? [];
  if (!present.some(({ description }) => description.expireAfterSeconds !== undefined)) return 0;
  return engine.write(() => {
    const state = engine.catalog().byId.get(collectionId);
    if (!state) return 0;
    const collection = new StoredCollection(engine, state);
    const expired = new Set(state.indexes.flatMap((index) => expiredIn(engine, index, now)));
    let removed = 0;
    for (const recordId of expired) if (collection.remove(recordId)) removed++;
    return removed;
  });
}

/** Only dates expire: a document without one, or with a value of another type, stays for ever. */
function expiredIn(engine: Engine, index: IndexState, now: number): number[] {
  const { expireAfterSeconds } = index.description;
  if (expireAfterSeconds === undefined) return [];
  const oldest = Uint8Array.of(RANK.date);
  const limit = keyOf(new Date(now - expireAfterSeconds * 1000));
  const dates = [{ low: oldest, high: limit, point: false }];
  const isDescending = index.fields[0]?.descending === true;
  return (isDescending ? descending(dates) : dates).flatMap(({ low, high }) => {
    const range = entryRange(index.id, low, high);
    return [...entriesIn(engine.environment.entries, range)].map(({ value }) =>
      readRecordId(value),
    );
  });
}
