// Starts the embedded database as a child and waits for its address.
import { join } from 'node:path';
import { z } from 'zod';
import type { Supervisor } from './supervisor.ts';

const report = z.union([z.object({ uri: z.string() }), z.object({ problem: z.string() })]);

/** The server's connection string. Rejects with the server's own words if it cannot start. */
export function startEmbeddedDatabase(supervisor: Supervisor, dataDir: string): Promise<string> {
  const script = join(import.meta.dirname, 'database-process.ts');
  const child = supervisor.start(
    'embedded database',
    ['--import', 'tsx', script, join(dataDir, 'database')],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const address = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => {
      const told = report.parse(message);
      if ('uri' in told) resolve(told.uri);
      else reject(new Error(`The embedded database did not start: ${told.problem}`));
    });
  });
  // It says why before it ends, so its word comes first.
  return Promise.race([address, supervisor.failure]);
}
