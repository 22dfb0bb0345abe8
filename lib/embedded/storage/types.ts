// Storage layer of the embedded database: the contract between storage and the commands above it.
// It knows raw BSON bytes, namespaces and filters, but no wire protocol, no command and no cursor.
import type { Document } from '../query/values.ts';
import type { DatabaseFile } from './database-file.ts';

/** One stored document. `bytes` is a copy: it stays valid after the transaction that read it. */
export interface StoredDocument {
  readonly recordId: number;
  /** Raw BSON. */
  readonly bytes: Uint8Array;
}

export interface OpenStorageOptions {
  /** Created if it does not exist. */
  readonly directory: string;
  /** Milliseconds since 1970; the TTL sweep and `uuid` creation use nothing else. Default `Date.now`. */
  readonly clock?: () => number;
  /** Milliseconds between two TTL sweeps; 0 switches the background sweep off. Default 60,000. */
  readonly ttlIntervalMs?: number;
  /**
   * Finds the database file, and its key if it is encrypted, once the directory is locked; a throw ends the
   * opening. Default: a clear file, so that an encrypted directory is refused.
   */
  readonly databaseFile?: (directory: string) => DatabaseFile | Promise<DatabaseFile>;
}

/** What `create` and `collMod` keep with a collection, as `listCollections` reports it. */
export interface CollectionOptions {
  readonly validator?: Document;
  readonly validationLevel?: 'off' | 'strict' | 'moderate';
  readonly validationAction?: 'error' | 'warn';
}

/** An index as `listIndexes` reports it. */
export interface IndexDescription {
  readonly v: 2;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly name: string;
  readonly unique?: true;
  readonly sparse?: true;
  readonly hidden?: true;
  readonly partialFilterExpression?: Document;
  readonly expireAfterSeconds?: number;
}

export interface CreateIndexesResult {
  readonly numIndexesBefore: number;
  readonly numIndexesAfter: number;
  /** Names of the indexes that were built; an index that was there already is not among them. */
  readonly created: readonly string[];
}

export type PlanStage = 'IDHACK' | 'IXSCAN' | 'OR' | 'COLLSCAN' | 'EOF';

/** How a scan finds its candidates. The counters grow while the documents are read. */
export interface Plan {
  readonly stage: PlanStage;
  readonly indexName?: string;
  readonly keyPattern?: Readonly<Record<string, 1 | -1>>;
  readonly isMultiKey?: boolean;
  readonly direction?: 'forward' | 'backward';
  /** The branches of an `OR`. */
  readonly inputStages?: readonly Plan[];
  keysExamined: number;
  docsExamined: number;
}

export interface ScanOptions {
  /** As `find` takes it, values 1 or -1 (any numeric BSON type). */
  readonly sort?: Document;
  /** An index name, a key pattern or `{ $natural: 1 | -1 }`. An unknown one throws BadValue. */
  readonly hint?: string | Document;
}

export interface Scan {
  readonly plan: Plan;
  /** True if the documents come in the order of `options.sort`. */
  readonly sorted: boolean;
  /**
   * Candidates: a superset of the matches, each document once. The caller applies the whole filter again.
   * Outside `write` every iteration reads one consistent snapshot from its first to its last document, and
   * holds that snapshot until it is exhausted or returned (`for ... of` with break does so), so an iterator that
   * is kept between two calls must be returned at the end. Inside `write` the set of candidates is fixed when
   * the iteration starts, so the loop may insert, replace and remove.
   * Throws QueryPlanKilled if the index or the collection was dropped between planning and reading.
   */
  readonly documents: Iterable<StoredDocument>;
}

export interface CollectionStats {
  readonly count: number;
  /** Bytes of all documents. */
  readonly size: number;
  readonly avgObjSize: number;
  readonly nindexes: number;
}

export interface WriteOptions {
  /** Stores the document even if the collection's validator refuses it. */
  readonly bypassDocumentValidation?: boolean;
}

export interface Collection {
  /** `database.collection`. */
  readonly namespace: string;
  readonly database: string;
  readonly name: string;
  /** 16 bytes, stable over rename. */
  readonly uuid: Uint8Array;
  readonly options: CollectionOptions;

  count(): number;
  stats(): CollectionStats;
  indexes(): readonly IndexDescription[];

  /** Plans a read. Never fails because of a filter operator that it does not know: that is the caller's part. */
  scan(filter: Document, options?: ScanOptions): Scan;
  /** One document by its record id, or undefined. */
  get(recordId: number): StoredDocument | undefined;

  // All of the following only inside `write`; outside they throw StorageError NOT_IN_WRITE.

  /** `collMod`: replaces the given options, keeps the others. An unparsable validator throws, as in `create`. */
  setOptions(options: CollectionOptions): void;
  /**
   * `createIndexes`: builds over the existing documents, all or nothing. The same specification again is a
   * no-op. Throws CannotCreateIndex, IndexOptionsConflict, IndexKeySpecsConflict, DuplicateKey, ...
   */
  createIndexes(specifications: readonly Document[]): CreateIndexesResult;
  /** By name, by key pattern, or `'*'` for all but `_id_`. Throws IndexNotFound, InvalidOptions (`_id_`). */
  dropIndexes(nameOrKeys: string | Document): void;
  /** `collMod` of one index. Throws IndexNotFound, InvalidOptions. */
  setExpiry(nameOrKeys: string | Document, expireAfterSeconds: number): void;
  /** Expects `_id` to be there. Throws DuplicateKey, DocumentValidationFailure. Returns the record id. */
  insert(bytes: Uint8Array, options?: WriteOptions): number;
  /** Throws as `insert`; the record must exist. */
  replace(recordId: number, bytes: Uint8Array, options?: WriteOptions): void;
  /** False if there is no such record. */
  remove(recordId: number): boolean;
}

export interface Storage {
  /** Waits for writes under way, then releases the directory. */
  close(): Promise<void>;
  databases(): readonly string[];
  collections(database: string): readonly Collection[];
  collection(database: string, name: string): Collection | undefined;

  // Only inside `write`.

  /** Throws NamespaceExists, InvalidNamespace, and FailedToParse or BadValue for a bad validator. */
  createCollection(database: string, name: string, options?: CollectionOptions): Collection;
  /** False if there is no such collection. */
  dropCollection(database: string, name: string): boolean;
  /** False if there was no such database. */
  dropDatabase(database: string): boolean;
  /** `from` and `to` are namespaces. Throws NamespaceNotFound, NamespaceExists. */
  renameCollection(from: string, to: string, dropTarget?: boolean): void;

  /**
   * Runs `fn` synchronously inside one atomic transaction. Resolves when everything that `fn` did is durable on
   * disk; several calls may share one flush. If `fn` throws, all that it did is undone, the catalog included,
   * and the promise rejects with what it threw. Calls run in the order in which they were made.
   */
  write<T>(fn: () => T): Promise<T>;
  /** Removes what TTL indexes say is expired; resolves to the number of documents removed. */
  sweepExpired(): Promise<number>;
}
