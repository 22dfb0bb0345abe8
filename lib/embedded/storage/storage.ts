// Storage layer: the data directory as a whole: lock, databases, collections, atomic writes, expiry.
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';

import { CommandError } from '../errors.ts';
import { ID_INDEX } from '../index/specification.ts';
import { type CollectionState, makeCollection, makeIndex, namespaceOf } from './catalog.ts';
import { StoredCollection } from './collection.ts';
import { Engine } from './engine.ts';
import { clearDatabaseFile } from './database-file.ts';
import { type Environment, entriesIn, openEnvironment } from './environment.ts';
import { expireDocuments } from './expiry.ts';
import { removeEntries } from './indexes.ts';
import { rangeOf } from './keys.ts';
import { type DirectoryLock, lockDirectory } from './lock.ts';
import type { Collection, CollectionOptions, OpenStorageOptions, Storage } from './types.ts';

const TTL_INTERVAL_MS = 60_000;

/**
 * Opens a data directory, which this process then owns until `close`.
 * Throws StorageError DIRECTORY_LOCKED if it is open already, BAD_DATA if another version wrote it, ENCRYPTED
 * if it is encrypted and no key was given; and what `options.databaseFile` throws.
 */
export async function openStorage(options: OpenStorageOptions): Promise<Storage> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(options.directory);
  let environment: Environment | undefined;
  try {
    const findFile = options.databaseFile ?? clearDatabaseFile;
    environment = await openEnvironment(await findFile(options.directory));
    return new EmbeddedStorage(lock, new Engine(environment), options);
  } catch (error) {
    await environment?.close();
    await lock.release();
    throw error;
  }
}

class EmbeddedStorage implements Storage {
  private readonly lock: DirectoryLock;
  private readonly engine: Engine;
  private readonly clock: () => number;
  private readonly timer: NodeJS.Timeout | undefined;
  private closing: Promise<void> | undefined;

  constructor(lock: DirectoryLock, engine: Engine, options: OpenStorageOptions) {
    const { clock = Date.now, ttlIntervalMs = TTL_INTERVAL_MS } = options;
    this.lock = lock;
    this.engine = engine;
    this.clock = clock;
    if (ttlIntervalMs > 0) {
      this.timer = setInterval(() => {
        // A failed sweep is tried again at the next interval; what it did not remove is still there.
        this.sweepExpired().catch(() => 0);
      }, ttlIntervalMs);
      this.timer.unref();
    }
  }

  close(): Promise<void> {
    return (this.closing ??= this.closeOnce());
  }

  private async closeOnce(): Promise<void> {
    clearInterval(this.timer);
    await this.engine.close();
    await this.lock.release();
  }

  databases(): readonly string[] {
    return [...new Set(this.states().map(({ database }) => database))].sort();
  }

  collections(database: string): readonly Collection[] {
    return this.states()
      .filter((state) => state.database === database)
      .map((state) => new StoredCollection(this.engine, state));
  }

  collection(database: string, name: string): Collection | undefined {
    const state = this.find(database, name);
    return state && new StoredCollection(this.engine, state);
  }

  createCollection(database: string, name: string, options: CollectionOptions = {}): Collection {
    this.engine.requireWrite();
    requireName(database, name);
    if (this.find(database, name)) {
      throw new CommandError('NamespaceExists', `Collection ${database}.${name} already exists.`);
    }
    const state = makeCollection({
      id: this.engine.newId(),
      database,
      name,
      uuid: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'),
      options,
      indexes: [makeIndex(this.engine.newId(), ID_INDEX)],
    });
    this.engine.put(state);
    return new StoredCollection(this.engine, state);
  }

  dropCollection(database: string, name: string): boolean {
    this.engine.requireWrite();
    const state = this.find(database, name);
    if (!state) return false;
    this.drop(state);
    return true;
  }

  dropDatabase(database: string): boolean {
    this.engine.requireWrite();
    const states = this.states().filter((state) => state.database === database);
    for (const state of states) this.drop(state);
    return states.length > 0;
  }

  renameCollection(from: string, to: string, dropTarget = false): void {
    this.engine.requireWrite();
    const { byNamespace } = this.engine.catalog();
    const [source, target] = [byNamespace.get(from), byNamespace.get(to)];
    if (!source) {
      throw new CommandError('NamespaceNotFound', `Source collection ${from} does not exist`);
    }
    if (from === to) {
      throw new CommandError('IllegalOperation', "Can't rename a collection to itself");
    }
    const dot = to.indexOf('.');
    const [database, name] = [to.slice(0, Math.max(dot, 0)), to.slice(dot + 1)];
    requireName(database, name);
    if (target) {
      if (!dropTarget) throw new CommandError('NamespaceExists', 'target namespace exists');
      this.drop(target);
    }
    this.engine.put({ ...source, database, name });
  }

  write<T>(fn: () => T): Promise<T> {
    return this.engine.write(fn);
  }

  async sweepExpired(): Promise<number> {
    let removed = 0;
    for (const { id } of this.states()) {
      removed += await expireDocuments(this.engine, id, this.clock());
    }
    return removed;
  }

  private states(): readonly CollectionState[] {
    return [...this.engine.catalog().byId.values()];
  }

  private find(database: string, name: string): CollectionState | undefined {
    return this.engine.catalog().byNamespace.get(namespaceOf({ database, name }));
  }

  private drop(state: CollectionState): void {
    for (const index of state.indexes) removeEntries(this.engine, index.id);
    const { documents } = this.engine.environment;
    const keys = [...entriesIn(documents, rangeOf(state.id))].map(({ key }) => key);
    for (const key of keys) documents.removeSync(key);
    this.engine.remove(state);
  }
}

/** Manual, "Naming Restrictions". */
function requireName(database: string, name: string): void {
  if (database === '' || database.length > 63 || /[/\\. "$*<>:|?\0]/.test(database)) {
    throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
  }
  if (name === '' || name.includes('\0') || name.includes('$') || /^\.|\.$|\.\./.test(name)) {
    throw new CommandError('InvalidNamespace', `Invalid collection name: ${database}.${name}`);
  }
  if (Buffer.byteLength(`${database}.${name}`) > 255) {
    throw new CommandError('InvalidNamespace', 'Expected a namespace of at most 255 bytes');
  }
}
