// Peers: Python environments in the cache folder, each with pinned packages and a marker that says which
// ones are completely installed. Not relocatable, so they are made where they stay.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, withLock } from './cache.ts';
import { capture, run } from './processes.ts';

/**
 * The folder of the environment `name` of the cache with exactly these packages (`name==version`), made
 * if it is not there. Programs lie in its `bin`. Undefined where that cannot be: no Python, or no index.
 */
export async function ensureVenv(
  name: string,
  packages: readonly string[],
): Promise<string | undefined> {
  const environment = join(cacheDirectory, name);
  const installed = join(environment, 'installed');
  const complete = packages.join('\n');
  // A lock per environment: different ones can be made side by side.
  return withLock(async () => {
    const marker = await readFile(installed, 'utf8').catch(() => undefined);
    if (marker === complete) return environment;
    if ((await capture('python3', ['--version'])) === undefined) return undefined;
    await mkdir(cacheDirectory, { recursive: true });
    const log = join(cacheDirectory, `${name}.log`);
    try {
      await rm(environment, { recursive: true, force: true });
      await run('python3', ['-m', 'venv', environment], log);
      await run(join(environment, 'bin/pip'), ['install', '-q', ...packages], log);
      await writeFile(installed, complete);
      return environment;
    } catch {
      return undefined;
    }
  }, `${name}.lock`);
}
