// Rounds of the crash proof: one operation, killed again and again, gone on with by the same order until it has finished;
// the clinic is compared after every kill, and every key counted at the end.
import type { Random } from '@/cli/seed/random';
import type { ClinicAtWork } from './clinic-at-work';
import { describeKill, randomKill, type Kill, type Measured } from './kills';
import type { Order } from './messages';
import type { Outcome } from './operations';

/** What happened in all rounds, to be printed and asserted. */
export interface Tally {
  rounds: number;
  kills: number;
  /** Runs that had finished before their kill fell. */
  missed: number;
  /** By operation and phase: kills. */
  byPhase: Map<string, number>;
  problems: string[];
}

/** Phases at whose beginning the policy changes: that is when writers must be quick. */
const RUSHED = new Set(['policy', 'announce', 'switch', 'withdraw']);

export function newTally(): Tally {
  return { rounds: 0, kills: 0, missed: 0, byPhase: new Map(), problems: [] };
}

/** A whole run that nobody kills: how long it takes, how much it writes, its phases; and the judge's opinion. */
export async function measure(at: ClinicAtWork, order: Order, tally: Tally): Promise<Measured> {
  const outcome = await at.operations.run(order, {
    onProgress: ({ phase }) => {
      if (RUSHED.has(phase)) at.crew.tell({ say: 'rush' });
    },
  });
  note(tally, `${order.run}, not killed`, problemsOf(outcome));
  settle(at, order);
  note(tally, `${order.run}, not killed`, await at.judge({ keys: true }));
  return outcome;
}

/** One round with these kills, in order. Every problem in the tally says after which kill it was seen. */
export async function crashRound(
  at: ClinicAtWork,
  order: Order,
  kills: readonly Kill[],
  tally: Tally,
): Promise<void> {
  const name: string = order.run;
  let after = name;
  let finished = false;
  for (const kill of kills) {
    const outcome = await at.operations.run(order, { kill });
    finished = outcome.how === 'finished';
    if (outcome.how === 'failed') note(tally, after, problemsOf(outcome));
    if (outcome.how !== 'killed') tally.missed += 1;
    if (outcome.how !== 'killed') break;
    const phase = `${name} ${outcome.during}`;
    tally.kills += 1;
    tally.byPhase.set(phase, (tally.byPhase.get(phase) ?? 0) + 1);
    after = `${name} killed ${describeKill(kill)} in \`${outcome.during}\``;
    note(tally, after, await at.judge({ keys: false }));
  }
  if (!finished) note(tally, after, problemsOf(await at.operations.run(order)));
  settle(at, order);
  note(tally, `${after}, gone on with and finished`, await at.judge({ keys: true }));
  tally.rounds += 1;
}

/** Up to three kills at random points of a run like the measured one, each where the run before may have got to. */
export function randomKills(random: Random, measured: Measured): Kill[] {
  return Array.from({ length: random.int(1, 3) }, () => randomKill(random, measured));
}

/** What is expected of the clinic once the operation has finished. */
function settle(at: ClinicAtWork, order: Order): void {
  if (order.run === 'erase') at.ledger.erase(order.patientId);
}

export function printTally(tally: Tally, seed: number): string {
  const phases = [...tally.byPhase].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `Crash proof, seed ${seed}: ${tally.rounds} rounds, ${tally.kills} kills, ${tally.missed} runs had finished before theirs; ` +
      `${tally.problems.length} problems`,
    ...phases.map(([phase, count]) => `  ${phase}: ${count}`),
    ...tally.problems,
  ].join('\n');
}

function note(tally: Tally, where: string, problems: readonly string[]): void {
  tally.problems.push(...problems.map((problem) => `${where}: ${problem}`));
}

function problemsOf(outcome: Outcome): string[] {
  return outcome.how === 'failed'
    ? [`failed with ${outcome.name} ${outcome.code}: ${outcome.message}`]
    : [];
}
