// Peers: up, down and status of the real software that the tests measure against.
// The app never uses it. Each peer has a file of its own; this one only orders them.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, readState, removeState, withLock, writeState } from './cache.ts';
import {
  ferretdbAnswers,
  ferretdbUri,
  installFerretdb,
  missingForFerretdb,
  startFerretdb,
} from './ferretdb.ts';
import { installPostgres, missingForPostgres, startPostgres } from './postgres.ts';
import { isAlive, stop } from './processes.ts';

/** Thrown by `up` where a peer cannot be had; the test runner turns it into a named skip. */
export class PeersUnavailableError extends Error {
  override readonly name = 'PeersUnavailableError';
  readonly code = 'PEERS_UNAVAILABLE';
}

/** The connection string of the running FerretDB, or undefined if it does not run. */
export async function runningFerretdb(): Promise<string | undefined> {
  const state = await readState();
  if (state === undefined || !isAlive(state.ferretdb.pid)) return undefined;
  return (await ferretdbAnswers(state.ferretdb)) ? ferretdbUri(state.ferretdb) : undefined;
}

/**
 * Installs what is missing, starts what does not run, and returns FerretDB's connection string.
 * The database is empty after a start. Throws `PeersUnavailableError` naming what is missing.
 */
export async function up(say: (line: string) => void): Promise<string> {
  return withLock(() => installAndStart(say));
}

async function installAndStart(say: (line: string) => void): Promise<string> {
  const running = await runningFerretdb();
  if (running !== undefined) return running;
  const missing = [...(await missingForPostgres()), ...(await missingForFerretdb())];
  if (missing.length > 0)
    throw new PeersUnavailableError(`FerretDB needs ${missing.join(' and ')}`);
  await stopAll();
  const log = join(cacheDirectory, 'peers.log');
  await rm(log, { force: true });
  say('installing what is missing (minutes the first time, nothing later)');
  try {
    await Promise.all([installPostgres(log), installFerretdb(log)]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new PeersUnavailableError(`FerretDB could not be installed: ${reason}`, { cause });
  }
  say('starting PostgreSQL and FerretDB');
  const postgres = await startPostgres(log);
  try {
    const ferretdb = await startFerretdb(postgres, log);
    await writeState({ postgres, ferretdb });
    return ferretdbUri(ferretdb);
  } catch (error) {
    await stop(postgres.pid, 'SIGINT');
    throw error;
  }
}

/** Stops what `up` started; does nothing if nothing runs. */
export async function down(): Promise<void> {
  await withLock(stopAll);
}

async function stopAll(): Promise<void> {
  const state = await readState();
  if (state === undefined) return;
  await stop(state.ferretdb.pid);
  await stop(state.postgres.pid, 'SIGINT');
  await removeState();
}
