// A server may refuse a write because it met another one, and nothing of it is stored: the same may be asked for again.
// MongoDB repeats single writes by itself; servers on PostgreSQL leave that to the client.
import { setTimeout as delay } from 'node:timers/promises';
import { MongoServerError } from 'mongodb';

/** MongoDB's error code 112, "WriteConflict". */
const WRITE_CONFLICT = 112;
/** PostgreSQL, appendix A, class 40: `deadlock_detected` and `serialization_failure`. */
const SQL_STATES = ['40P01', '40001'];
const CODES = new Set<unknown>([WRITE_CONFLICT, ...SQL_STATES.map(packed)]);

/** After so long the refusal is handed on. */
const PATIENCE_MS = 60_000;
/** Pauses double up to so many times. */
const MOST_DOUBLINGS = 4;

/** The same of a code alone, as a bulk write names one for each of its writes. */
export function isConflictCode(code: unknown): boolean {
  return CODES.has(code);
}

/** Whether the server refused the write for the sake of another one. The encryption client may wrap what it says. */
export function isWriteConflict(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof MongoServerError && isConflictCode(at.code)) return true;
  }
  return false;
}

/**
 * Runs a single write again for as long as it meets others, for `patienceMs` at most. Throws what it throws otherwise. Who is
 * refused has waited for the others, as PostgreSQL does for its `deadlock_timeout`, and pauses for longer than that: were
 * everybody back at once, they would wait for each other again, for ever.
 */
export async function untilNoConflict<T>(
  write: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const start = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const began = performance.now();
    try {
      return await write();
    } catch (error) {
      const ended = performance.now();
      if (!isWriteConflict(error) || ended - start > patienceMs) throw error;
      const longest = (ended - began) * 2 ** Math.min(attempt, MOST_DOUBLINGS);
      await delay(1 + Math.random() * longest);
    }
  }
}

/** A SQLSTATE as PostgreSQL packs it into a number, and FerretDB hands it on: six bits a character, the first one lowest. */
function packed(state: string): number {
  return Array.from(state).reduce((sum, char, at) => sum + (char.charCodeAt(0) - 48) * 64 ** at, 0);
}
