// Where a run of an operation is killed, and the proxy that makes it so: it stands between the operation and the database
// and sees every command, so a kill can fall exactly before or after a write took effect.
import type { Document } from 'mongodb';
import { startCommandProxy } from '@/lib/encryption/testing/command-proxy';
import type { Random } from '@/cli/seed/random';

export type Kill =
  /** The run's `n`th writing command: it never arrives (`lost`), or its answer never does (`unanswered`). */
  | { at: 'write'; n: number; when: 'lost' | 'unanswered' }
  /** So long after the order. */
  | { at: 'time'; ms: number }
  /** When the operation says that it begins this phase. */
  | { at: 'phase'; phase: string };

/** What a run that was not killed took. */
export interface Measured {
  writes: number;
  ms: number;
  phases: readonly string[];
}

const WRITING = new Set(['insert', 'update', 'delete', 'findAndModify']);

/** A point somewhere in a run like the measured one; half of all kills fall on a write. */
export function randomKill(random: Random, { writes, ms, phases }: Measured): Kill {
  const chance = random.next();
  if (chance < 0.5) {
    const when = random.pick(['lost', 'unanswered'] as const);
    return { at: 'write', n: random.int(1, Math.max(1, writes)), when };
  }
  if (chance < 0.7) return { at: 'phase', phase: random.pick(phases) };
  return { at: 'time', ms: random.int(0, ms) };
}

export function describeKill(kill: Kill): string {
  if (kill.at === 'write') return `write ${kill.n} ${kill.when}`;
  return kill.at === 'time' ? `after ${kill.ms} ms` : `at \`${kill.phase}\``;
}

export interface WriteWatch {
  /** For the operation's process: its way to the database. */
  readonly uri: string;
  readonly writes: number;
  close: () => Promise<void>;
}

/**
 * Counts writing commands on the way to `uri` and calls `strike` where `kill` says so. `beforePhase` is called when the
 * journal is about to hear of a phase: the operation waits until it has returned.
 */
export async function watchWrites(
  uri: string,
  kill: Kill | null,
  strike: () => void,
  beforePhase: (phase: string) => void = () => undefined,
): Promise<WriteWatch> {
  let writes = 0;
  const proxy = await startCommandProxy(uri, (command, name) => {
    if (!WRITING.has(name)) return undefined;
    const phase = phaseIn(command);
    if (phase !== undefined) beforePhase(phase);
    writes += 1;
    if (kill?.at !== 'write' || kill.n !== writes) return undefined;
    if (kill.when === 'lost') {
      strike();
      return 'close';
    }
    // The proxy passes it on when this has returned; the process dies before any answer can reach it.
    process.nextTick(strike);
    return undefined;
  });
  return {
    uri: proxy.uri,
    get writes() {
      return writes;
    },
    close: () => proxy.close(),
  };
}

/** The phase that a command writes into the journal of operations. */
function phaseIn(command: Document): string | undefined {
  if (command['findAndModify'] !== 'keyOperations') return undefined;
  const { $set } = command['update'] as { $set?: { phase?: string } };
  return $set?.phase;
}
