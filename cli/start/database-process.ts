// The embedded server as a process of its own, so that it answers while Next or a seed computes. Tells its
// address to the start command and ends when told to, or when the start command is gone.
import { mkdirSync } from 'node:fs';
import { startEmbeddedServer, type EmbeddedServer } from '../../lib/embedded/server.ts';

/** For people who want to look at the data with another client; any free port if it is taken. */
const USUAL_PORT = 27_117;

async function main(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const server = await startEmbeddedServer({ directory, port: USUAL_PORT }).catch(
    (error: unknown): Promise<EmbeddedServer> => {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken) throw error;
      return startEmbeddedServer({ directory, port: 0 });
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
