// Storage layer: one collection as the commands see it. Its state is looked up anew at every call, in the write
// under way or in the newest snapshot, so an object of this class never grows stale.
import { CommandError } from '../errors.ts';
import type { Document } from '../query/values.ts';
import { type CollectionState, makeCollection, namespaceOf } from './catalog.ts';
import type { Engine } from './engine.ts';
import { read, write } from './environment.ts';
import { updateEntries, type Version, versionOf, withFacts } from './index-entries.ts';
import { createIndexes, dropIndexes, setExpiry } from './indexes.ts';
import { documentKey } from './keys.ts';
import { scan } from './scan.ts';
import type {
  Collection,
  CollectionOptions,
  CollectionStats,
  CreateIndexesResult,
  IndexDescription,
  Scan,
  ScanOptions,
  StoredDocument,
  WriteOptions,
} from './types.ts';

export class StoredCollection implements Collection {
  private readonly engine: Engine;
  private readonly id: number;
  /** Answers for the name of a collection that is gone. */
  private last: CollectionState;

  constructor(engine: Engine, state: CollectionState) {
    this.engine = engine;
    this.id = state.id;
    this.last = state;
  }

  get database(): string {
    return this.newest().database;
  }

  get name(): string {
    return this.newest().name;
  }

  get namespace(): string {
    return namespaceOf(this.newest());
  }

  get uuid(): Uint8Array {
    return this.last.uuid;
  }

  get options(): CollectionOptions {
    return this.newest().options;
  }

  count(): number {
    return this.engine.counters(this.id).count;
  }

  stats(): CollectionStats {
    const { count, size } = this.engine.counters(this.id);
    const avgObjSize = count === 0 ? 0 : Math.floor(size / count);
    return { count, size, avgObjSize, nindexes: this.newest().indexes.length };
  }

  indexes(): readonly IndexDescription[] {
    return this.newest().indexes.map(({ description }) => description);
  }

  scan(filter: Document, options: ScanOptions = {}): Scan {
    return scan(this.engine, this.require(), filter, options);
  }

  get(recordId: number): StoredDocument | undefined {
    const bytes = read(this.engine.environment.documents, documentKey(this.id, recordId));
    return bytes && { recordId, bytes };
  }

  setOptions(options: CollectionOptions): void {
    this.engine.requireWrite();
    const state = this.require();
    this.engine.put(makeCollection({ ...state, options: { ...state.options, ...options } }));
  }

  createIndexes(specifications: readonly Document[]): CreateIndexesResult {
    this.engine.requireWrite();
    return createIndexes(this.engine, this.require(), specifications);
  }

  dropIndexes(nameOrKeys: string | Document): void {
    this.engine.requireWrite();
    dropIndexes(this.engine, this.require(), nameOrKeys);
  }

  setExpiry(nameOrKeys: string | Document, expireAfterSeconds: number): void {
    this.engine.requireWrite();
    setExpiry(this.engine, this.require(), nameOrKeys, expireAfterSeconds);
  }

  insert(bytes: Uint8Array, options: WriteOptions = {}): number {
    this.engine.requireWrite();
    const state = this.require();
    const after = versionOf(bytes);
    validate(state, after, undefined, options);
    const counters = this.engine.counters(this.id);
    const recordId = counters.nextRecordId;
    this.store(state, recordId, undefined, after);
    counters.nextRecordId++;
    counters.count++;
    counters.size += bytes.length;
    return recordId;
  }

  replace(recordId: number, bytes: Uint8Array, options: WriteOptions = {}): void {
    this.engine.requireWrite();
    const state = this.require();
    const old = this.get(recordId);
    if (!old) throw new CommandError('InternalError', 'Expected a record to replace, got none');
    const [before, after] = [versionOf(old.bytes), versionOf(bytes)];
    validate(state, after, before, options);
    this.store(state, recordId, before, after);
    this.engine.counters(this.id).size += bytes.length - old.bytes.length;
  }

  remove(recordId: number): boolean {
    this.engine.requireWrite();
    const state = this.require();
    const old = this.get(recordId);
    if (!old) return false;
    const { environment } = this.engine;
    updateEntries(environment, state, recordId, versionOf(old.bytes), undefined);
    environment.documents.removeSync(documentKey(this.id, recordId));
    const counters = this.engine.counters(this.id);
    counters.count--;
    counters.size -= old.bytes.length;
    return true;
  }

  private store(
    state: CollectionState,
    recordId: number,
    before: Version | undefined,
    after: Version,
  ): void {
    const { environment } = this.engine;
    const learnt = updateEntries(environment, state, recordId, before, after);
    write(environment.documents, documentKey(this.id, recordId), after.bytes);
    if (learnt.size === 0) return;
    const indexes = state.indexes.map((index) => {
      const facts = learnt.get(index.id);
      return facts ? withFacts(index, facts) : index;
    });
    this.engine.put({ ...state, indexes });
  }

  private newest(): CollectionState {
    return (this.last = this.engine.catalog().byId.get(this.id) ?? this.last);
  }

  private require(): CollectionState {
    const state = this.engine.catalog().byId.get(this.id);
    if (!state)
      throw new CommandError('NamespaceNotFound', `ns not found: ${namespaceOf(this.last)}`);
    return (this.last = state);
  }
}

function validate(
  { validator }: CollectionState,
  after: Version,
  before: Version | undefined,
  { bypassDocumentValidation = false }: WriteOptions,
): void {
  if (bypassDocumentValidation) return;
  validator?.check(after.decoded(), before && (() => before.decoded()));
}
