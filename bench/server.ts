// Bench: the embedded server in a process of its own, as `npm start` has no other: a server that shared
// the event loop with its clients would hide half of what they cost.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../lib/embedded/main.ts', import.meta.url));

export interface BenchServer {
  readonly uri: string;
  /** Ends the process and removes its data. */
  readonly close: () => Promise<void>;
}

/** Starts an empty server on a free port and waits for its address. */
export async function startBenchServer(): Promise<BenchServer> {
  const directory = await mkdtemp(join(tmpdir(), 'medco-bench-'));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', program, '--dbpath', directory, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  // Gigabytes would stay behind otherwise.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void close().finally(() => process.exit(130));
    });
  }
  try {
    return { uri: await readAddress(child), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readAddress(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('Expected the output of the embedded server');
  for await (const line of createInterface({ input: child.stdout })) {
    const uri = /mongodb:\/\/\S+/.exec(line)?.[0];
    if (uri !== undefined) return uri;
  }
  throw new Error('The embedded server ended before it printed its address');
}
