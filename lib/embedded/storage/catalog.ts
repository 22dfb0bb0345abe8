// Storage layer: which collections and indexes exist, as immutable values. A change makes a new catalog with a
// new version number; the version lies in the same transaction as the data, so a reader finds the catalog that
// belongs to its snapshot. It knows bytes and BSON, but no LMDB.
import { Binary } from 'bson';

import { type KeyField } from '../index/key-extraction.ts';
import { ID_INDEX, keyFieldsOf, parseSpecification } from '../index/specification.ts';
import { compileFilter } from '../query/filter.ts';
import { decode, type Document, encode, isDocument, toInteger } from '../query/values.ts';
import { type CompiledValidator, compileValidator } from '../validation/validator.ts';
import { StorageError } from './errors.ts';
import type { CollectionOptions, IndexDescription } from './types.ts';

export interface IndexState {
  readonly id: number;
  readonly description: IndexDescription;
  readonly fields: readonly KeyField[];
  readonly unique: boolean;
  /** Which documents a partial index holds. */
  readonly includes: ((document: Document) => boolean) | undefined;
  /** Positions of the fields that have met an array in some document; never shrinks. */
  readonly multikey: readonly number[];
  /** Some key was cut, so the order of the entries is not the order of the values. */
  readonly hasLongKeys: boolean;
}

export interface CollectionState {
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly uuid: Uint8Array;
  readonly options: CollectionOptions;
  readonly validator: CompiledValidator | undefined;
  /** `_id_` first, then in order of creation. */
  readonly indexes: readonly IndexState[];
}

export interface Catalog {
  readonly version: number;
  /** The next id for a collection or an index; never used twice. */
  readonly nextId: number;
  readonly byId: ReadonlyMap<number, CollectionState>;
  readonly byNamespace: ReadonlyMap<string, CollectionState>;
}

export const EMPTY_CATALOG: Catalog = {
  version: 0,
  nextId: 1,
  byId: new Map(),
  byNamespace: new Map(),
};

export function namespaceOf(collection: { database: string; name: string }): string {
  return `${collection.database}.${collection.name}`;
}

export function makeIndex(id: number, description: IndexDescription): IndexState {
  const partial = description.partialFilterExpression;
  return {
    id,
    description,
    fields: keyFieldsOf(description),
    unique: description.unique === true || description.name === ID_INDEX.name,
    includes: partial && compileFilter(partial),
    multikey: [],
    hasLongKeys: false,
  };
}

/** Throws FailedToParse or BadValue for a validator that cannot be compiled. */
export function makeCollection(fields: Omit<CollectionState, 'validator'>): CollectionState {
  return { ...fields, validator: compileValidator(fields.options) };
}

/** The catalog with one collection added or replaced. */
export function withCollection(catalog: Catalog, collection: CollectionState): Catalog {
  const before = catalog.byId.get(collection.id);
  const byNamespace = new Map(catalog.byNamespace);
  if (before) byNamespace.delete(namespaceOf(before));
  byNamespace.set(namespaceOf(collection), collection);
  return { ...catalog, byId: new Map(catalog.byId).set(collection.id, collection), byNamespace };
}

export function withoutCollection(catalog: Catalog, collection: CollectionState): Catalog {
  const [byId, byNamespace] = [new Map(catalog.byId), new Map(catalog.byNamespace)];
  byId.delete(collection.id);
  byNamespace.delete(namespaceOf(collection));
  return { ...catalog, byId, byNamespace };
}

export function encodeCollection(collection: CollectionState): Uint8Array {
  const { id, database, name, uuid, options, indexes } = collection;
  return encode({
    id,
    database,
    name,
    uuid: new Binary(uuid, Binary.SUBTYPE_UUID),
    options,
    indexes: indexes.map(({ id: indexId, description, multikey, hasLongKeys }) => ({
      id: indexId,
      description,
      multikey,
      hasLongKeys,
    })),
  });
}

export function decodeCollection(bytes: Uint8Array): CollectionState {
  try {
    const { id, database, name, uuid, options, indexes } = decode(bytes);
    if (!(uuid instanceof Binary) || !Array.isArray(indexes)) throw damaged();
    return makeCollection({
      id: integer(id),
      database: text(database),
      name: text(name),
      uuid: uuid.value().slice(),
      options: decodeOptions(document(options)),
      indexes: indexes.map((index: unknown) => decodeIndex(document(index))),
    });
  } catch (cause) {
    throw cause instanceof StorageError ? cause : damaged(cause);
  }
}

function decodeOptions(options: Document): CollectionOptions {
  const { validator, validationLevel, validationAction } = options;
  return {
    ...(isDocument(validator) && { validator }),
    ...((validationLevel === 'off' ||
      validationLevel === 'strict' ||
      validationLevel === 'moderate') && { validationLevel }),
    ...((validationAction === 'error' || validationAction === 'warn') && { validationAction }),
  };
}

function decodeIndex(index: Document): IndexState {
  const description = document(index['description']);
  const parsed = description['name'] === ID_INDEX.name ? ID_INDEX : parseSpecification(description);
  const multikey: unknown = index['multikey'];
  return {
    ...makeIndex(integer(index['id']), parsed),
    multikey: Array.isArray(multikey) ? multikey.map(integer) : [],
    hasLongKeys: index['hasLongKeys'] === true,
  };
}

function document(value: unknown): Document {
  if (isDocument(value)) return value;
  throw damaged();
}

function integer(value: unknown): number {
  const result = toInteger(value);
  if (result === undefined) throw damaged();
  return result;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw damaged();
}

function damaged(cause?: unknown): StorageError {
  return new StorageError(
    'BAD_DATA',
    'Expected a catalog entry of this version in the data directory',
    {
      cause,
    },
  );
}
