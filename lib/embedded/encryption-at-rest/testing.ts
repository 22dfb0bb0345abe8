// Encryption at rest, tests only: key files, storages on encrypted directories, and a search for plaintext.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { decode, encode } from '../query/values.ts';
import { openStorage } from '../storage/storage.ts';
import { temporaryDirectory } from '../storage/testing.ts';
import type { Storage } from '../storage/types.ts';
import { type ConvertOptions, convertDirectory } from './convert.ts';
import type { KeyFileOptions, MasterKeyOptions } from './options.ts';
import { encryptedDatabaseFile } from './unlock.ts';

/** A new master key in a file of its own, gone after the test. */
export function newKeyFile(): KeyFileOptions {
  const keyFile = join(temporaryDirectory(), 'master.key');
  writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return { provider: 'local', keyFile };
}

/** Opens a directory with encryption, or without it if there is no master key. The caller closes it. */
export function openDirectory(
  directory: string,
  masterKey: MasterKeyOptions | undefined,
  notices: string[] = [],
): Promise<Storage> {
  return openStorage({
    directory,
    ttlIntervalMs: 0,
    ...(masterKey && {
      databaseFile: encryptedDatabaseFile(
        { masterKey, rotateMasterKey: false, notices: [] },
        (notice) => notices.push(notice),
      ),
    }),
  });
}

/** Opens, works, closes. */
export async function withStorage<T>(
  directory: string,
  masterKey: MasterKeyOptions | undefined,
  work: (storage: Storage) => T | Promise<T>,
  notices?: string[],
): Promise<T> {
  const storage = await openDirectory(directory, masterKey, notices);
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

/** Patients with the given words in a plain field, an index of it, a field name and a collection name. */
export async function writePatients(storage: Storage, words: readonly string[]): Promise<void> {
  await storage.write(() => {
    const patients = storage.createCollection('clinic', `of${words[0] ?? ''}`);
    patients.createIndexes([{ name: 'byName', key: { name: 1 } }]);
    for (const [n, word] of words.entries()) {
      patients.insert(encode({ _id: n, name: word, [`field${word}`]: 1, phone: `555${word}` }));
    }
  });
}

/** The names of all patients, in the order in which they were written. */
export function readPatients(storage: Storage): unknown[] {
  const [patients] = storage.collections('clinic');
  return [...(patients?.scan({}).documents ?? [])].map(({ bytes }) => decode(bytes)['name']);
}

const CANARY_START = 24;

/** Different words with one beginning that no other file holds by chance. */
export function newCanaries(count: number): string[] {
  const start = `canary${randomBytes(9).toString('hex')}`;
  return Array.from({ length: count }, (_, n) => `${start}-${String(n)}`);
}

/** The files of a directory in which one of the words, or its beginning, lies in clear, as UTF-8 or UTF-16. */
export function filesWith(directory: string, words: readonly string[]): string[] {
  const starts = [...new Set(words.map((word) => word.slice(0, CANARY_START)))];
  return readdirSync(directory).filter((name) => {
    const content = readFileSync(join(directory, name));
    return starts.some(
      (word) => content.includes(word) || content.includes(Buffer.from(word, 'utf16le')),
    );
  });
}

/** A directory with a database, closed. */
export async function directoryWith(
  words: readonly string[],
  masterKey?: MasterKeyOptions,
): Promise<string> {
  const directory = temporaryDirectory();
  await withStorage(directory, masterKey, (storage) => writePatients(storage, words));
  return directory;
}

/** Converts without a word. */
export function convert(
  directory: string,
  to: ConvertOptions['to'],
  masterKey: MasterKeyOptions,
): Promise<boolean> {
  const silent = () => undefined;
  return convertDirectory({ directory, to, masterKey, notify: silent, onProgress: silent });
}

/** A child process is killed after the test at the latest. */
export function killAfterTest(child: { kill: (signal: 'SIGKILL') => boolean }): void {
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
}
