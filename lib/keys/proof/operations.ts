// Runs key operations of the proof in processes that can be killed. A few are started ahead of time, since a process
// needs longer to start than most operations need to run.
import { testServerUri } from '@/lib/testing/server';
import type { PhaseProgress } from '../operations';
import { watchWrites, type Kill } from './kills';
import type { FromOperation, OperationOrder, Order } from './messages';
import { startProcess, type ProofProcess, type Programs } from './processes';

export type Outcome = {
  writes: number;
  ms: number;
  /** In order, without the phases that a run before had finished. */
  phases: readonly string[];
} & (
  | { how: 'finished' }
  /** `during` is the phase that it had last told of, or none. */
  | { how: 'killed'; during: string }
  | { how: 'failed'; name: string; code: string; message: string }
);

type Runner = ProofProcess<OperationOrder, FromOperation> & { ready: Promise<unknown> };

export interface Operations {
  /** Never rejects for what the operation does; rejects if its process cannot be had. */
  run: (order: Order, options?: RunOptions) => Promise<Outcome>;
  close: () => Promise<void>;
}

export interface RunOptions {
  kill?: Kill | null;
  /** Called at each sign of progress, while the operation waits for nothing. */
  onProgress?: (progress: PhaseProgress) => void;
  /** Called before the journal hears of a phase; the operation waits until it has returned. */
  beforePhase?: (phase: string) => void;
  /** Settings of this run that differ from this process's. */
  settings?: Record<string, string>;
}

/** `ahead` processes wait for their orders. Their settings are this process's at the time of the call. */
/** An operation that needs longer goes on for ever: some hundred times what it takes. */
const STALLED_MS = 300_000;

export function startOperations(programs: Programs, backupDir: string, ahead = 2): Operations {
  const hire = (): Runner => {
    const runner = startProcess<OperationOrder, FromOperation>(
      programs.path('operation-process'),
      () => undefined,
    );
    const ready = runner.first((message) => message.say === 'ready');
    // Waited for later; a process that is not needed any more may end before.
    ready.catch(() => undefined);
    return { ...runner, ready };
  };
  const waiting = Array.from({ length: ahead }, hire);
  return {
    run: async (order, options = {}) => {
      waiting.push(hire());
      const runner = waiting.shift() ?? hire();
      await runner.ready;
      return runOn(runner, order, backupDir, options);
    },
    close: async () => {
      for (const { child } of waiting) child.kill('SIGKILL');
      await Promise.all(waiting.map((runner) => runner.ended));
    },
  };
}

async function runOn(
  { child, ended, say }: Runner,
  order: Order,
  backupDir: string,
  { kill = null, onProgress, beforePhase, settings = {} }: RunOptions,
): Promise<Outcome> {
  const strike = (): void => {
    child.kill('SIGKILL');
  };
  const watch = await watchWrites(testServerUri(), kill, strike, beforePhase);
  const phases: string[] = [];
  let last: FromOperation | undefined;
  child.on('message', (message: FromOperation) => {
    last = message;
    if (message.say !== 'progress') return;
    const { phase } = message.progress;
    if (phases.at(-1) !== phase) phases.push(phase);
    if (kill?.at === 'phase' && kill.phase === phase) strike();
    onProgress?.(message.progress);
  });
  const startedAt = Date.now();
  say({ order, backupDir, settings: { ...settings, MONGODB_URI: watch.uri } });
  const timer = kill?.at === 'time' ? setTimeout(strike, kill.ms) : undefined;
  const stall = new AbortController();
  const limit = setTimeout(() => {
    stall.abort();
    strike();
  }, STALLED_MS);
  const end = await ended;
  for (const each of [timer, limit]) clearTimeout(each);
  const measured = { writes: watch.writes, ms: Date.now() - startedAt, phases };
  await watch.close();
  if (last?.say === 'finished') return { ...measured, how: 'finished' };
  if (last?.say === 'failed') {
    const { name, code, message } = last;
    return { ...measured, how: 'failed', name, code, message };
  }
  if (stall.signal.aborted) {
    const message = `No end in phase ${JSON.stringify(last)}`;
    return { ...measured, how: 'failed', name: 'stalled', code: '', message };
  }
  if (end === 'SIGKILL') return { ...measured, how: 'killed', during: phases.at(-1) ?? 'none' };
  throw new Error(`A run ended with ${end} and said nothing`);
}
