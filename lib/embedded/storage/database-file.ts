// Storage layer: which file of a data directory is the database. Clear and encrypted databases have different
// file names, because LMDB must never open one as the other: without its key an encrypted file ends the process,
// and under a wrong key it can read as empty. It knows no keys and no key servers.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { StorageError } from './errors.ts';

export const CLEAR_FILE = 'documents.mdb';
export const KEYSTORE_FILE = 'keystore.json';
/** The journal of a conversion; while it is there, nothing but that conversion opens the directory. */
export const CONVERSION_FILE = 'conversion.json';

/** What LMDB opens. */
export interface DatabaseFile {
  readonly path: string;
  /** Absent: the file is clear. */
  readonly encryption?: {
    /** 32 ASCII characters: what LMDB takes. */
    readonly key: string;
    /** The keystore's id, which also lies inside the file. */
    readonly id: string;
  };
}

export interface DirectoryContents {
  readonly clear: boolean;
  /** Names of encrypted database files. */
  readonly encrypted: readonly string[];
  readonly keystore: boolean;
  readonly conversion: boolean;
}

/** The name carries the keystore's id: a keystore of another directory finds no file to open. */
export function encryptedFileName(id: string): string {
  return `encrypted-${id}.mdb`;
}

export function directoryContents(directory: string): DirectoryContents {
  const names = readdirSync(directory);
  return {
    clear: names.includes(CLEAR_FILE),
    encrypted: names.filter((name) => /^encrypted-[0-9a-f]+\.mdb$/.test(name)),
    keystore: names.includes(KEYSTORE_FILE),
    conversion: names.includes(CONVERSION_FILE),
  };
}

/** The clear database. Throws StorageError ENCRYPTED if the directory is, or is about to be, encrypted. */
export function clearDatabaseFile(directory: string): DatabaseFile {
  const contents = directoryContents(directory);
  requireNoConversion(contents);
  if (contents.keystore || contents.encrypted.length > 0) {
    throw new StorageError(
      'ENCRYPTED',
      'Expected `security.enableEncryption`, since the data directory is encrypted, got none. ' +
        'Set it, with `security.encryptionKeyFile` or `security.kmip`, as when the directory was encrypted',
    );
  }
  return { path: join(directory, CLEAR_FILE) };
}

/** Throws StorageError ENCRYPTED. */
export function requireNoConversion(contents: DirectoryContents): void {
  if (!contents.conversion) return;
  throw new StorageError(
    'ENCRYPTED',
    'A conversion of the data directory is unfinished. Finish it with the command that began it, ' +
      '`npm run medco -- at-rest encrypt` or `decrypt`, or give it up with `npm run medco -- at-rest cancel`',
  );
}
