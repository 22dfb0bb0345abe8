// Runs a command against the clinic's database: the server of MONGODB_URI, else the embedded one, which is
// asked if the clinic runs and started for the length of the command if not.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { closeConnections } from '../../lib/db/connections.ts';
import { prepareDatabase } from '../../lib/db/prepare-database.ts';
import { parseEnv } from '../../lib/env.ts';
import { prepareMasterKey } from '../setup/prepare.ts';
import { buildEncryption } from '../start/build.ts';
import { startEmbeddedDatabase } from '../start/embedded-database.ts';
import type { Supervisor } from '../start/supervisor.ts';

/** Where the running embedded server's address is noted. */
export const ADDRESS_FILE = 'database.uri';

/** Prepares the database, runs `work`, closes what was opened. */
export function withDatabase<T>(supervisor: Supervisor, work: () => Promise<T>): Promise<T> {
  return withServer(supervisor, async () => {
    prepareMasterKey();
    await prepareDatabase();
    return work();
  });
}

/** The same with a database that may not be set up, because its KMS cannot be used yet. */
export async function withServer<T>(supervisor: Supervisor, work: () => Promise<T>): Promise<T> {
  const settings = parseEnv(process.env);
  await buildEncryption(supervisor);
  process.env['MONGODB_URI'] ??=
    (await runningDatabase(settings.dataDir)) ??
    (await startEmbeddedDatabase(supervisor, settings.dataDir));
  try {
    return await work();
  } finally {
    await closeConnections();
  }
}

async function runningDatabase(dataDir: string): Promise<string | undefined> {
  const file = join(dataDir, ADDRESS_FILE);
  if (!existsSync(file)) return undefined;
  const uri = readFileSync(file, 'utf8');
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 1000 });
  try {
    await client.db('admin').command({ ping: 1 });
    return uri;
  } catch {
    // The note outlived its server.
    return undefined;
  } finally {
    await client.close();
  }
}
