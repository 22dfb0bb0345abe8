// What a start does with every state of a data directory and its keystore, with a local key file.
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';

import { encryptedFileName, KEYSTORE_FILE } from '../storage/database-file.ts';
import { temporaryDirectory } from '../storage/testing.ts';
import { readKeystore } from './keystore.ts';
import type { KeyFileOptions } from './options.ts';
import { rotateDirectory } from './rotate.ts';
import { createKeystore } from './unlock.ts';
import {
  directoryWith,
  filesWith,
  newCanaries,
  newKeyFile,
  openDirectory,
  readPatients,
  withStorage,
} from './testing.ts';

let keyFile: KeyFileOptions;
beforeEach(() => {
  keyFile = newKeyFile();
});

/** The files that matter, with their bytes. */
function contentOf(directory: string): Map<string, string> {
  const names = readdirSync(directory).filter((name) => /mdb$|json$/.test(name));
  return new Map(
    names.map((name) => [name, readFileSync(join(directory, name)).toString('base64')]),
  );
}

type Fields = Record<string, unknown>;

function editKeystore(directory: string, edit: (keystore: Fields) => Fields): void {
  const path = join(directory, KEYSTORE_FILE);
  const keystore = JSON.parse(readFileSync(path, 'utf8')) as Fields;
  writeFileSync(path, JSON.stringify(edit(keystore)));
}

describe('an encrypted directory', () => {
  it('keeps its documents over a restart, and no file shows a word of them', async () => {
    const canaries = newCanaries(500);
    const directory = await directoryWith(canaries, keyFile);
    expect(await withStorage(directory, keyFile, readPatients)).toEqual(canaries);
    expect(filesWith(directory, canaries)).toEqual([]);
    expect(filesWith(directory, ['byName', 'clinic', 'phone'])).toEqual([]);

    const control = await directoryWith(canaries);
    expect(filesWith(control, canaries)).toContain('documents.mdb');
    expect(filesWith(control, ['byName', 'clinic', 'phone'])).toContain('documents.mdb');
  });

  it('is refused without the option, and the option is named', async () => {
    const directory = await directoryWith(['a'], keyFile);
    const before = contentOf(directory);
    await expect(openDirectory(directory, undefined)).rejects.toThrow(
      /`security.enableEncryption`/,
    );
    rmSync(join(directory, KEYSTORE_FILE));
    await expect(openDirectory(directory, undefined)).rejects.toThrow(
      /`security.enableEncryption`/,
    );
    writeFileSync(join(directory, KEYSTORE_FILE), atob(before.get(KEYSTORE_FILE) ?? ''));
    expect(contentOf(directory)).toEqual(before);
  });

  it('does not open with another key, and is untouched by the attempt', async () => {
    const directory = await directoryWith(['a'], keyFile);
    const before = contentOf(directory);
    await expect(openDirectory(directory, newKeyFile())).rejects.toMatchObject({
      code: 'WRONG_MASTER_KEY',
    });
    expect(contentOf(directory)).toEqual(before);
    expect(await withStorage(directory, keyFile, readPatients)).toEqual(['a']);
  });

  it('tells a missing, a damaged, an altered and a newer keystore apart', async () => {
    const directory = await directoryWith(['a'], keyFile);
    const sound = readFileSync(join(directory, KEYSTORE_FILE));
    const opening = async (edit?: (keystore: Fields) => Fields) => {
      writeFileSync(join(directory, KEYSTORE_FILE), sound);
      if (edit) editKeystore(directory, edit);
      else rmSync(join(directory, KEYSTORE_FILE));
      const message = await openDirectory(directory, keyFile).then(
        (storage) => storage.close().then(() => 'opened'),
        (error: unknown) => String(error),
      );
      return message;
    };
    expect(await opening()).toMatch(/Expected a keystore .* got none/);
    expect(await opening((keystore) => ({ ...keystore, format: 2 }))).toMatch(/got format 2/);
    expect(await opening((keystore) => ({ ...keystore, tag: undefined }))).toMatch(
      /damaged \(`tag`\)/,
    );
    expect(await opening((keystore) => ({ ...keystore, extra: 1 }))).toMatch(/damaged/);
    expect(await opening((keystore) => ({ ...keystore, inUse: false }))).toMatch(
      /damaged or altered/,
    );
    expect(await opening((keystore) => keystore)).toBe('opened');
    writeFileSync(join(directory, KEYSTORE_FILE), sound.subarray(0, 100));
    await expect(openDirectory(directory, keyFile)).rejects.toThrow(/no JSON/);
  });

  it('does not open with the keystore of another one, though the master key is the same', async () => {
    const [directory, other] = [
      await directoryWith(['a'], keyFile),
      await directoryWith(['b'], keyFile),
    ];
    copyFileSync(join(other, KEYSTORE_FILE), join(directory, KEYSTORE_FILE));
    const before = contentOf(directory);
    await expect(openDirectory(directory, keyFile)).rejects.toThrow(/keystore that belongs to/);
    // Even with the name that the keystore looks for, the file is not its own.
    const [file = ''] = [...before.keys()].filter((name) => name.startsWith('encrypted-'));
    const { id } = readKeystore(directory);
    renameSync(join(directory, file), join(directory, encryptedFileName(id)));
    await expect(openDirectory(directory, keyFile)).rejects.toMatchObject({ code: 'ENCRYPTED' });
    expect(contentOf(directory).get(encryptedFileName(id))).toBe(before.get(file));
  });

  it('whose database is gone is not begun anew', async () => {
    const directory = await directoryWith(['a'], keyFile);
    rmSync(join(directory, encryptedFileName(readKeystore(directory).id)));
    await expect(openDirectory(directory, keyFile)).rejects.toThrow(/though the keystore says/);
  });

  it('does not open through the other provider', async () => {
    const directory = await directoryWith(['a'], keyFile);
    const kmip = {
      provider: 'kmip',
      servers: [{ host: 'localhost', port: 1 }],
      serverCAFile: undefined,
      clientCertificateFile: '/none',
      clientKeyFile: undefined,
      clientCertificatePassword: undefined,
      keyIdentifier: undefined,
    } as const;
    await expect(openDirectory(directory, kmip)).rejects.toThrow(
      'Expected `security.encryptionKeyFile`, as when the directory was encrypted, got `security.kmip`',
    );
  });
});

describe('a clear directory', () => {
  it('is refused with encryption, untouched, and the command that converts it is named', async () => {
    const directory = await directoryWith(['a']);
    const before = contentOf(directory);
    await expect(openDirectory(directory, keyFile)).rejects.toThrow(/medco -- at-rest encrypt/);
    expect(contentOf(directory)).toEqual(before);
    expect(await withStorage(directory, undefined, readPatients)).toEqual(['a']);
  });

  it('beside an encrypted database is refused either way', async () => {
    const directory = await directoryWith(['a'], keyFile);
    copyFileSync(
      join(await directoryWith(['b']), 'documents.mdb'),
      join(directory, 'documents.mdb'),
    );
    await expect(openDirectory(directory, keyFile)).rejects.toThrow(/either clear or encrypted/);
    await expect(openDirectory(directory, undefined)).rejects.toThrow(/enableEncryption/);
  });
});

describe('a start that was killed while it made the directory', () => {
  it('goes on from a keystore without a database', async () => {
    const directory = await directoryWith([], keyFile);
    const { id } = readKeystore(directory);
    const begun = temporaryDirectory();
    copyFileSync(join(directory, KEYSTORE_FILE), join(begun, KEYSTORE_FILE));
    // In use: the database is missed. Not in use yet: it is made.
    await expect(openDirectory(begun, keyFile)).rejects.toThrow(/got none/);
    rmSync(join(begun, KEYSTORE_FILE));
    await createKeystore(begun, keyFile, () => undefined);
    expect(readKeystore(begun).id).not.toBe(id);
    await withStorage(begun, keyFile, () => undefined);
    expect(readKeystore(begun).inUse).toBe(true);
  });
});

describe('rotation with a key file', () => {
  it('changes the keystore alone; then only the new key opens', async () => {
    const directory = await directoryWith(['a'], keyFile);
    const before = contentOf(directory);
    const next = newKeyFile();
    await rotateDirectory(directory, keyFile, next.keyFile, () => undefined);
    const after = contentOf(directory);
    expect(after.get(KEYSTORE_FILE)).not.toBe(before.get(KEYSTORE_FILE));
    before.delete(KEYSTORE_FILE);
    after.delete(KEYSTORE_FILE);
    expect(after).toEqual(before);
    await expect(openDirectory(directory, keyFile)).rejects.toMatchObject({
      code: 'WRONG_MASTER_KEY',
    });
    expect(await withStorage(directory, next, readPatients)).toEqual(['a']);
  });

  it('is refused to the same key, with the wrong key, without a new one, and of an open directory', async () => {
    const directory = await directoryWith(['a'], keyFile);
    const rotate = (from = keyFile, to: string | undefined = newKeyFile().keyFile) =>
      rotateDirectory(directory, from, to, () => undefined);
    const before = contentOf(directory);
    await expect(rotate(keyFile, keyFile.keyFile)).rejects.toThrow(/another master key/);
    await expect(rotate(newKeyFile())).rejects.toMatchObject({ code: 'WRONG_MASTER_KEY' });
    await expect(rotateDirectory(directory, keyFile, undefined, () => undefined)).rejects.toThrow(
      /newEncryptionKeyFile/,
    );
    expect(contentOf(directory)).toEqual(before);
    const clear = await directoryWith(['a']);
    await expect(
      rotateDirectory(clear, keyFile, newKeyFile().keyFile, () => undefined),
    ).rejects.toThrow(/Expected an encrypted data directory/);
    await withStorage(directory, keyFile, async () => {
      await expect(rotate()).rejects.toMatchObject({ code: 'DIRECTORY_LOCKED' });
    });
  });
});
