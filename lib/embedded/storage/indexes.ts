// Storage layer: creating and dropping indexes. All inside one write: a failed build leaves nothing.
import { CommandError } from '../errors.ts';
import {
  ID_INDEX,
  keyPatternText,
  parseExpiry,
  parseSpecification,
  signatureOf,
} from '../index/specification.ts';
import type { Document } from '../query/values.ts';
import { type CollectionState, type IndexState, makeIndex } from './catalog.ts';
import type { Engine } from './engine.ts';
import { entriesIn } from './environment.ts';
import { updateEntries, versionOf, withFacts } from './index-entries.ts';
import { rangeOf, recordIdOfDocumentKey } from './keys.ts';
import type { CreateIndexesResult, IndexDescription } from './types.ts';

/** MongoDB's limit, `_id_` included. */
const MAX_INDEXES = 64;

export function createIndexes(
  engine: Engine,
  collection: CollectionState,
  specifications: readonly Document[],
): CreateIndexesResult {
  let indexes = collection.indexes;
  const added: IndexState[] = [];
  for (const specification of specifications) {
    const description = parseSpecification(specification);
    if (isThere(indexes, description)) continue;
    const index = makeIndex(engine.newId(), description);
    added.push(index);
    indexes = [...indexes, index];
  }
  if (indexes.length > MAX_INDEXES) {
    throw new CommandError('CannotCreateIndex', `Expected at most ${String(MAX_INDEXES)} indexes`);
  }
  if (added.length > 0) {
    const built = build(engine, collection, added);
    engine.put({ ...collection, indexes: [...collection.indexes, ...built] });
  }
  return {
    numIndexesBefore: collection.indexes.length,
    numIndexesAfter: indexes.length,
    created: added.map(({ description }) => description.name),
  };
}

/** By name, by key pattern, or `'*'` for all but `_id_`. */
export function dropIndexes(
  engine: Engine,
  collection: CollectionState,
  nameOrKeys: string | Document,
): void {
  const dropped =
    nameOrKeys === '*'
      ? collection.indexes.filter(({ description }) => description.name !== ID_INDEX.name)
      : [findIndex(collection, nameOrKeys)];
  if (dropped.some(({ description }) => description.name === ID_INDEX.name)) {
    throw new CommandError('InvalidOptions', 'cannot drop _id index');
  }
  for (const index of dropped) removeEntries(engine, index.id);
  const indexes = collection.indexes.filter((index) => !dropped.includes(index));
  engine.put({ ...collection, indexes });
}

/** Throws IndexNotFound; a key pattern that several indexes have is AmbiguousIndexKeyPattern. */
export function findIndex(collection: CollectionState, nameOrKeys: string | Document): IndexState {
  const matches = collection.indexes.filter(({ description }) =>
    typeof nameOrKeys === 'string'
      ? description.name === nameOrKeys
      : keyPatternText(description.key) === keyPatternText(nameOrKeys),
  );
  const [index, ...others] = matches;
  if (!index) throw new CommandError('IndexNotFound', 'index not found');
  if (others.length > 0) {
    throw new CommandError(
      'AmbiguousIndexKeyPattern',
      'Expected a key pattern of one index, got one that several indexes have',
    );
  }
  return index;
}

export function setExpiry(
  engine: Engine,
  collection: CollectionState,
  nameOrKeys: string | Document,
  expireAfterSeconds: number,
): void {
  const index = findIndex(collection, nameOrKeys);
  const description = { ...index.description, expireAfterSeconds: parseExpiry(expireAfterSeconds) };
  if (Object.keys(description.key).length > 1 || description.name === ID_INDEX.name) {
    throw new CommandError(
      'InvalidOptions',
      'Expected a single-field index other than `_id_` for `expireAfterSeconds`',
    );
  }
  const indexes = collection.indexes.map((old) => (old === index ? { ...old, description } : old));
  engine.put({ ...collection, indexes });
}

export function removeEntries(engine: Engine, indexId: number): void {
  const { entries } = engine.environment;
  for (const key of keysIn(engine, indexId)) entries.removeSync(key);
}

function keysIn(engine: Engine, indexId: number): Uint8Array[] {
  return [...entriesIn(engine.environment.entries, rangeOf(indexId))].map(({ key }) => key);
}

/**
 * True for an index that is there already under that name. MongoDB, "createIndexes": the same name with another
 * signature, or the same signature under another name or with other options, is a conflict.
 */
function isThere(indexes: readonly IndexState[], wanted: IndexDescription): boolean {
  if (keyPatternText(wanted.key) === keyPatternText(ID_INDEX.key)) return true;
  const signature = signatureOf(wanted);
  for (const { description } of indexes) {
    const [sameName, sameSignature] = [
      description.name === wanted.name,
      signatureOf(description) === signature,
    ];
    if (sameName && !sameSignature) {
      throw new CommandError(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index but another key or options: ${wanted.name}`,
      );
    }
    if (!sameSignature) continue;
    const sameOptions =
      description.expireAfterSeconds === wanted.expireAfterSeconds &&
      description.hidden === wanted.hidden;
    if (sameName && sameOptions) return true;
    throw new CommandError(
      'IndexOptionsConflict',
      sameName
        ? `An index with the same key exists with different options: ${description.name}`
        : `Index already exists with a different name: ${description.name}`,
    );
  }
  return false;
}

function build(
  engine: Engine,
  collection: CollectionState,
  added: readonly IndexState[],
): IndexState[] {
  const { environment } = engine;
  let built = [...added];
  for (const { key, value } of entriesIn(environment.documents, rangeOf(collection.id))) {
    const target = { ...collection, indexes: built };
    const recordId = recordIdOfDocumentKey(key);
    const learnt = updateEntries(environment, target, recordId, undefined, versionOf(value));
    if (learnt.size === 0) continue;
    built = built.map((index) => {
      const facts = learnt.get(index.id);
      return facts ? withFacts(index, facts) : index;
    });
  }
  return built;
}
