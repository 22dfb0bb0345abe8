// Parity suite: one client per file, a database of its own, and the written-down differences.
import { MongoClient, type Db } from 'mongodb';
import {
  testServerKind,
  testServerUri,
  uniqueName,
  type ServerKind,
} from '../../testing/server.ts';

export interface ServerUnderTest {
  readonly client: MongoClient;
  readonly db: Db;
  readonly close: () => Promise<void>;
}

/** Connects to the server that the run names; `close` drops the database again. */
export function connectToServerUnderTest(): ServerUnderTest {
  const client = new MongoClient(testServerUri());
  const db = client.db(uniqueName('parity'));
  return {
    client,
    db,
    close: async () => {
      await db.dropDatabase();
      await client.close();
    },
  };
}

/**
 * What this server answers where servers differ: `documented` is MongoDB's documentation, which the
 * embedded server follows; the others are named with the reason beside the call.
 */
export function knownDifference<T>(documented: T, differing: Partial<Record<ServerKind, T>>): T {
  const kind = testServerKind();
  return Object.hasOwn(differing, kind) ? (differing[kind] as T) : documented;
}

/** The code of the server error that a call rejects with; undefined if it succeeds. */
export async function errorCode(call: Promise<unknown>): Promise<number | string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? (error.code as number | string) : 'no code';
  }
}
