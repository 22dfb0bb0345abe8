// Peers: where their software and their state lie. Outside the repository, shared by all clones.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './processes.ts';

/** `~/.cache/medco-peers`, or the folder that `MEDCO_PEERS_CACHE` names. */
export const cacheDirectory =
  process.env['MEDCO_PEERS_CACHE'] ?? join(homedir(), '.cache', 'medco-peers');

/** One started process: enough to find it again and to stop it. */
export interface RunningProcess {
  readonly pid: number;
  readonly port: number;
}

/** What `up` started and `down` stops. */
export interface PeersState {
  readonly postgres: RunningProcess;
  readonly ferretdb: RunningProcess;
}

const stateFile = join(cacheDirectory, 'state.json');

/** The state that the last `up` left, or undefined. */
export async function readState(): Promise<PeersState | undefined> {
  try {
    return JSON.parse(await readFile(stateFile, 'utf8')) as PeersState;
  } catch {
    return undefined;
  }
}

/** Replaces the state file in one step, so that a reader never sees half of it. */
export async function writeState(state: PeersState): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  const temporary = `${stateFile}.${String(process.pid)}`;
  await writeFile(temporary, JSON.stringify(state));
  await rename(temporary, stateFile);
}

export async function removeState(): Promise<void> {
  await rm(stateFile, { force: true });
}

/**
 * One `up` or `down` at a time, of all clones that share the cache; a lock of a dead process is void.
 * Not reentrant: what runs under one lock and needs another names it.
 */
export async function withLock<T>(action: () => Promise<T>, name = 'lock'): Promise<T> {
  const lockFile = join(cacheDirectory, name);
  await mkdir(cacheDirectory, { recursive: true });
  while (!(await takeLock(lockFile))) {
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(lockFile, { force: true });
    else await delay(200);
  }
  try {
    return await action();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function takeLock(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
