// The writers of the proof: processes that go on whatever happens to the operations, and their ledger.
import type { Ledger } from './ledger';
import type { FromWriter, KnownPatient, Shift, ToWriter } from './messages';
import { startProcess, type ProofProcess, type Programs } from './processes';

const LOOPS_PER_PROCESS = 2;

export interface Crew {
  /** Resolves when nothing is in flight and the ledger holds all that was acknowledged. */
  pause: () => Promise<void>;
  resume: () => void;
  tell: (message: ToWriter) => void;
  /** From now on these refusals are right, and no others; what was under way before is judged by what held then. */
  allow: (codes: readonly string[]) => Promise<void>;
  /** Reads that were made and compared so far. */
  readonly reads: number;
  close: () => Promise<void>;
}

/** Starts `processes` writers at once; their settings are this process's. */
export async function startCrew(
  programs: Programs,
  ledger: Ledger,
  shift: Pick<Shift, 'doctor' | 'receptionist' | 'seed'> & { base: readonly KnownPatient[] },
  processes = 2,
): Promise<Crew> {
  let reads = 0;
  const writers = Array.from({ length: processes }, () =>
    startProcess<ToWriter, FromWriter>(programs.path('writer-process'), (message) => {
      if (message.say === 'entry') ledger.add(message.entry);
      if (message.say === 'paused') reads += message.reads;
    }),
  );
  await Promise.all(writers.map((writer) => writer.first((message) => message.say === 'ready')));
  const startedAt = Date.now();
  for (const [at, writer] of writers.entries()) {
    const mine = Array.from(
      { length: LOOPS_PER_PROCESS },
      (_, n) => at * LOOPS_PER_PROCESS + n + 1,
    );
    const loops = processes * LOOPS_PER_PROCESS;
    writer.say({ say: 'begin', shift: { ...shift, loops, mine, startedAt } });
  }
  const tell = (message: ToWriter): void => writers.forEach((writer) => writer.say(message));
  const pause = async (): Promise<void> => {
    await Promise.all(writers.map((writer) => paused(writer)));
  };
  const resume = (): void => tell({ say: 'continue' });
  return {
    ...{ tell, pause, resume },
    allow: async (codes) => {
      await pause();
      tell({ say: 'allow', codes });
      resume();
    },
    get reads() {
      return reads;
    },
    close: async () => {
      for (const { child } of writers) if (child.connected) child.disconnect();
      await Promise.all(writers.map((writer) => writer.ended));
    },
  };
}

function paused(writer: ProofProcess<ToWriter, FromWriter>): Promise<FromWriter> {
  const answer = writer.first((message) => message.say === 'paused');
  writer.say({ say: 'pause' });
  return answer;
}
