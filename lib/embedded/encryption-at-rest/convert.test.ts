// Conversions of a data directory, finished, interrupted between any two steps, and refused.
import { copyFileSync, cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';

import { copyEnvironment } from '../storage/copy.ts';
import { CLEAR_FILE, encryptedFileName, KEYSTORE_FILE } from '../storage/database-file.ts';
import { openEnvironment, write } from '../storage/environment.ts';
import { temporaryDirectory } from '../storage/testing.ts';
import { readJournal, writeJournal } from './conversion-journal.ts';
import { cancelConversion, convertDirectory } from './convert.ts';
import { readKeystore } from './keystore.ts';
import type { KeyFileOptions } from './options.ts';
import {
  convert,
  directoryWith,
  filesWith,
  newCanaries,
  newKeyFile,
  openDirectory,
  readPatients,
  withStorage,
} from './testing.ts';

const words = newCanaries(5000);
let keyFile: KeyFileOptions;
beforeEach(() => {
  keyFile = newKeyFile();
});

function databaseFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /\.(mdb|json)$/.test(name) && name !== 'holder.json')
    .sort();
}

function copyOf(directory: string): string {
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

describe('a conversion', () => {
  it('encrypts all there is and removes what was clear; back again it is as it was', async () => {
    const directory = await directoryWith(words);
    expect(filesWith(directory, words)).toEqual([CLEAR_FILE]);
    expect(await convert(directory, 'encrypted', keyFile)).toBe(true);
    expect(filesWith(directory, words)).toEqual([]);
    const { id, inUse } = readKeystore(directory);
    expect(inUse).toBe(true);
    expect(databaseFiles(directory)).toEqual([encryptedFileName(id), KEYSTORE_FILE]);
    await withStorage(directory, keyFile, async (storage) => {
      expect(readPatients(storage)).toEqual(words);
      expect(storage.collections('clinic')[0]?.indexes()).toHaveLength(2);
      await storage.write(() => storage.createCollection('clinic', 'later'));
    });
    expect(await convert(directory, 'encrypted', keyFile)).toBe(false);

    expect(await convert(directory, 'clear', keyFile)).toBe(true);
    expect(databaseFiles(directory)).toEqual([CLEAR_FILE]);
    await withStorage(directory, undefined, (storage) => {
      expect(readPatients(storage)).toEqual(words);
      expect(storage.collections('clinic')).toHaveLength(2);
    });
    expect(await convert(directory, 'clear', keyFile)).toBe(false);
  });

  it('is refused without a database, without its key, and while a server runs', async () => {
    const empty = temporaryDirectory();
    await expect(convert(empty, 'encrypted', keyFile)).rejects.toThrow(/got none/);
    await expect(convert(join(empty, 'none'), 'encrypted', keyFile)).rejects.toThrow(/got none/);
    const directory = await directoryWith(['a'], keyFile);
    await expect(convert(directory, 'clear', newKeyFile())).rejects.toMatchObject({
      code: 'WRONG_MASTER_KEY',
    });
    const clear = await directoryWith(['a']);
    await withStorage(clear, undefined, async () => {
      await expect(convert(clear, 'encrypted', keyFile)).rejects.toMatchObject({
        code: 'DIRECTORY_LOCKED',
      });
    });
    await expect(cancelConversion(clear)).resolves.toBe(false);
  });
});

/** Stops a conversion as soon as it has copied something, as a full disk would. */
async function interrupted(directory: string, to: 'encrypted' | 'clear'): Promise<void> {
  const stop = new Error('stopped');
  const converting = convertDirectory({
    directory,
    to,
    masterKey: keyFile,
    notify: () => undefined,
    onProgress: (_phase, done) => {
      if (done > 2000) throw stop;
    },
  });
  await expect(converting).rejects.toBe(stop);
}

describe.each(['encrypted', 'clear'] as const)('a conversion to %s that was interrupted', (to) => {
  const before = to === 'encrypted' ? undefined : 'encrypted';
  const source = () => directoryWith(words, before && keyFile);
  const open = (directory: string, side: 'old' | 'new') => {
    const isEncrypted = (side === 'new') === (to === 'encrypted');
    return withStorage(directory, isEncrypted ? keyFile : undefined, readPatients);
  };

  it('keeps the directory shut for every server, and the other conversion away', async () => {
    const directory = await source();
    await interrupted(directory, to);
    for (const key of [keyFile, undefined]) {
      await expect(openDirectory(directory, key)).rejects.toThrow(/conversion .* is unfinished/);
    }
    const other = to === 'encrypted' ? 'clear' : 'encrypted';
    await expect(convert(directory, other, keyFile)).rejects.toThrow(/Finish it with/);
  });

  it('goes on after the last entry that was copied', async () => {
    const directory = await source();
    await interrupted(directory, to);
    const copied: number[] = [];
    await convertDirectory({
      directory,
      to,
      masterKey: keyFile,
      notify: () => undefined,
      onProgress: (phase, done, now) => {
        if (phase === 'copy') copied.push(done - now);
      },
    });
    expect(copied[0]).toBeGreaterThan(0);
    expect(await open(directory, 'new')).toEqual(words);
  });

  it('can be given up, and nothing of the copy stays', async () => {
    const directory = await source();
    const files = databaseFiles(directory);
    await interrupted(directory, to);
    expect(databaseFiles(directory)).not.toEqual(files);
    expect(await cancelConversion(directory)).toBe(true);
    expect(databaseFiles(directory)).toEqual(files);
    expect(await open(directory, 'old')).toEqual(words);
  });

  it('refuses a copy that differs, and keeps the database', async () => {
    const directory = await source();
    await interrupted(directory, to);
    const name = readdirSync(directory).find((file) => file.endsWith('.converting.mdb')) ?? '';
    const encryption = await encryptionOf(directory);
    const copy = await openEnvironment({
      path: join(directory, name),
      ...(to === 'encrypted' && { encryption }),
    });
    await copy.write(() => write(copy.counters, Buffer.from('more'), Buffer.from('x')));
    await copy.close();
    await expect(convert(directory, to, keyFile)).rejects.toThrow(/differs in table `counters`/);
    await cancelConversion(directory);
    expect(await open(directory, 'old')).toEqual(words);
  });

  it('after the copy was verified, ends from every step without a key', async () => {
    const old = await source();
    const done = copyOf(old);
    await convert(done, to, keyFile);
    const target = databaseFiles(done).find((name) => name.endsWith('.mdb')) ?? '';
    const converting = target.replace('.mdb', '.converting.mdb');
    const verified = {
      format: 1,
      to,
      phase: 'verified',
      target,
      began: '2026-01-01T00:00:00Z',
    } as const;
    const steps: Record<string, (directory: string) => void> = {
      'before the copy has its name': (directory) => {
        renameSync(join(directory, target), join(directory, converting));
        for (const name of databaseFiles(old)) copyFileSync(join(old, name), join(directory, name));
      },
      'before the old files are gone': (directory) => {
        for (const name of databaseFiles(old)) copyFileSync(join(old, name), join(directory, name));
      },
      'before the journal is gone': () => undefined,
    };
    for (const prepare of Object.values(steps)) {
      const directory = copyOf(done);
      prepare(directory);
      if (to === 'encrypted')
        copyFileSync(join(done, KEYSTORE_FILE), join(directory, KEYSTORE_FILE));
      writeJournal(directory, verified);
      await expect(openDirectory(directory, keyFile)).rejects.toThrow(/unfinished/);
      await expect(cancelConversion(directory)).rejects.toThrow(/copy is complete/);
      expect(await convert(directory, to, { provider: 'local', keyFile: '/none' })).toBe(true);
      expect(readJournal(directory)).toBeUndefined();
      expect(databaseFiles(directory)).toEqual(databaseFiles(done));
      expect(await open(directory, 'new')).toEqual(words);
    }
  });

  it('removes no old file when the verified copy is missing', async () => {
    const directory = await source();
    const target = to === 'encrypted' ? encryptedFileName('0'.repeat(32)) : CLEAR_FILE;
    writeJournal(directory, {
      format: 1,
      to,
      phase: 'verified',
      target,
      began: '2026-01-01T00:00:00Z',
    });
    await expect(convert(directory, to, keyFile)).rejects.toThrow(/Expected the verified copy/);
    rmSync(join(directory, 'conversion.json'));
    expect(await open(directory, 'old')).toEqual(words);
  });
});

async function encryptionOf(directory: string) {
  const { unlock } = await import('./unlock.ts');
  const { keystore } = await unlock(directory, keyFile, () => undefined);
  return { key: keystore.databaseKey, id: keystore.description.id };
}

describe('a copy of an environment', () => {
  it('holds empty values, long values and long keys', async () => {
    const directory = temporaryDirectory();
    const from = await openEnvironment({ path: join(directory, 'from.mdb') });
    const key = { key: 'k'.repeat(32), id: '1' };
    const to = await openEnvironment({ path: join(directory, 'to.mdb'), encryption: key });
    const entries = [
      [Buffer.of(0), Buffer.alloc(0)],
      [Buffer.alloc(1900, 1), Buffer.alloc(9_000_000, 2)],
      [Buffer.alloc(1900, 2), Buffer.alloc(4096, 2)],
      [Buffer.alloc(10, 255), Buffer.of(1)],
    ] as const;
    await from.write(() => {
      for (const [name, value] of entries) write(from.documents, name, value);
    });
    await copyEnvironment(from, to, () => undefined);
    for (const [name, value] of entries) {
      expect(Buffer.compare(to.documents.get(name) ?? Buffer.of(9), value)).toBe(0);
    }
    await from.close();
    await to.close();
    expect(existsSync(join(directory, 'to.creating.mdb'))).toBe(false);
  });
});
