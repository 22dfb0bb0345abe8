import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openStorage } from './storage.ts';
import { find, temporaryDirectory, temporaryStorage } from './testing.ts';
import { lockDirectory } from './lock.ts';

/** Starts the writer and gives its lines. It is killed after the test at the latest. */
function start(directory: string, ...options: string[]) {
  const script = fileURLToPath(new URL('crash-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, lines: createInterface({ input: child.stdout }) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('a process that is killed while it writes', () => {
  it.each([50, 400])(
    'loses none of %i acknowledged writes, and its indexes agree',
    async (count) => {
      const directory = temporaryDirectory();
      const { child, lines } = start(directory);
      const acknowledged: number[] = [];
      for await (const line of lines) {
        if (line !== 'open') acknowledged.push(Number(line));
        if (acknowledged.length === count) await kill(child);
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(count);

      const storage = await temporaryStorage({ directory });
      const collection = storage.collection('test', 'items');
      if (!collection) throw new Error('Expected the collection to survive');
      const all = find(collection, {}).found.map((document) => ({
        id: Number(document['_id']),
        n: Number(document['n']),
      }));
      const ids = new Set(all.map(({ id }) => id));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      expect(collection.count()).toBe(all.length);
      // A write is there as a whole: every third was replaced in the transaction that inserted it.
      expect(all.filter(({ id, n }) => n !== (id % 3 === 0 ? -id : id))).toEqual([]);
      for (const hint of ['_id_', 'n', 'u', 'tags']) {
        expect(find(collection, {}, { hint }).found).toHaveLength(all.length);
      }
      for (const { id, n } of all) {
        expect(find(collection, { n }, { hint: 'n' }).ids).toEqual([id]);
        expect(find(collection, { u: id }, { hint: 'u' }).ids).toEqual([id]);
      }
      expect(find(collection, {}, { hint: 'n' }).plan.keysExamined).toBe(all.length);
    },
  );
});

describe('the lock of a data directory', () => {
  it('names the process that holds it, and is free again as soon as that is killed', async () => {
    const directory = temporaryDirectory();
    const { child, lines } = start(directory, '--hold');
    await once(lines, 'line');
    await expect(openStorage({ directory })).rejects.toMatchObject({
      code: 'DIRECTORY_LOCKED',
      message: expect.stringMatching(
        new RegExp(`process ${String(child.pid)} \\(since \\d{4}-\\d\\d-\\d\\dT.*Z\\)`),
      ) as string,
    });
    await kill(child);
    await temporaryStorage({ directory });
  });

  it('holds against the same process too, until the storage is closed', async () => {
    const directory = temporaryDirectory();
    const first = await openStorage({ directory });
    await expect(openStorage({ directory })).rejects.toMatchObject({ code: 'DIRECTORY_LOCKED' });
    await first.close();
    await temporaryStorage({ directory });
  });

  it('lets exactly one of many win, and different directories do not disturb each other', async () => {
    const [directory, other] = [temporaryDirectory(), temporaryDirectory()];
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => lockDirectory(directory)),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(won).toHaveLength(1);
    const second = await lockDirectory(other);
    await second.release();
    await won[0]?.value.release();
  });

  it('works with socket files too, where the system has no abstract sockets', async () => {
    const directory = temporaryDirectory();
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => lockDirectory(directory, 'darwin')),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await expect(lockDirectory(directory, 'darwin')).rejects.toMatchObject({
      code: 'DIRECTORY_LOCKED',
    });
    await won[0]?.value.release();
    const again = await lockDirectory(directory, 'darwin');
    await again.release();
  });

  it('takes over the socket file that a killed process left', async () => {
    const directory = temporaryDirectory();
    const { child, lines } = start(directory, '--hold-file');
    await once(lines, 'line');
    await expect(lockDirectory(directory, 'darwin')).rejects.toMatchObject({
      code: 'DIRECTORY_LOCKED',
    });
    await kill(child);
    const lock = await lockDirectory(directory, 'darwin');
    await lock.release();
  });
});
