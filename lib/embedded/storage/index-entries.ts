// Storage layer: keeps the entries of all indexes of a collection in step with its documents. A change of one
// document is checked against every unique index before anything is written, so a refused change leaves no trace.
import { CommandError } from '../errors.ts';
import { extractKeys } from '../index/key-extraction.ts';
import { decode, type Document } from '../query/values.ts';
import { type CollectionState, type IndexState, namespaceOf } from './catalog.ts';
import { type Environment, read, write } from './environment.ts';
import { entryKey, isLongIndexKey, readRecordId, recordIdValue } from './keys.ts';

/** What a change of documents says about its index: see {@link IndexState}. */
export interface IndexFacts {
  readonly multikey: readonly number[];
  readonly hasLongKeys: boolean;
}

/** One version of a document; decoded at most once, and only if a partial index asks. */
export interface Version {
  readonly bytes: Uint8Array;
  readonly decoded: () => Document;
}

export function versionOf(bytes: Uint8Array): Version {
  let document: Document | undefined;
  return { bytes, decoded: () => (document ??= decode(bytes)) };
}

interface Change {
  readonly index: IndexState;
  readonly added: readonly Uint8Array[];
  readonly removed: readonly Uint8Array[];
  readonly facts: IndexFacts;
}

/**
 * Moves the index entries of one record from its version `before` to `after`. Returns the indexes about which
 * something new was learnt. Throws DuplicateKey or CannotIndexParallelArrays before it has written anything.
 */
export function updateEntries(
  environment: Environment,
  collection: CollectionState,
  recordId: number,
  before: Version | undefined,
  after: Version | undefined,
): Map<number, IndexFacts> {
  const changes = collection.indexes.map((index) => changeOf(index, before, after));
  for (const { index, added } of changes) {
    if (index.unique) requireUnique(environment, collection, index, recordId, added);
  }
  const learnt = new Map<number, IndexFacts>();
  for (const { index, added, removed, facts } of changes) {
    const suffix = index.unique ? undefined : recordId;
    for (const key of removed) environment.entries.removeSync(entryKey(index.id, key, suffix));
    for (const key of added) {
      write(environment.entries, entryKey(index.id, key, suffix), recordIdValue(recordId));
    }
    if (isNews(index, facts)) learnt.set(index.id, facts);
  }
  return learnt;
}

/** `index` with the facts added. */
export function withFacts(index: IndexState, facts: IndexFacts): IndexState {
  return {
    ...index,
    multikey: [...new Set([...index.multikey, ...facts.multikey])].sort((a, b) => a - b),
    hasLongKeys: index.hasLongKeys || facts.hasLongKeys,
  };
}

function isNews(index: IndexState, facts: IndexFacts): boolean {
  if (facts.hasLongKeys && !index.hasLongKeys) return true;
  return facts.multikey.some((field) => !index.multikey.includes(field));
}

function changeOf(
  index: IndexState,
  before: Version | undefined,
  after: Version | undefined,
): Change {
  const old = keysOf(index, before).keys;
  const { keys, multikey } = keysOf(index, after);
  const facts = { multikey, hasLongKeys: keys.some(isLongIndexKey) };
  if (old.length === 0 || keys.length === 0) return { index, added: keys, removed: old, facts };
  const [oldNames, newNames] = [new Set(old.map(nameOf)), new Set(keys.map(nameOf))];
  return {
    index,
    added: keys.filter((key) => !oldNames.has(nameOf(key))),
    removed: old.filter((key) => !newNames.has(nameOf(key))),
    facts,
  };
}

function keysOf(index: IndexState, version: Version | undefined): ReturnType<typeof extractKeys> {
  if (!version || (index.includes && !index.includes(version.decoded()))) {
    return { keys: [], multikey: [] };
  }
  return extractKeys(index.fields, version.bytes, index.description.sparse === true);
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function requireUnique(
  environment: Environment,
  collection: CollectionState,
  index: IndexState,
  recordId: number,
  keys: readonly Uint8Array[],
): void {
  for (const key of keys) {
    const holder = read(environment.entries, entryKey(index.id, key));
    if (!holder || readRecordId(holder) === recordId) continue;
    // The values stay out of the message: it may reach a log.
    throw new CommandError(
      'DuplicateKey',
      `E11000 duplicate key error collection: ${namespaceOf(collection)} index: ${index.description.name}`,
      { details: { keyPattern: { ...index.description.key } } },
    );
  }
}
