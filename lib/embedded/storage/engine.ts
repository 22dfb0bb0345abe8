// Storage layer: what a write changes beside the documents, the catalog and the counters, and how a reader finds
// the catalog of its snapshot. Everything in memory is a cache of what lies in LMDB, named by a version that is
// never used twice, so a transaction that is undone leaves nothing behind.
import type { Transaction } from 'lmdb';

import { CommandError } from '../errors.ts';
import {
  type Catalog,
  type CollectionState,
  decodeCollection,
  EMPTY_CATALOG,
  encodeCollection,
  withCollection,
  withoutCollection,
} from './catalog.ts';
import { entriesIn, type Environment, read, write } from './environment.ts';
import { StorageError } from './errors.ts';
import { idKey, rangeOf } from './keys.ts';

/** Key of the catalog's header in its table; collections lie under their ids, which start at 1. */
const HEADER = idKey(0);
/** Bumped when the layout of keys or records changes. */
const FORMAT = 1;
const KEPT_CATALOGS = 32;

export interface Counters {
  nextRecordId: number;
  count: number;
  size: number;
}

interface WriteState {
  catalog: Catalog;
  /** Ids of collections to write (or, if the catalog lacks them, to remove) at the end. */
  readonly changed: Set<number>;
  readonly counters: Map<number, Counters>;
}

export class Engine {
  readonly environment: Environment;
  private readonly catalogs = new Map<number, Catalog>();
  private lastVersion = 0;
  private state: WriteState | undefined;
  private open = true;

  constructor(environment: Environment) {
    this.environment = environment;
    this.lastVersion = this.catalog().version;
  }

  async close(): Promise<void> {
    this.open = false;
    await this.environment.close();
  }

  get writing(): boolean {
    return this.state !== undefined;
  }

  async write<T>(fn: () => T): Promise<T> {
    this.requireOpen();
    return this.environment.write(() => {
      this.state = { catalog: this.catalog(), changed: new Set(), counters: new Map() };
      try {
        const result = fn();
        this.flush(this.state);
        return result;
      } finally {
        this.state = undefined;
      }
    });
  }

  /** The catalog of the write under way, else of the given or the newest snapshot. */
  catalog(transaction?: Transaction): Catalog {
    this.requireOpen();
    if (this.state) return this.state.catalog;
    const header = read(this.environment.catalog, HEADER, transaction);
    if (!header) return EMPTY_CATALOG;
    const { version, nextId } = decodeHeader(header);
    const known = this.catalogs.get(version);
    if (known) return known;
    return this.remember(this.load(version, nextId, transaction));
  }

  /** Throws StorageError NOT_IN_WRITE. */
  requireWrite(): void {
    this.writeState();
  }

  newId(): number {
    const state = this.writeState();
    const id = state.catalog.nextId;
    state.catalog = { ...state.catalog, nextId: id + 1 };
    return id;
  }

  put(collection: CollectionState): void {
    const state = this.writeState();
    state.catalog = withCollection(state.catalog, collection);
    state.changed.add(collection.id);
  }

  remove(collection: CollectionState): void {
    const state = this.writeState();
    state.catalog = withoutCollection(state.catalog, collection);
    state.changed.add(collection.id);
    state.counters.delete(collection.id);
  }

  /** The counters of a collection; inside `write` the caller may change them. */
  counters(collectionId: number, transaction?: Transaction): Counters {
    const known = this.state?.counters.get(collectionId);
    if (known) return known;
    const bytes = read(this.environment.counters, idKey(collectionId), transaction);
    const counters = bytes ? decodeCounters(bytes) : { nextRecordId: 1, count: 0, size: 0 };
    this.state?.counters.set(collectionId, counters);
    return counters;
  }

  private writeState(): WriteState {
    if (!this.state) throw new StorageError('NOT_IN_WRITE', 'Expected to be called inside `write`');
    return this.state;
  }

  private requireOpen(): void {
    if (!this.open) throw new CommandError('InterruptedAtShutdown', 'The storage is closed');
  }

  private flush({ catalog, changed, counters }: WriteState): void {
    const tables = this.environment;
    for (const [id, value] of counters) write(tables.counters, idKey(id), encodeCounters(value));
    if (changed.size === 0) return;
    for (const id of changed) {
      const collection = catalog.byId.get(id);
      if (collection) write(tables.catalog, idKey(id), encodeCollection(collection));
      else {
        tables.catalog.removeSync(idKey(id));
        tables.counters.removeSync(idKey(id));
      }
    }
    const next = this.remember({ ...catalog, version: ++this.lastVersion });
    write(tables.catalog, HEADER, encodeHeader(next));
  }

  private remember(catalog: Catalog): Catalog {
    this.catalogs.set(catalog.version, catalog);
    for (const version of this.catalogs.keys()) {
      if (this.catalogs.size <= KEPT_CATALOGS) break;
      this.catalogs.delete(version);
    }
    return catalog;
  }

  private load(version: number, nextId: number, transaction?: Transaction): Catalog {
    let catalog: Catalog = { ...EMPTY_CATALOG, version, nextId };
    const range = { start: rangeOf(1).start, end: idKey(nextId) };
    for (const { value } of entriesIn(this.environment.catalog, range, { transaction })) {
      catalog = withCollection(catalog, decodeCollection(value));
    }
    return catalog;
  }
}

function encodeHeader({ version, nextId }: Catalog): Uint8Array {
  return Buffer.from(Float64Array.of(FORMAT, version, nextId).buffer);
}

function decodeHeader(bytes: Uint8Array): { version: number; nextId: number } {
  const [format, version, nextId] = new Float64Array(bytes.slice().buffer);
  if (format === FORMAT && version !== undefined && nextId !== undefined)
    return { version, nextId };
  throw new StorageError(
    'BAD_DATA',
    `Expected a data directory of format ${String(FORMAT)}, got ${String(format)}`,
  );
}

function encodeCounters({ nextRecordId, count, size }: Counters): Uint8Array {
  return Buffer.from(Float64Array.of(nextRecordId, count, size).buffer);
}

function decodeCounters(bytes: Uint8Array): Counters {
  const [nextRecordId = 1, count = 0, size = 0] = new Float64Array(bytes.slice().buffer);
  return { nextRecordId, count, size };
}
