// Bench: what `npm run bench:keys` and its processes say to each other.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Piece {
  readonly piece: 'load' | 'compare' | 'whole';
  readonly size: number;
}

export interface Result {
  readonly size: number;
  /** Documents per second, converted and rewritten as they are. */
  readonly converted?: number;
  readonly rewritten?: number;
  /** Of the whole operation, and of its pass over all documents. */
  readonly seconds?: number;
  readonly converting?: number;
  /** The most that was in use after a collection. */
  readonly heapMiB?: number;
  /** The most that the process ever had, shared libraries included. */
  readonly peakMiB?: number;
}

const program = fileURLToPath(new URL('reencrypt-work.ts', import.meta.url));

/** Does one piece of work in a new process with these settings. Throws if it fails. */
export async function inProcess(piece: Piece, settings: Record<string, string>): Promise<Result> {
  const child = fork(program, {
    execArgv: ['--import', 'tsx', '--conditions=react-server', '--expose-gc'],
    env: { ...process.env, ...settings },
  });
  child.send(piece);
  let result: Result | undefined;
  child.on('message', (message: Result) => (result = message));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || result === undefined)
    throw new Error(`The process that does \`${piece.piece}\` failed`);
  return result;
}
