// Commands: retryable writes. A driver that lost a reply sends the same statement again with the same session,
// transaction number and statement id; it must get the recorded result and not a second write.
// Kept in memory: a restart ends every session.
import { CommandError } from '../errors.ts';
import { type Document, isDocument, toNumber } from '../query/values.ts';
import { Binary, Long } from 'bson';

interface SessionRecord {
  transaction: bigint;
  results: Map<number, unknown>;
  lastUsed: number;
}

/** Sessions are forgotten after this time, announced as `logicalSessionTimeoutMinutes`. */
export const SESSION_MINUTES = 30;

/** A key for a session document `{ id: UUID }`; undefined without one. Throws TypeMismatch. */
export function sessionKey(lsid: unknown): string | undefined {
  if (lsid === undefined) return undefined;
  const id = isDocument(lsid) ? lsid['id'] : undefined;
  if (id instanceof Binary && id.sub_type === 4) return Buffer.from(id.value()).toString('hex');
  throw new CommandError('TypeMismatch', 'Expected `lsid.id` to be a UUID');
}

/** The results of one command's statements. */
export interface RetryScope {
  /** Runs a statement once; the second time its first result comes back. Must be called inside a write. */
  once: <T>(index: number, run: () => T) => T;
  /** Forgets what this scope recorded: the write that it was part of was undone. */
  forget: () => void;
}

const NO_RETRIES: RetryScope = { once: (_, run) => run(), forget: () => undefined };

/** Results of retryable writes by session. */
export class RetryLog {
  readonly #sessions = new Map<string, SessionRecord>();

  /** Throws TransactionTooOld for a number below the session's last one. */
  scope(options: Document): RetryScope {
    const session = sessionKey(options['lsid']);
    const number = options['txnNumber'];
    if (session === undefined || number === undefined) return NO_RETRIES;
    const transaction = number instanceof Long ? number.toBigInt() : BigInt(toNumber(number) ?? 0);
    requireCurrent(this.#sessions.get(session), transaction);
    const recorded: number[] = [];
    return {
      once: (index, run) =>
        this.#once(session, transaction, index, () => {
          recorded.push(index);
          return run();
        }),
      forget: () => {
        const results = this.#sessions.get(session)?.results;
        for (const index of recorded) results?.delete(index);
      },
    };
  }

  #once<T>(session: string, transaction: bigint, index: number, run: () => T): T {
    let record = this.#sessions.get(session);
    requireCurrent(record, transaction);
    if (record?.transaction !== transaction) {
      record = { transaction, results: new Map(), lastUsed: Date.now() };
      this.#forgetIdle();
    }
    this.#sessions.set(session, record);
    record.lastUsed = Date.now();
    if (record.results.has(index)) return record.results.get(index) as T;
    const result = run();
    record.results.set(index, result);
    return result;
  }

  /** Forgets an ended session. */
  end(session: string): void {
    this.#sessions.delete(session);
  }

  #forgetIdle(): void {
    const oldest = Date.now() - SESSION_MINUTES * 60_000;
    for (const [session, record] of this.#sessions) {
      if (record.lastUsed < oldest) this.#sessions.delete(session);
    }
  }
}

function requireCurrent(record: SessionRecord | undefined, transaction: bigint): void {
  if (record && transaction < record.transaction) {
    throw new CommandError('TransactionTooOld', 'Retryable write with an older txnNumber');
  }
}
