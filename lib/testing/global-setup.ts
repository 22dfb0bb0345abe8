// Testing: gives the integration project a server. `TEST_SERVER_URI` with `TEST_SERVER_KIND` names one;
// without them an embedded server runs in a temporary directory for the length of the run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '../embedded/server.ts';

/** Vitest global setup: sets the variables that `server.ts` reads, returns the teardown. */
export async function setup(): Promise<() => Promise<void>> {
  if (process.env['TEST_SERVER_URI'] !== undefined) {
    process.env['TEST_SERVER_KIND'] ??= 'mongodb';
    return () => Promise.resolve();
  }
  const directory = await mkdtemp(join(tmpdir(), 'medco-integration-'));
  const server = await startEmbeddedServer({ directory, port: 0 });
  process.env['TEST_SERVER_URI'] = server.uri;
  process.env['TEST_SERVER_KIND'] = 'embedded';
  return async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  };
}
