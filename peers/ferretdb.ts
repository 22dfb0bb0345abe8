// Peers: FerretDB 2.7, an independent server of MongoDB's wire protocol, on PostgreSQL with DocumentDB.
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { cacheDirectory, type RunningProcess } from './cache.ts';
import { capture, freePort, run, startDetached, waitUntil } from './processes.ts';

const version = 'v2.7.0';
const binary = join(cacheDirectory, `ferretdb-${version}`);

/** Everything that is missing to install FerretDB here; empty if nothing is. */
export async function missingForFerretdb(): Promise<string[]> {
  if (existsSync(binary)) return [];
  return (await capture('go', ['version'])) === undefined ? ['Go'] : [];
}

/** Builds FerretDB once, one to two minutes. */
export async function installFerretdb(log: string): Promise<void> {
  if (existsSync(binary)) return;
  const folder = join(cacheDirectory, 'gobin');
  await mkdir(folder, { recursive: true });
  const module = `github.com/FerretDB/FerretDB/v2/cmd/ferretdb@${version}`;
  await run('go', ['install', module], log, { GOBIN: folder });
  await rename(join(folder, 'ferretdb'), binary);
}

/** The connection string of a running FerretDB. */
export function ferretdbUri(ferretdb: RunningProcess): string {
  return `mongodb://127.0.0.1:${String(ferretdb.port)}/?directConnection=true`;
}

/** True if it answers a command, not only a connection. */
export async function ferretdbAnswers(ferretdb: RunningProcess): Promise<boolean> {
  const client = new MongoClient(ferretdbUri(ferretdb), { serverSelectionTimeoutMS: 1000 });
  try {
    await client.db('admin').command({ listDatabases: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/** Starts FerretDB in front of PostgreSQL and waits until it answers. */
export async function startFerretdb(
  postgres: RunningProcess,
  log: string,
): Promise<RunningProcess> {
  const port = await freePort();
  const state = join(cacheDirectory, 'ferretdb-state');
  await mkdir(state, { recursive: true });
  const pid = await startDetached(
    binary,
    [
      '--no-auth',
      '--telemetry=disable',
      '--debug-addr=-',
      '--log-level=error',
      `--state-dir=${state}`,
      `--listen-addr=127.0.0.1:${String(port)}`,
      `--postgresql-url=postgres://postgres@127.0.0.1:${String(postgres.port)}/postgres`,
    ],
    log,
  );
  const ferretdb = { pid, port };
  await waitUntil('FerretDB', pid, () => ferretdbAnswers(ferretdb));
  return ferretdb;
}
