// Every long key operation is killed with SIGKILL, again and again, while the clinic works, and gone on with: no record
// is lost or changed, no number is given twice, no key is left over. `KEYS_CRASH_ROUNDS` makes it longer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '@/cli/seed/random';
import { openClinicAtWork, type ClinicAtWork } from './clinic-at-work';
import type { Order } from './messages';
import { crashRound, measure, newTally, printTally, randomKills, type Tally } from './rounds';

/** Rounds of each operation with kills at random points, after one with a kill at the beginning of every phase. */
const ROUNDS = Number(process.env['KEYS_CRASH_ROUNDS'] ?? 1);
const SEED = Number(process.env['KEYS_CRASH_SEED'] ?? Date.now() % 1_000_000);
const TIMEOUT_MS = 600_000 + ROUNDS * 60_000;

let at: ClinicAtWork;
const tally: Tally = newTally();
beforeAll(async () => {
  at = await openClinicAtWork({ seed: SEED, patients: 16 });
});
afterAll(async () => {
  await at.close();
  process.stdout.write(`${printTally(tally, SEED)}\n`);
});

const slots = ['local:next', 'local'] as const;

/** The rounds of one operation; `order` says what is asked for in each. Returns what was wrong. */
async function rounds(order: (round: number) => Order): Promise<string[]> {
  const random = createRandom('crash', SEED, order(0).run);
  const { kills, problems } = tally;
  const before = { kills, problems: problems.length };
  const measured = await measure(at, order(0), tally);
  const everyPhase = measured.phases.map((phase) => ({ at: 'phase', phase }) as const);
  await crashRound(at, order(1), everyPhase, tally);
  for (let round = 2; round < ROUNDS + 2 && problems.length === before.problems; round++) {
    await crashRound(at, order(round), randomKills(random, measured), tally);
  }
  const none = tally.kills === before.kills ? ['Nothing was killed'] : [];
  return [...problems.slice(before.problems), ...none];
}

function slot(round: number) {
  return { provider: slots[round % 2] ?? 'local', masterKey: null };
}

describe('a key operation that is killed at any point, while the clinic works, loses nothing', () => {
  it.each<[string, (round: number) => Order]>([
    ['rotation', (round) => ({ run: 'rotate', to: slot(round) })],
    ['migration by rewrapping', (round) => ({ run: 'rewrap', to: slot(round + ROUNDS + 2) })],
    [
      'migration by encrypting everything anew',
      (round) => ({ run: 're-encrypt', to: slot(round) }),
    ],
    ['retirement of the shared key', () => ({ run: 'retire' })],
    ['erasure of a patient', (round) => ({ run: 'erase', patientId: doomed(round) })],
  ])(
    '%s',
    async (_, order) => {
      expect(await rounds(order)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/** From the end: the first patients are the busy ones. Writers and ledger are told. */
function doomed(round: number): string {
  const id = at.base.at(-1 - round)?.id ?? '';
  if (at.ledger.patient(id).erased !== 'no') return id;
  at.crew.tell({ say: 'erasing', id });
  at.ledger.beginErasure(id);
  return id;
}
