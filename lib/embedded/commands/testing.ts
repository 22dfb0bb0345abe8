// Test support for the commands: a server of its own on a free port, and the official driver connected to it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MongoClient, type MongoClientOptions } from 'mongodb';

import { type EmbeddedServer, startEmbeddedServer } from '../server.ts';

export interface TestServer {
  server: EmbeddedServer;
  client: MongoClient;
  directory: string;
  /** What the server logged. */
  log: string[];
  close: () => Promise<void>;
}

/** Starts both; close both in `afterAll`. */
export async function startTestServer(options: MongoClientOptions = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'medcomd-embedded-'));
  const log: string[] = [];
  const server = await startEmbeddedServer({ directory, log: (line) => log.push(line) });
  const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 5000, ...options });
  await client.connect();
  return {
    server,
    client,
    directory,
    log,
    close: async () => {
      await client.close();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The code of the error that a promise rejects with; undefined if it has none. Rejects if nothing was thrown. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : undefined;
  }
  throw new Error('Expected a failure, got success');
}
