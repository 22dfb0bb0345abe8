// Storage layer: one process owns a data directory. The lock is a listening socket whose name comes from the
// directory: the kernel takes it back when the process dies, however it dies, so there is no stale lock to judge
// and no process id that another process may have got meanwhile. A file beside the data says who holds it.
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { StorageError } from './errors.ts';

export interface DirectoryLock {
  release(): Promise<void>;
}

const HOLDER_FILE = 'holder.json';
/** Where sockets are files: a takeover that was killed half-way blocks the next one for at most this long. */
const TAKEOVER_MS = 5000;
const ANSWER_MS = 2000;

/**
 * Takes the directory, which must exist. Throws StorageError DIRECTORY_LOCKED, which names the process that has it.
 * `platform` is for tests.
 */
export async function lockDirectory(
  directory: string,
  platform: NodeJS.Platform = process.platform,
): Promise<DirectoryLock> {
  const address = socketAddress(directory, platform);
  const isFile = platform !== 'linux' && platform !== 'win32';
  const server = (await listen(address)) ?? (isFile ? await takeOver(address) : undefined);
  if (!server) throw locked(directory);
  server.unref();
  writeFileSync(
    join(directory, HOLDER_FILE),
    `${JSON.stringify({ pid: process.pid, since: new Date().toISOString() })}\n`,
  );
  return {
    release: () =>
      new Promise((resolve) => {
        rmSync(join(directory, HOLDER_FILE), { force: true });
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** The same for every path that leads to the directory. */
function socketAddress(directory: string, platform: NodeJS.Platform): string {
  const { dev, ino } = statSync(directory, { bigint: true });
  const place = ino === 0n ? realpathSync(directory) : `${String(dev)}:${String(ino)}`;
  const name = `medcomd-${createHash('sha256').update(place).digest('hex').slice(0, 32)}`;
  if (platform === 'linux') return `\0${name}`; // abstract: lives in the kernel only
  if (platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.sock`);
}

/** Undefined if the address is taken. */
function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      resolve(server);
    });
  });
}

/** A socket file outlives its process. Only one process at a time may judge and remove it. */
async function takeOver(address: string): Promise<Server | undefined> {
  const guard = `${address}.takeover`;
  if (!enter(guard)) return undefined;
  try {
    if (await answers(address)) return undefined;
    rmSync(address, { force: true });
    return await listen(address);
  } finally {
    rmdirSync(guard);
  }
}

function enter(guard: string): boolean {
  try {
    mkdirSync(guard);
    return true;
  } catch {
    const since = statSync(guard, { throwIfNoEntry: false })?.mtimeMs;
    return since !== undefined && Date.now() - since > TAKEOVER_MS;
  }
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_MS, () => finish(true));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

function locked(directory: string): StorageError {
  return new StorageError(
    'DIRECTORY_LOCKED',
    `Expected the data directory to be free, got one that ${holderOf(directory)} has open: ${directory}`,
  );
}

function holderOf(directory: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(join(directory, HOLDER_FILE), 'utf8'));
    if (typeof holder === 'object' && holder && 'pid' in holder && 'since' in holder) {
      return `process ${String(holder.pid)} (since ${String(holder.since)})`;
    }
  } catch {
    // The holder has not written it yet, or is closing.
  }
  return 'another process';
}
