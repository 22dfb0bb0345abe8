// Processes that are killed while they write, convert or rotate on an encrypted directory.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { find, temporaryDirectory } from '../storage/testing.ts';
import {
  convert,
  directoryWith,
  filesWith,
  killAfterTest,
  newCanaries,
  newKeyFile,
  readPatients,
  withStorage,
} from './testing.ts';

function start(script: string, args: readonly string[], environment: Record<string, string> = {}) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  killAfterTest(child);
  return { child, lines: createInterface({ input: child.stdout }) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Kills the process at its line number `at`; the lines that it said. */
async function killAtLine(started: ReturnType<typeof start>, at: number): Promise<string[]> {
  const said: string[] = [];
  for await (const line of started.lines) {
    said.push(line);
    if (said.length === at) await kill(started.child);
  }
  return said;
}

describe('a process that is killed', () => {
  it('while it writes into an encrypted directory loses no acknowledged write', async () => {
    const keyFile = newKeyFile();
    const directory = temporaryDirectory();
    const writer = start('../storage/crash-writer.ts', [directory], {
      MEDCO_AT_REST_ENABLE_ENCRYPTION: 'true',
      MEDCO_AT_REST_ENCRYPTION_KEY_FILE: keyFile.keyFile,
    });
    const said = await killAtLine(writer, 300);
    const acknowledged = said.filter((line) => line !== 'open').map(Number);
    expect(acknowledged.length).toBeGreaterThan(250);
    await withStorage(directory, keyFile, (storage) => {
      const collection = storage.collection('test', 'items');
      if (!collection) throw new Error('Expected the collection to survive');
      const { found } = find(collection, {});
      const ids = new Set(found.map((document) => Number(document['_id'])));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      for (const hint of ['_id_', 'n', 'u', 'tags']) {
        expect(find(collection, {}, { hint }).found).toHaveLength(found.length);
      }
    });
  });

  it('while it converts loses nothing, however often', { timeout: 90_000 }, async () => {
    const keyFile = newKeyFile();
    const words = newCanaries(8000);
    const directory = await directoryWith(words);
    for (const to of ['encrypted', 'clear'] as const) {
      // 24,000 entries in batches of 2,000: three times in the copy, then in the comparison.
      for (const at of [1, 3, 8, 14]) {
        const said = await killAtLine(
          start('convert-process.ts', [directory, to, keyFile.keyFile]),
          at,
        );
        expect(said.length).toBeGreaterThanOrEqual(at);
      }
      await convert(directory, to, keyFile);
      const key = to === 'encrypted' ? keyFile : undefined;
      expect(await withStorage(directory, key, readPatients)).toEqual(words);
      expect(filesWith(directory, words).length).toBe(to === 'encrypted' ? 0 : 1);
    }
  });

  it('while it rotates leaves a keystore that exactly one of the two keys opens', async () => {
    const [first, second] = [newKeyFile(), newKeyFile()];
    const directory = await directoryWith(['a'], first);
    let [now, next] = [first, second];
    for (const at of [1, 4, 11]) {
      await killAtLine(
        start('convert-process.ts', [directory, 'rotate', now.keyFile, next.keyFile]),
        at,
      );
      const opened = await Promise.allSettled([withStorage(directory, now, readPatients)]);
      if (opened[0].status === 'rejected') [now, next] = [next, now];
      expect(await withStorage(directory, now, readPatients)).toEqual(['a']);
      await expect(withStorage(directory, next, readPatients)).rejects.toMatchObject({
        code: 'WRONG_MASTER_KEY',
      });
    }
  });
});
