// `medco at-rest …`: encryption at rest of the embedded database, while no server has it open. Options are those
// of docs/at-rest.md: flags, environment variables, or the file of `--config`.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from '../../lib/env.ts';
import { readJournal } from '../../lib/embedded/encryption-at-rest/conversion-journal.ts';
import {
  cancelConversion,
  convertDirectory,
} from '../../lib/embedded/encryption-at-rest/convert.ts';
import { AtRestError } from '../../lib/embedded/encryption-at-rest/errors.ts';
import { readKeystore } from '../../lib/embedded/encryption-at-rest/keystore.ts';
import { type Flags, readFlags } from '../../lib/embedded/encryption-at-rest/option-sources.ts';
import {
  type AtRestOptions,
  readAtRestOptions,
} from '../../lib/embedded/encryption-at-rest/options.ts';
import { rotateDirectory } from '../../lib/embedded/encryption-at-rest/rotate.ts';
import { directoryContents } from '../../lib/embedded/storage/database-file.ts';
import { createProgress, type Progress } from '../progress.ts';
import { say, UsageError, type Command } from './command.ts';

type To = Parameters<typeof convertDirectory>[0]['to'];
type OnProgress = Parameters<typeof convertDirectory>[0]['onProgress'];

export const atRestCommand: Command = {
  name: 'at-rest',
  usage: [
    ['at-rest status', 'says whether the embedded database is encrypted at rest, and how'],
    ['at-rest encrypt', 'encrypts a clear data directory; goes on where it was killed'],
    ['at-rest decrypt', 'the reverse'],
    ['at-rest cancel', 'gives up a conversion that is not finished'],
    [
      'at-rest rotate [--newEncryptionKeyFile FILE]',
      'wraps the keystore with another master key; the data stay as they are',
    ],
    ['  … [--config FILE] [--enableEncryption] [--kmipServerName …]', 'see docs/at-rest.md'],
  ],
  run: async ([action, ...args]) => {
    const run = ACTIONS[action ?? ''];
    if (run === undefined) {
      throw new UsageError('Expected `at-rest` status, encrypt, decrypt, cancel or rotate');
    }
    const flags = readFlags(args, {
      dbpath: { type: 'string' },
      newEncryptionKeyFile: { type: 'string' },
    });
    if (flags.own['newEncryptionKeyFile'] !== undefined && action !== 'rotate') {
      throw new UsageError('Expected `--newEncryptionKeyFile` with `rotate` only');
    }
    await run(directoryOf(flags), flags);
  },
};

const ACTIONS: Record<string, ((directory: string, flags: Flags) => Promise<void>) | undefined> = {
  status: (directory) => {
    status(directory);
    return Promise.resolve();
  },
  encrypt: (directory, flags) => convert(directory, flags, 'encrypted'),
  decrypt: (directory, flags) => convert(directory, flags, 'clear'),
  cancel: async (directory) => {
    const was = await cancelConversion(directory);
    say(was ? 'Gave up the conversion; the database is as it was' : 'No conversion is under way');
  },
  rotate: async (directory, flags) => {
    const { newEncryptionKeyFile: file } = flags.own;
    const newKeyFile = typeof file === 'string' ? resolve(file) : undefined;
    say(await rotateDirectory(directory, optionsOf(flags).masterKey, newKeyFile, warn));
  },
};

/** Where `npm start` keeps the embedded database, unless another directory is named. */
function directoryOf({ own }: Flags): string {
  const { dbpath } = own;
  return typeof dbpath === 'string'
    ? resolve(dbpath)
    : join(parseEnv(process.env).dataDir, 'database');
}

function optionsOf(flags: Flags): AtRestOptions {
  const options = readAtRestOptions({ flags, environment: process.env });
  if (!options) {
    throw new AtRestError(
      'OPTION',
      'Expected `security.enableEncryption` with `security.encryptionKeyFile` or `security.kmip`, got none; see docs/at-rest.md',
    );
  }
  for (const notice of options.notices) warn(notice);
  return options;
}

async function convert(directory: string, flags: Flags, to: To): Promise<void> {
  const { masterKey } = optionsOf(flags);
  const progress = phases();
  const done = await convertDirectory({
    directory,
    to,
    masterKey,
    notify: warn,
    onProgress: progress.update,
  }).finally(progress.finish);
  const state = to === 'encrypted' ? 'encrypted' : 'clear';
  say(
    done
      ? `The data directory is ${state}: copied, compared entry by entry, old files removed`
      : `The data directory is ${state} already`,
  );
}

/** One line of progress for each phase. */
function phases(): { update: OnProgress; finish: () => void } {
  let phase = '';
  let line: Progress | undefined;
  const finish = (): void => {
    line?.finish();
    line = undefined;
  };
  return {
    finish,
    update: (name, done, now, total) => {
      if (name !== phase) {
        finish();
        phase = name;
      }
      line ??= createProgress(name === 'copy' ? 'Copied entries' : 'Compared entries', total);
      line.update(done, now);
    },
  };
}

function status(directory: string): void {
  if (!existsSync(directory)) {
    say(`There is no data directory at ${directory}`);
    return;
  }
  const contents = directoryContents(directory);
  say(`Data directory   ${directory}`);
  const journal = readJournal(directory);
  if (journal) {
    const command = journal.to === 'encrypted' ? 'encrypt' : 'decrypt';
    say(`Conversion       unfinished since ${journal.began}; go on with at-rest ${command}`);
  }
  if (!contents.keystore) {
    const encrypted = contents.encrypted.length > 0 ? 'encrypted, but its keystore is missing' : '';
    say(`State            ${encrypted === '' ? 'clear' : encrypted}`);
    return;
  }
  const keystore = readKeystore(directory);
  say(`State            ${contents.clear ? 'clear, with a keystore' : 'encrypted'}`);
  const where =
    keystore.provider === 'kmip' ? `KMIP key ${keystore.keyIdentifier ?? ''}` : 'key file';
  say(`Master key       ${where}`);
  const former = keystore.formerKeyIdentifiers;
  if (former.length > 0) say(`Former keys      ${former.join(', ')}`);
  say(`Created          ${keystore.created}`);
  say(`Rotated          ${keystore.rotated ?? 'never'}`);
}

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}
