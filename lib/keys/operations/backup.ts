// Backups of the key vault: every data key as it is wrapped, and the policy, as lines of EJSON. A file is complete or
// it is not there. Wrapped keys open with the CMK alone, so erasure reaches into these files too.
import 'server-only';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { BSON, type Document, type UUID } from 'mongodb';
import { recordEvent } from '@/lib/audit/record-event';
import { keyVault, keyVaultDb } from '@/lib/db/connections';
import { KEY_VAULT } from '@/lib/db/names';
import { env } from '@/lib/env';
import { KeyError } from '../errors';
import { KEY_POLICY } from '../policy';

const { EJSON } = BSON;

/** Where backups lie unless a caller names another folder. */
export function defaultBackupDir(): string {
  return join(env().dataDir, 'backups');
}

const NAME = /^key-vault-.*\.ejson$/;
const UNFINISHED = '.unfinished';
const BATCH = 1000;
const MOST_ATTEMPTS = 10;

export interface VaultBackup {
  readonly path: string;
  /** Data keys in it. */
  readonly keys: number;
}

/** One line of a backup: the collection that the document belongs to, and the document. */
interface BackupLine {
  readonly collection: string;
  readonly document: Document;
}

/**
 * Writes every data key and the key policy into a new file below `dir`, which only its owner can read, and reads it back
 * before it gets its name. Throws KeyError `VAULT` if what lies on the disk is not what was written.
 */
export async function backupKeyVault(dir: string): Promise<VaultBackup> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeBackup(dir);
    } catch (error) {
      // An erasure deletes what is unfinished: it may hold the very key.
      if (attempt === MOST_ATTEMPTS || !isMissing(error)) throw error;
    }
  }
}

/** The same, asked for by a person or a timer and not as a part of an operation: one event in the audit log. */
export async function backupOnRequest(dir: string, startedBy: string | null): Promise<VaultBackup> {
  await recordEvent({
    ...{ action: 'backup-keys', outcome: 'begun', userId: startedBy },
    ...{ role: startedBy === null ? null : 'officer', session: null },
  });
  return backupKeyVault(dir);
}

async function writeBackup(dir: string): Promise<VaultBackup> {
  const unfinished = unfinishedName(dir);
  try {
    const written = await writeLines(unfinished, vaultLines());
    await requireEqual(unfinished, written);
    const path = await publish(unfinished, dir);
    await forgetVanished(path);
    return { path, keys: written.lines - 1 };
  } finally {
    await rm(unfinished, { force: true });
  }
}

/**
 * Takes destroyed data keys out of every backup below `dir`; returns the files that held one. Call it after the
 * keys are gone from the vault. Files that a killed run left unfinished are deleted: they may hold any key.
 */
export async function forgetKeyInBackups(dir: string, keyIds: readonly UUID[]): Promise<string[]> {
  const changed: string[] = [];
  for (const name of await filesIn(dir)) {
    const path = join(dir, name);
    if (name.endsWith(UNFINISHED)) await rm(path, { force: true });
    else if (NAME.test(name) && (await forget(path, keyIds))) changed.push(path);
  }
  if (changed.length > 0) await syncFolder(dir);
  return changed;
}

/** The lines of a backup, in order. Throws KeyError `VAULT` at a line that is none. */
export async function* readBackup(path: string): AsyncGenerator<BackupLine> {
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    yield parseLine(line);
  }
}

async function* vaultLines(): AsyncGenerator<string> {
  const policy = await keyVaultDb().collection(KEY_POLICY).findOne({});
  if (policy === null) throw new KeyError('VAULT', 'Expected a key policy to back up, got none');
  yield line(KEY_POLICY, policy);
  for await (const key of keyVault().find().sort({ _id: 1 })) yield line(KEY_VAULT, key);
}

interface Written {
  readonly lines: number;
  readonly digest: string;
}

async function writeLines(path: string, lines: AsyncIterable<string>): Promise<Written> {
  const digest = createHash('sha256');
  let count = 0;
  const file = createWriteStream(path, { flags: 'w', mode: 0o600, flush: true });
  for await (const each of lines) {
    const text = `${each}\n`;
    digest.update(text);
    count += 1;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return { lines: count, digest: digest.digest('hex') };
}

async function requireEqual(path: string, written: Written): Promise<void> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer);
  const lines = await countLines(path);
  if (lines === written.lines && digest.digest('hex') === written.digest) return;
  throw new KeyError(
    'VAULT',
    `Expected a backup of ${written.lines} lines as they were written, got ${lines} or other bytes`,
  );
}

async function countLines(path: string): Promise<number> {
  const lines = readBackup(path);
  let count = 0;
  while ((await lines.next()).done !== true) count += 1;
  return count;
}

/**
 * A key that was erased while the backup was written may be in it: erasure empties the files that it finds after
 * the key is gone, so whatever it could not find yet is emptied here.
 */
async function forgetVanished(path: string): Promise<void> {
  const gone: UUID[] = [];
  let some: UUID[] = [];
  const ask = async (): Promise<void> => {
    const there = await keyVault()
      .find({ _id: { $in: some } }, { projection: { _id: 1 } })
      .map((key) => key._id.toHexString())
      .toArray();
    const known = new Set(there);
    gone.push(...some.filter((id) => !known.has(id.toHexString())));
    some = [];
  };
  for await (const { collection, document } of readBackup(path)) {
    if (collection !== KEY_VAULT) continue;
    some.push(document['_id'] as UUID);
    if (some.length === BATCH) await ask();
  }
  if (some.length > 0) await ask();
  if (gone.length > 0) await forget(path, gone);
}

/** Rewrites one file without these keys, if it holds any. */
async function forget(path: string, keyIds: readonly UUID[]): Promise<boolean> {
  const ids = new Set(keyIds.map((id) => id.toHexString()));
  const isForgotten = ({ collection, document }: BackupLine): boolean =>
    collection === KEY_VAULT && ids.has((document['_id'] as UUID).toHexString());
  if (!(await hasLine(path, isForgotten))) return false;
  const kept = async function* (): AsyncGenerator<string> {
    for await (const each of readBackup(path)) {
      if (!isForgotten(each)) yield line(each.collection, each.document);
    }
  };
  const unfinished = unfinishedName(dirname(path));
  try {
    await requireEqual(unfinished, await writeLines(unfinished, kept()));
    await rename(unfinished, path);
    return true;
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function hasLine(path: string, is: (line: BackupLine) => boolean): Promise<boolean> {
  for await (const each of readBackup(path)) if (is(each)) return true;
  return false;
}

function line(collection: string, document: Document): string {
  return EJSON.stringify({ collection, document }, { relaxed: false });
}

function parseLine(text: string): BackupLine {
  let parsed: unknown;
  try {
    parsed = EJSON.parse(text, { relaxed: false });
  } catch {
    // The parser's own message would quote the line.
    parsed = null;
  }
  if (isLine(parsed)) return parsed;
  throw new KeyError('VAULT', 'Expected a line of a key vault backup, got something else');
}

function isLine(value: unknown): value is BackupLine {
  return (
    typeof value === 'object' &&
    value !== null &&
    'collection' in value &&
    (value.collection === KEY_VAULT || value.collection === KEY_POLICY) &&
    'document' in value &&
    typeof value.document === 'object'
  );
}

function unfinishedName(dir: string): string {
  return join(dir, `key-vault-${randomUUID()}${UNFINISHED}`);
}

/** Gives the file a name that no other backup has: `link` refuses to overwrite. */
async function publish(unfinished: string, dir: string): Promise<string> {
  const time = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  for (let at = 1; ; at += 1) {
    const path = join(dir, `key-vault-${time}${at === 1 ? '' : `-${at}`}.ejson`);
    try {
      await link(unfinished, path);
      await rm(unfinished);
      await syncFolder(dir);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

async function filesIn(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => name.startsWith('key-vault-')).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The name itself must survive a power failure. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
