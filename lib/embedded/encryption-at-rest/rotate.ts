// Encryption at rest: wraps the keystore with another master key. The data stay as they are. The old master key is
// destroyed by nobody here, and until the new keystore is on disk the old one is valid: a crash leaves one or the other.
import { existsSync } from 'node:fs';

import { directoryContents, requireNoConversion } from '../storage/database-file.ts';
import { lockDirectory } from '../storage/lock.ts';
import { AtRestError } from './errors.ts';
import { readKeystore, renamed, writeKeystore } from './keystore.ts';
import { firstMasterKey } from './master-key.ts';
import type { MasterKeyOptions } from './options.ts';
import { type Notify, unlock } from './unlock.ts';

/**
 * Rotates the master key of a directory that no server has open. On a KMIP server the new key is the one that
 * `keyIdentifier` names if the keystore never had it, else one that the server makes; with a key file it is the key of
 * `newKeyFile`. Returns a sentence that says what was done.
 */
export async function rotateDirectory(
  directory: string,
  options: MasterKeyOptions,
  newKeyFile: string | undefined,
  notify: Notify,
): Promise<string> {
  if (!existsSync(directory)) {
    throw new AtRestError('DIRECTORY', `Expected a data directory at ${directory}, got none`);
  }
  const lock = await lockDirectory(directory);
  try {
    const contents = directoryContents(directory);
    requireNoConversion(contents);
    if (!contents.keystore && contents.encrypted.length === 0) {
      throw new AtRestError(
        'DIRECTORY',
        `Expected an encrypted data directory at ${directory}, got one that is not`,
      );
    }
    return await rotate(directory, options, newKeyFile, notify);
  } finally {
    await lock.release();
  }
}

async function rotate(
  directory: string,
  options: MasterKeyOptions,
  newKeyFile: string | undefined,
  notify: Notify,
): Promise<string> {
  const isNew = isNewIdentifier(directory, options);
  const blank = { ...options, keyIdentifier: undefined };
  const nextOptions = withNewKey(isNew ? options : blank, newKeyFile);
  const { keystore, masterKey } = await unlock(directory, isNew ? blank : options, notify);
  try {
    const next = await firstMasterKey(nextOptions, directory);
    try {
      if (next.key.equals(masterKey.key)) {
        throw new AtRestError(
          'OPTION',
          'Expected another master key, got the one that is in force',
        );
      }
      writeKeystore(directory, renamed(keystore, next.name), next.key);
      return describe(masterKey.name.keyIdentifier, next.name.keyIdentifier);
    } finally {
      next.key.fill(0);
    }
  } finally {
    masterKey.key.fill(0);
  }
}

function describe(from: string | undefined, to: string | undefined): string {
  return from === undefined || to === undefined
    ? 'Rotated the master key; set `security.encryptionKeyFile` to the new file before the next start.'
    : `Rotated the master key from \`${from}\` to \`${to}\`; the old one was not destroyed.`;
}

/** A configuration that still names the first or a later key asks for a new one, not for that one again. */
function isNewIdentifier(directory: string, options: MasterKeyOptions): boolean {
  if (options.provider === 'local' || options.keyIdentifier === undefined) return false;
  const { keyIdentifier, formerKeyIdentifiers } = readKeystore(directory);
  return ![keyIdentifier, ...formerKeyIdentifiers].includes(options.keyIdentifier);
}

function withNewKey(options: MasterKeyOptions, newKeyFile: string | undefined): MasterKeyOptions {
  if (options.provider === 'local') {
    if (newKeyFile !== undefined) return { provider: 'local', keyFile: newKeyFile };
    throw new AtRestError(
      'OPTION',
      'Expected `--newEncryptionKeyFile`, the file that the keystore is to be wrapped with, got none',
    );
  }
  if (newKeyFile === undefined) return options;
  throw new AtRestError(
    'OPTION',
    'Expected `--newEncryptionKeyFile` with `security.encryptionKeyFile` only, got it with KMIP',
  );
}
