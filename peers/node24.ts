// Peers: Node 24, a newer runtime than the project's floor. Its program comes from the npm package of
// this platform, into the cache folder: out of `node_modules` the next `npm ci` would remove it.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, withLock } from './cache.ts';
import { PeersUnavailableError } from './peers.ts';
import { capture, run } from './processes.ts';

const version = '24.21.0';

// The packages that Node's own package `node` depends on, named by platform and architecture.
const platforms: ReadonlySet<string> = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-x64',
]);

/** Installs once, 15 seconds, and returns the program's path. Throws `PeersUnavailableError`. */
export async function ensureNode24(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.has(platform)) {
    throw new PeersUnavailableError(`npm has no Node ${version} for ${platform}`);
  }
  const folder = join(cacheDirectory, `node-${version}`);
  const name = `node-${platform}`;
  await withLock(() => install(`${name}@${version}`, folder));
  const program = join(folder, 'node_modules', name, 'bin/node');
  const said = (await capture(program, ['--version']))?.trim();
  // It is there but does not run: that is broken, not missing.
  if (said !== `v${version}`) {
    throw new Error(`Expected ${program} to say v${version}, got ${said ?? 'nothing'}`);
  }
  return program;
}

async function install(specifier: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const log = join(cacheDirectory, 'node24.log');
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=1'];
  try {
    await run('npm', ['install', ...options, '--prefix', unfinished, specifier], log);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new PeersUnavailableError(`Node 24 could not be installed: ${reason}`, { cause });
  }
  await rename(unfinished, folder);
}
