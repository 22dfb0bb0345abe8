// Encryption at rest: from options and a data directory to the file and key that LMDB opens. Whoever calls this holds
// the directory's lock. Everything that is not exactly as it should be ends the start.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  CLEAR_FILE,
  type DatabaseFile,
  directoryContents,
  encryptedFileName,
  KEYSTORE_FILE,
  requireNoConversion,
} from '../storage/database-file.ts';
import { openEnvironment } from '../storage/environment.ts';
import { AtRestError } from './errors.ts';
import {
  type KeystoreDescription,
  newKeystore,
  openKeystore,
  type OpenKeystore,
  readKeystore,
  writeKeystore,
} from './keystore.ts';
import { firstMasterKey, type MasterKey, presentMasterKey } from './master-key.ts';
import type { AtRestOptions, MasterKeyOptions } from './options.ts';

export type Notify = (notice: string) => void;

/**
 * For `openStorage`: makes keystore and database in an empty directory, opens them in an encrypted one, and refuses a
 * clear one. Throws AtRestError and StorageError that say what is wrong and what to do.
 */
export function encryptedDatabaseFile(options: AtRestOptions, notify: Notify = () => undefined) {
  return async (directory: string): Promise<DatabaseFile> => {
    const contents = directoryContents(directory);
    requireNoConversion(contents);
    if (contents.clear) throw clearDirectory(contents.keystore || contents.encrypted.length > 0);
    if (!contents.keystore && contents.encrypted.length === 0) {
      return createDatabase(directory, options.masterKey, notify);
    }
    const { keystore, masterKey } = await unlock(directory, options.masterKey, notify);
    try {
      return await requireDatabase(directory, keystore, masterKey);
    } finally {
      masterKey.key.fill(0);
    }
  };
}

function clearDirectory(mixed: boolean): AtRestError {
  return new AtRestError(
    'DIRECTORY',
    mixed
      ? `Expected a data directory that is either clear or encrypted, got \`${CLEAR_FILE}\` beside a keystore or an encrypted database. Move away what does not belong there`
      : 'Expected an encrypted data directory, since `security.enableEncryption` is set, got a clear one. To convert it, run `npm run medco -- at-rest encrypt` with the same options',
  );
}

async function createDatabase(
  directory: string,
  options: MasterKeyOptions,
  notify: Notify,
): Promise<DatabaseFile> {
  const keystore = await createKeystore(directory, options, notify);
  const file = fileOf(directory, keystore.open);
  try {
    await (await openEnvironment(file)).close();
    markInUse(directory, keystore.open, keystore.masterKey);
  } finally {
    keystore.masterKey.key.fill(0);
  }
  return file;
}

/** A keystore on disk for a database that is not there yet. The caller zeroes the master key. */
export async function createKeystore(
  directory: string,
  options: MasterKeyOptions,
  notify: Notify,
): Promise<{ open: OpenKeystore; masterKey: MasterKey }> {
  const masterKey = await firstMasterKey(options, directory);
  const open = newKeystore(masterKey.name);
  writeKeystore(directory, open, masterKey.key);
  const { keyIdentifier } = masterKey.name;
  if (options.provider === 'kmip' && options.keyIdentifier === undefined) {
    notify(`Made master key \`${keyIdentifier ?? ''}\` on the KMIP server.`);
  }
  return { open, masterKey };
}

/** From here on a missing database is a loss, not a beginning. */
export function markInUse(directory: string, keystore: OpenKeystore, masterKey: MasterKey): void {
  const description = { ...keystore.description, inUse: true };
  writeKeystore(directory, { ...keystore, description }, masterKey.key);
}

/** Opens the keystore of a directory. The caller zeroes the master key. */
export async function unlock(
  directory: string,
  options: MasterKeyOptions,
  notify: Notify,
): Promise<{ keystore: OpenKeystore; masterKey: MasterKey }> {
  const sealed = readKeystore(directory);
  if (sealed.provider !== options.provider) {
    const [expected, got] = [optionOf(sealed.provider), optionOf(options.provider)];
    throw new AtRestError(
      'KEYSTORE',
      `Expected \`${expected}\`, as when the directory was encrypted, got \`${got}\``,
    );
  }
  requireSameIdentifier(sealed, options, notify);
  const masterKey = await presentMasterKey(options, directory, sealed.keyIdentifier);
  try {
    return { keystore: openKeystore(sealed, masterKey.key), masterKey };
  } catch (error) {
    masterKey.key.fill(0);
    throw error;
  }
}

function optionOf(provider: KeystoreDescription['provider']): string {
  return provider === 'local' ? 'security.encryptionKeyFile' : 'security.kmip';
}

/** An identifier counts the first time only; a later one that names another key is a mistake, not a wish. */
function requireSameIdentifier(
  keystore: KeystoreDescription,
  options: MasterKeyOptions,
  notify: Notify,
): void {
  if (options.provider === 'local' || options.keyIdentifier === undefined) return;
  const { keyIdentifier: given } = options;
  const { keyIdentifier = '', formerKeyIdentifiers } = keystore;
  if (given === keyIdentifier) return;
  if (formerKeyIdentifiers.includes(given)) {
    notify(
      `\`security.kmip.keyIdentifier\` names the former master key \`${given}\`; key \`${keyIdentifier}\` is in force.`,
    );
    return;
  }
  throw new AtRestError(
    'KEYSTORE',
    `Expected \`security.kmip.keyIdentifier\` to be \`${keyIdentifier}\` or blank, since it is honoured only when encryption is enabled for the first time, got \`${given}\`. To change the master key, rotate it`,
  );
}

/** The database that the keystore belongs to; made if the directory was only just begun. */
async function requireDatabase(
  directory: string,
  keystore: OpenKeystore,
  masterKey: MasterKey,
): Promise<DatabaseFile> {
  const file = fileOf(directory, keystore);
  const { encrypted } = directoryContents(directory);
  const other = encrypted.find((name) => join(directory, name) !== file.path);
  if (other !== undefined) {
    throw new AtRestError(
      'KEYSTORE',
      `Expected the keystore that belongs to \`${other}\`, got the one of another database. Put the right ${KEYSTORE_FILE} back`,
    );
  }
  if (keystore.description.inUse) {
    if (existsSync(file.path)) return file;
    throw new AtRestError(
      'DIRECTORY',
      `Expected the encrypted database ${file.path}, got none, though the keystore says that it was in use. Put it back from a backup`,
    );
  }
  await (await openEnvironment(file)).close();
  markInUse(directory, keystore, masterKey);
  return file;
}

export function fileOf(
  directory: string,
  { description, databaseKey }: OpenKeystore,
): DatabaseFile {
  const { id } = description;
  return { path: join(directory, encryptedFileName(id)), encryption: { key: databaseKey, id } };
}
