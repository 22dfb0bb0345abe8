// The processes that the start command owns. They are stopped in reverse order of starting; when one dies
// by itself, the others are stopped and its death is reported.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

const PATIENCE_MS = 10_000;

interface Owned {
  name: string;
  child: ChildProcess;
  exited: Promise<string>;
}

export interface Supervisor {
  /** Starts a process of its own group with an IPC channel: it ends itself when this one is gone. */
  start: (name: string, args: readonly string[], options?: SpawnOptions) => ChildProcess;
  /** Runs a process to its end. Rejects with its name if it fails. */
  run: (name: string, args: readonly string[], options?: SpawnOptions) => Promise<void>;
  /** Stops all, last started first. */
  stop: () => Promise<void>;
  /** Rejects when a started process ends without being stopped. */
  failure: Promise<never>;
}

export function createSupervisor(): Supervisor {
  const owned: Owned[] = [];
  let stopping: Promise<void> | undefined;
  let fail: (error: Error) => void = () => undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // Whoever awaits it reports it; until then it must not count as unhandled.
  failure.catch(() => undefined);

  const launch = (name: string, args: readonly string[], options: SpawnOptions): Owned => {
    // Without a group of its own, Ctrl-C would reach a child before its turn has come.
    const child = spawn(process.execPath, args, { detached: true, ...options });
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code ?? 0}`));
      child.once('error', (error) => resolve(error.message));
    });
    const entry = { name, child, exited };
    owned.push(entry);
    void exited.then(() => owned.splice(owned.indexOf(entry), 1));
    return entry;
  };

  return {
    failure,
    start: (name, args, options = {}) => {
      const { child, exited } = launch(name, args, options);
      void exited.then((how) => {
        if (stopping === undefined) fail(new Error(`The ${name} ended by itself (${how})`));
      });
      return child;
    },
    run: async (name, args, options = {}) => {
      const how = await launch(name, args, options).exited;
      if (how !== 'code 0') throw new Error(`The ${name} failed (${how})`);
    },
    stop: () => (stopping ??= stopAll(owned)),
  };
}

async function stopAll(owned: readonly Owned[]): Promise<void> {
  for (const { child, exited } of owned.toReversed()) {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await exited;
    clearTimeout(killer);
  }
}
