// Storage layer, tests only: a storage in a directory of its own that is gone after the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { compileFilter } from '../query/filter.ts';
import { decode, type Document, encode } from '../query/values.ts';
import { openStorage } from './storage.ts';
import type { Collection, OpenStorageOptions, ScanOptions, Storage } from './types.ts';

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'medcomd-storage-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Closed after the test. */
export async function temporaryStorage(
  options: Partial<OpenStorageOptions> = {},
): Promise<Storage> {
  const storage = await openStorage({
    directory: temporaryDirectory(),
    ttlIntervalMs: 0,
    ...options,
  });
  onTestFinished(() => storage.close());
  return storage;
}

/** The collection `test.items` with these documents and indexes. */
export async function collectionWith(
  storage: Storage,
  documents: readonly Document[],
  indexes: readonly Document[] = [],
): Promise<Collection> {
  return storage.write(() => {
    const collection = storage.createCollection('test', 'items');
    collection.createIndexes(indexes);
    for (const document of documents) collection.insert(encode(document));
    return collection;
  });
}

/** Documents that match, as a `find` would give them, with the plan that was used. */
export function find(collection: Collection, filter: Document, options: ScanOptions = {}) {
  // Through bytes, so that the filter has BSON types as one from the wire has.
  const typed = decode(encode(filter));
  const sort = options.sort && decode(encode(options.sort));
  const { plan, sorted, documents } = collection.scan(typed, { ...options, ...(sort && { sort }) });
  const matches = compileFilter(typed);
  const found = [...documents].map(({ bytes }) => decode(bytes)).filter(matches);
  return { plan, sorted, found, ids: found.map((document) => plain(document['_id'])) };
}

/** Int32 and Double as numbers, for comparisons in tests. */
export function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'valueOf' in value
    ? value.valueOf()
    : value;
}
