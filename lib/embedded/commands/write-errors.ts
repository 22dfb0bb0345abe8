// Commands: what insert, update and delete share: running statements one by one inside a durable write, with one
// entry of `writeErrors` per failure, in order or not.
import { setImmediate as nextTurn } from 'node:timers/promises';

import { CommandError, isCommandError } from '../errors.ts';
import { type Document, toInteger } from '../query/values.ts';
import { booleanOption, type CommandRequest } from './command.ts';

/** Statements per transaction: one flush for many, and other connections get their turn in between. */
const CHUNK = 500;

export const MAX_WRITE_BATCH = 100_000;

/** The results of the statements that succeeded, and the failures as the protocol wants them. */
export interface StatementResults<T> {
  results: { index: number; result: T }[];
  writeErrors: Document[];
}

/**
 * Runs all statements; each is atomic on its own. `ordered: true` stops at the first failure.
 * Resolves when everything that succeeded is durable.
 */
export async function runStatements<S, T>(
  request: CommandRequest,
  statements: readonly S[],
  run: (statement: S, index: number) => T,
): Promise<StatementResults<T>> {
  checkCount(statements.length);
  const ordered = booleanOption(request, 'ordered', true);
  const outcome: StatementResults<T> = { results: [], writeErrors: [] };
  for (let start = 0; start < statements.length; start += CHUNK) {
    if (ordered && outcome.writeErrors.length > 0) break;
    if (start > 0) await nextTurn();
    const chunk = statements.slice(start, start + CHUNK);
    const scope = request.server.retries.scope(request.options);
    const write = request.server.storage.write(() => {
      for (const [offset, statement] of chunk.entries()) {
        const index = start + offset;
        request.checkTime();
        try {
          const result = scope.once(statementId(request, index), () => run(statement, index));
          outcome.results.push({ index, result });
        } catch (error) {
          if (!isCommandError(error)) throw error;
          outcome.writeErrors.push(writeError(index, error));
          if (ordered) return;
        }
      }
    });
    await write.catch((error: unknown) => {
      scope.forget();
      throw error;
    });
  }
  return outcome;
}

function checkCount(count: number): void {
  if (count >= 1 && count <= MAX_WRITE_BATCH) return;
  throw new CommandError(
    'InvalidLength',
    `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${count} operations.`,
  );
}

function statementId(request: CommandRequest, index: number): number {
  const ids = request.options['stmtIds'];
  const listed = Array.isArray(ids) ? toInteger(ids[index]) : undefined;
  return listed ?? (toInteger(request.options['stmtId']) ?? 0) + index;
}

function writeError(index: number, error: CommandError): Document {
  return { index, code: error.code, errmsg: error.message, ...error.details };
}

/** `writeErrors` only where there are some. */
export function withErrors(reply: Document, writeErrors: readonly Document[]): Document {
  return writeErrors.length === 0 ? reply : { ...reply, writeErrors };
}
