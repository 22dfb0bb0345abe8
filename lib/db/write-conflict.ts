// A server may refuse a write because it met another one, and nothing of it is stored: the same may be asked for again.
// MongoDB repeats single writes by itself; servers on PostgreSQL leave that to the client.
import { setTimeout as delay } from 'node:timers/promises';
import { MongoServerError } from 'mongodb';

/** MongoDB's error code 112, "WriteConflict". */
const WRITE_CONFLICT = 112;
/** PostgreSQL, appendix A, class 40: `deadlock_detected` and `serialization_failure`. */
const SQL_STATES = ['40P01', '40001'];
const CODES = new Set<unknown>([WRITE_CONFLICT, ...SQL_STATES.map(packed)]);

const MOST_ATTEMPTS = 100;
const LONGEST_PAUSE_MS = 100;

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

/** Runs a single write again for as long as it meets others. Throws what it throws otherwise. */
export async function untilNoConflict<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !isWriteConflict(error)) throw error;
      // Random pauses keep the same ones from meeting again.
      await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 * attempt));
    }
  }
}

/** A SQLSTATE as PostgreSQL packs it into a number, and FerretDB hands it on: six bits a character, the first one lowest. */
function packed(state: string): number {
  return Array.from(state).reduce((sum, char, at) => sum + (char.charCodeAt(0) - 48) * 64 ** at, 0);
}
