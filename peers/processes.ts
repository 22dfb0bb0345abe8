// Peers: running programs, for a while or detached, and talking to loopback ports.
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Runs a program to its end; its output goes to `log`. Rejects with the last lines if it fails. */
export async function run(
  command: string,
  args: readonly string[],
  log: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = await open(log, 'a');
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      spawn(command, args, {
        stdio: ['ignore', file.fd, file.fd],
        env: { ...process.env, ...environment },
      })
        .once('error', reject)
        .once('exit', resolve);
    });
    if (code !== 0) throw new Error(`${command} failed with code ${String(code)}; see ${log}`);
  } finally {
    await file.close();
  }
}

/** Starts a program that goes on after this process ends. Returns its pid, also its process group. */
export async function startDetached(
  command: string,
  args: readonly string[],
  log: string,
): Promise<number> {
  const file = await open(log, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', file.fd, file.fd] });
  await file.close();
  if (child.pid === undefined) throw new Error(`${command} could not be started`);
  child.unref();
  return child.pid;
}

/** The output of a program, or undefined if it is missing or fails. */
export async function capture(
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', () => {
      resolve(undefined);
    });
    child.once('close', (code) => {
      resolve(code === 0 ? text : undefined);
    });
  });
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No free port'));
        else resolve(address.port);
      });
    });
  });
}

/** True if something accepts connections on the loopback port. */
export async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks `isReady` until it says yes; gives up after `seconds`, or at once if the process has ended. */
export async function waitUntil(
  what: string,
  pid: number,
  isReady: () => Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isReady())) {
    if (!isAlive(pid)) throw new Error(`${what} ended before it answered`);
    if (Date.now() > deadline)
      throw new Error(`${what} did not answer within ${String(seconds)} s`);
    await delay(100);
  }
}

/** Ends a detached process and its group, and waits until it is gone. */
export async function stop(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  for (const each of [signal, 'SIGKILL'] as const) {
    try {
      process.kill(-pid, each);
    } catch {
      return;
    }
    for (let tries = 0; tries < 100 && isAlive(pid); tries++) await delay(100);
    if (!isAlive(pid)) return;
  }
}
