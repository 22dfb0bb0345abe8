// The embedded server as a process of its own, so that it answers while Next or a seed computes. Tells its
// address to the start command and ends when told to, or when the start command is gone.
import { mkdirSync } from 'node:fs';
import { readAtRestOptions } from '../../lib/embedded/encryption-at-rest/options.ts';
import { encryptedDatabaseFile } from '../../lib/embedded/encryption-at-rest/unlock.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../lib/embedded/server.ts';

/** For people who want to look at the data with another client; any free port if it is taken. */
const USUAL_PORT = 27_117;

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const atRest = readAtRestOptions({ environment: process.env });
  if (atRest?.rotateMasterKey === true) {
    // A server that ends after it has rotated, as `mongod` does, would be a clinic that never starts.
    throw new Error(
      '`security.kmip.rotateMasterKey` is set: run `npm run medco -- at-rest rotate`, then start without it',
    );
  }
  const encryption = atRest && { databaseFile: encryptedDatabaseFile(atRest, warn) };
  const server = await startEmbeddedServer({ directory, port: USUAL_PORT, ...encryption }).catch(
    (error: unknown): Promise<EmbeddedServer> => {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken) throw error;
      return startEmbeddedServer({ directory, port: 0, ...encryption });
    },
  );
  const stop = (): void => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  process.send?.({ uri: server.uri });
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  process.send?.({ problem: error instanceof Error ? error.message : 'Start failed' });
  process.exitCode = 1;
  process.disconnect();
});
