// Processes of the proof: TypeScript programs with an IPC channel. Bundled first, since dozens of them are started and a
// bundle starts in a third of the time.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../../..');
/** Below the project, so that what is not bundled is found. */
const cache = join(root, 'node_modules/.cache');

export interface Programs {
  /** Of this folder, by its name without extension. */
  path: (program: string) => string;
  remove: () => void;
}

/** Bundles programs of this folder. The driver stays outside: it looks for the encryption module by itself. */
export async function bundlePrograms(names: readonly string[]): Promise<Programs> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'key-proof-'));
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, `${name}.ts`)),
    ...{ bundle: true, outdir: folder, outExtension: { '.js': '.mjs' } },
    ...{ platform: 'node', target: 'node20', format: 'esm', conditions: ['react-server'] },
    external: ['mongodb', 'next', 'next/*', 'next-auth', 'next-auth/*', '@node-rs/*', 'lmdb'],
    // Packages of the other module system ask for `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    ...{ logLevel: 'error', sourcemap: 'inline', sourcesContent: false },
  });
  return {
    path: (program) => join(folder, `${program}.mjs`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface ProofProcess<To, From> {
  readonly child: ChildProcess;
  /** Resolves with the first message that `is` accepts; rejects if the process ends before it. */
  first: <T extends From>(is: (message: From) => message is T) => Promise<T>;
  say: (message: To) => void;
  /** Resolves when the process is gone and reaped, with how it ended. */
  readonly ended: Promise<NodeJS.Signals | number>;
}

/** Starts the program at `path`; `listen` gets every message. */
export function startProcess<To extends object, From>(
  path: string,
  listen: (message: From) => void,
): ProofProcess<To, From> {
  const child = fork(path, {
    cwd: root,
    execArgv: ['--enable-source-maps'],
    // Dates stay dates.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<NodeJS.Signals | number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 0));
  });
  child.on('message', (message: From) => listen(message));
  return {
    child,
    ended,
    say: (message) => child.send(message),
    first: (is) =>
      new Promise((resolve, reject) => {
        const tooEarly = (): void => {
          reject(new Error(`${path} ended before it said what was awaited`));
        };
        const hear = (message: From): void => {
          if (!is(message)) return;
          child.off('message', hear).off('exit', tooEarly);
          resolve(message);
        };
        child.on('message', hear).once('exit', tooEarly);
      }),
  };
}
