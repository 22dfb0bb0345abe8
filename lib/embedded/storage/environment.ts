// Storage layer, lowest: one LMDB environment with four ordered tables of bytes. It knows no BSON and no catalog.
// Values that it gives out are copies, since LMDB's own buffers die with their transaction.
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';

import type { DatabaseFile } from './database-file.ts';
import { StorageError } from './errors.ts';
import { syncDirectory } from './sync.ts';

type Bytes = Uint8Array;
export type Table = Database<Bytes, Bytes>;

export interface Entry {
  readonly key: Bytes;
  readonly value: Bytes;
}

/** From `start` (inclusive) to `end` (exclusive) in byte order. */
export interface KeyRange {
  readonly start: Bytes;
  readonly end: Bytes;
}

export class Environment {
  readonly catalog: Table;
  readonly counters: Table;
  readonly documents: Table;
  readonly entries: Table;
  private readonly root: RootDatabase<Bytes, Bytes>;

  /** Only for a file that is known to be what `file` says: see `openEnvironment`. */
  constructor(file: DatabaseFile) {
    this.root = openRoot(file);
    const table = (name: string): Table =>
      this.root.openDB<Bytes, Bytes>({ name, encoding: 'binary', keyEncoding: 'binary' });
    this.catalog = table('catalog');
    this.counters = table('counters');
    this.documents = table('documents');
    this.entries = table('entries');
  }

  close(): Promise<void> {
    return this.root.close();
  }

  /**
   * Runs `fn` in a transaction of its own inside the group that is committed next. Resolves when the group is
   * on disk; a throw undoes this one transaction and leaves the rest of its group alone.
   */
  async write<T>(fn: () => T): Promise<T> {
    // The result is wrapped, because LMDB would wait for a thenable and take a certain number as "abort".
    const outcome = await this.root.childTransaction(() => ({ value: fn() }));
    return outcome.value;
  }

  /** A snapshot that stays the same until `done`. */
  snapshot(): Transaction {
    return this.root.useReadTransaction();
  }
}

/** The tables of a database, in the order in which a copy makes them. */
export const TABLES = ['catalog', 'counters', 'documents', 'entries'] as const;

/** Inside an encrypted database: the id of its keystore, under a name that no table has. */
const IDENTITY = Buffer.from('keystore-id');

function openRoot(
  { path, encryption }: DatabaseFile,
  readOnly = false,
): RootDatabase<Bytes, Bytes> {
  return open<Bytes, Bytes>({
    path,
    encoding: 'binary',
    keyEncoding: 'binary',
    // A commit is on disk when its promise resolves; without this it would only be in the page cache.
    overlappingSync: false,
    maxReaders: 2048,
    ...(readOnly && { readOnly }),
    // A Buffer ends the process (lmdb 3.5).
    ...(encryption && { encryptionKey: requireKey(encryption.key) }),
  });
}

function requireKey(key: string): string {
  if (/^[\x21-\x7e]{32}$/.test(key)) return key;
  throw new TypeError('Expected a database key of 32 ASCII characters');
}

/**
 * Opens a database, made if it is not there. Throws StorageError ENCRYPTED if the key does not open it: LMDB itself
 * would show an empty database, and the next write would destroy the old one.
 */
export async function openEnvironment(file: DatabaseFile): Promise<Environment> {
  if (file.encryption) {
    if (existsSync(file.path)) await requireIdentity(file, file.encryption.id);
    else await createEncrypted(file, file.encryption.id);
  }
  return new Environment(file);
}

/** Under another name until its identity is on disk, so that no database is ever without one. */
async function createEncrypted(file: DatabaseFile, id: string): Promise<void> {
  const path = file.path.replace(/\.mdb$/, '.creating.mdb');
  removeDatabase(path);
  const root = openRoot({ ...file, path });
  await root.put(IDENTITY, Buffer.from(id));
  await root.close();
  chmodSync(path, 0o600);
  renameSync(path, file.path);
  removeDatabase(path);
  syncDirectory(dirname(path));
}

async function requireIdentity(file: DatabaseFile, id: string): Promise<void> {
  let found: Bytes | undefined;
  let cause: unknown;
  try {
    const root = openRoot(file, true);
    try {
      found = root.get(IDENTITY);
    } finally {
      await root.close();
    }
  } catch (error) {
    cause = error;
  }
  if (found && Buffer.from(id).equals(found)) return;
  throw new StorageError(
    'ENCRYPTED',
    'Expected the encrypted database that belongs to the keystore, got a file that its key does not open',
    { cause },
  );
}

/** Removes a closed database with its lock file; nothing if it is not there. */
export function removeDatabase(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}-lock`, { force: true });
}

export function read(table: Table, key: Bytes, transaction?: Transaction): Bytes | undefined {
  return table.get(key, transaction ? { transaction } : undefined);
}

/** Values pass through this buffer: LMDB needs a native handle for every memory block that it is given. */
let staging = Buffer.allocUnsafeSlow(1 << 16);

/** Only inside `write`. */
export function write(table: Table, key: Bytes, value: Bytes): void {
  if (value.length > staging.length) staging = Buffer.allocUnsafeSlow(2 * value.length);
  staging.set(value);
  table.putSync(key, staging.subarray(0, value.length));
}

/** Without a transaction it reads the write under way, which must then not change this table meanwhile. */
export function* entriesIn(
  table: Table,
  range: KeyRange,
  options: { reverse?: boolean; transaction?: Transaction | undefined } = {},
): Generator<Entry> {
  const { reverse = false, transaction } = options;
  const bounds = reverse
    ? { start: range.end, exclusiveStart: true, end: range.start, inclusiveEnd: true, reverse }
    : { start: range.start, end: range.end };
  yield* table.getRange(transaction ? { ...bounds, transaction } : bounds);
}

/** The number of entries, at most `limit`. */
export function countIn(
  table: Table,
  range: KeyRange,
  limit: number,
  transaction?: Transaction,
): number {
  const options = { start: range.start, end: range.end, limit };
  return [...table.getKeys(transaction ? { ...options, transaction } : options)].length;
}

/** The number of entries of a whole table, without reading it. */
export function countAll(table: Table): number {
  const stats = table.getStats();
  if ('entryCount' in stats && typeof stats.entryCount === 'number') return stats.entryCount;
  throw new TypeError('Expected LMDB to know the number of entries');
}

/** The smallest key above every key that starts with `prefix`. */
export function afterPrefix(prefix: Bytes): Bytes {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) throw new RangeError('Expected a prefix with a byte below 0xff');
  const after = prefix.slice(0, length);
  after[length - 1] = (after[length - 1] ?? 0) + 1;
  return after;
}
