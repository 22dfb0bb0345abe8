// Encryption at rest: converts a data directory, clear to encrypted or back. Copies everything into a new database,
// compares the two entry by entry, and only then makes the copy the true one; the journal's change of phase is that
// moment. Killed at any point, the same command goes on where it was.
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { copyEnvironment, findDifference, type OnCopied } from '../storage/copy.ts';
import {
  CLEAR_FILE,
  type DatabaseFile,
  directoryContents,
  KEYSTORE_FILE,
} from '../storage/database-file.ts';
import { openEnvironment, removeDatabase } from '../storage/environment.ts';
import { lockDirectory } from '../storage/lock.ts';
import { syncDirectory } from '../storage/sync.ts';
import {
  type ConversionJournal,
  readJournal,
  removeJournal,
  writeJournal,
} from './conversion-journal.ts';
import { AtRestError } from './errors.ts';
import type { OpenKeystore } from './keystore.ts';
import type { MasterKey } from './master-key.ts';
import type { MasterKeyOptions } from './options.ts';
import { createKeystore, fileOf, markInUse, type Notify, unlock } from './unlock.ts';

export interface ConvertOptions {
  readonly directory: string;
  readonly to: ConversionJournal['to'];
  /** Opens the encrypted side. */
  readonly masterKey: MasterKeyOptions;
  readonly notify: Notify;
  /** Called for each phase, `copy` and `compare`, as it goes on. */
  readonly onProgress: (phase: 'copy' | 'compare', ...counts: Parameters<OnCopied>) => void;
}

/**
 * Converts a directory that no server has open, or goes on with a conversion that was interrupted. Returns false if it
 * is converted already. Throws AtRestError, and StorageError DIRECTORY_LOCKED.
 */
export function convertDirectory(options: ConvertOptions): Promise<boolean> {
  return withDirectory(options.directory, async () => {
    const { directory, to } = options;
    const journal = readJournal(directory);
    if (journal && journal.to !== to) throw otherConversion(journal);
    if (journal?.phase === 'verified') {
      finish(directory, journal);
      return true;
    }
    if (!journal) {
      if (isConverted(directory, to)) return false;
      writeJournal(directory, {
        format: 1,
        to,
        phase: 'copying',
        began: new Date().toISOString(),
      });
    }
    await copyAndVerify(options);
    return true;
  });
}

/** Gives up a conversion that was not finished. Returns false if there is none. Throws AtRestError CONVERSION. */
export function cancelConversion(directory: string): Promise<boolean> {
  return withDirectory(directory, () => {
    const journal = readJournal(directory);
    if (!journal) return Promise.resolve(false);
    if (journal.phase === 'verified') {
      throw new AtRestError(
        'CONVERSION',
        `Expected a conversion that is not finished, got one whose copy is complete. ${goOn(journal)}`,
      );
    }
    removeCopies(directory);
    // It was made for the copy; nothing else is wrapped in it.
    if (journal.to === 'encrypted') rmSync(join(directory, KEYSTORE_FILE), { force: true });
    removeJournal(directory);
    return Promise.resolve(true);
  });
}

async function withDirectory<T>(directory: string, work: () => Promise<T>): Promise<T> {
  if (!existsSync(directory)) {
    throw new AtRestError('DIRECTORY', `Expected a data directory at ${directory}, got none`);
  }
  const lock = await lockDirectory(directory);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Throws AtRestError DIRECTORY if the directory is neither what is asked for nor what that can be made of. */
function isConverted(directory: string, to: ConversionJournal['to']): boolean {
  const { clear, encrypted, keystore } = directoryContents(directory);
  const isEncrypted = keystore || encrypted.length > 0;
  if (clear && isEncrypted) {
    throw new AtRestError(
      'DIRECTORY',
      `Expected a data directory that is either clear or encrypted, got \`${CLEAR_FILE}\` beside a keystore or an encrypted database`,
    );
  }
  if (!clear && !isEncrypted) {
    throw new AtRestError('DIRECTORY', `Expected a database in ${directory}, got none`);
  }
  return to === 'encrypted' ? isEncrypted : clear;
}

async function copyAndVerify(options: ConvertOptions): Promise<void> {
  const { directory, to } = options;
  const { keystore, masterKey } = await openKeys(options);
  try {
    const clear: DatabaseFile = { path: join(directory, CLEAR_FILE) };
    const encrypted = fileOf(directory, keystore);
    const [source, target] = to === 'encrypted' ? [clear, encrypted] : [encrypted, clear];
    if (!existsSync(source.path)) {
      throw new AtRestError('DIRECTORY', `Expected the database ${source.path}, got none`);
    }
    const copy = { ...target, path: copyPath(target.path) };
    await copyAll(source, copy, options);
    await compareAll(source, copy, options);
    if (to === 'encrypted') markInUse(directory, keystore, masterKey);
    syncDirectory(directory);
    const journal = readJournal(directory);
    if (!journal) throw new AtRestError('CONVERSION', 'Expected the journal of this conversion');
    const verified: ConversionJournal = {
      ...journal,
      phase: 'verified',
      target: basename(target.path),
    };
    writeJournal(directory, verified);
    finish(directory, verified);
  } finally {
    masterKey.key.fill(0);
  }
}

async function openKeys({ directory, to, masterKey, notify }: ConvertOptions): Promise<{
  keystore: OpenKeystore;
  masterKey: MasterKey;
}> {
  if (to === 'clear' || directoryContents(directory).keystore) {
    return unlock(directory, masterKey, notify);
  }
  const created = await createKeystore(directory, masterKey, notify);
  return { keystore: created.open, masterKey: created.masterKey };
}

/** A copy under way has a name that no server opens. */
function copyPath(path: string): string {
  return path.replace(/\.mdb$/, '.converting.mdb');
}

async function copyAll(
  source: DatabaseFile,
  copy: DatabaseFile,
  { onProgress }: ConvertOptions,
): Promise<void> {
  const from = await openEnvironment(source);
  try {
    const to = await openEnvironment(copy);
    try {
      await copyEnvironment(from, to, (...counts) => onProgress('copy', ...counts));
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** Opens both anew, so that what is compared was read back from the files. */
async function compareAll(
  source: DatabaseFile,
  copy: DatabaseFile,
  { onProgress }: ConvertOptions,
): Promise<void> {
  const from = await openEnvironment(source);
  try {
    const to = await openEnvironment(copy);
    try {
      const table = await findDifference(from, to, (...counts) => onProgress('compare', ...counts));
      if (table === undefined) return;
      throw new AtRestError(
        'CONVERSION',
        `Expected a copy that equals the database, got one that differs in table \`${table}\`. The database is untouched; give the copy up with \`npm run medco -- at-rest cancel\` and begin again`,
      );
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** From `verified` to the end. Each step may have been done already. */
function finish(directory: string, journal: ConversionJournal): void {
  const target = join(directory, requireTarget(journal));
  if (existsSync(copyPath(target))) renameSync(copyPath(target), target);
  if (!existsSync(target)) {
    throw new AtRestError('CONVERSION', `Expected the verified copy ${target}, got none`);
  }
  syncDirectory(directory);
  removeCopies(directory);
  if (journal.to === 'encrypted') removeDatabase(join(directory, CLEAR_FILE));
  else {
    for (const name of directoryContents(directory).encrypted)
      removeDatabase(join(directory, name));
    rmSync(join(directory, KEYSTORE_FILE), { force: true });
  }
  removeJournal(directory);
}

function requireTarget({ target }: ConversionJournal): string {
  const isName = target !== undefined && /^(documents|encrypted-[0-9a-f]{32})\.mdb$/.test(target);
  if (isName) return target;
  throw new AtRestError('CONVERSION', 'Expected the name of the copy in the journal, got none');
}

/** Copies that have no live name yet, with their lock files. */
function removeCopies(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (/\.(converting|creating|converting\.creating)\.mdb(-lock)?$/.test(name)) {
      rmSync(join(directory, name), { force: true });
    }
  }
}

function otherConversion(journal: ConversionJournal): AtRestError {
  return new AtRestError(
    'CONVERSION',
    `Expected no other conversion under way, got one that began at ${journal.began}. ${goOn(journal)}`,
  );
}

function goOn({ to, phase }: ConversionJournal): string {
  const command = to === 'encrypted' ? 'encrypt' : 'decrypt';
  const cancel =
    phase === 'copying' ? ', or give it up with `npm run medco -- at-rest cancel`' : '';
  return `Finish it with \`npm run medco -- at-rest ${command}\`${cancel}`;
}
