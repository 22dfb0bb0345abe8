// Starts the embedded database as a child and waits for its address.
import { join } from 'node:path';
import { z } from 'zod';
import { OPTIONS } from '../../lib/embedded/encryption-at-rest/option-names.ts';
import { readAtRestOptions } from '../../lib/embedded/encryption-at-rest/options.ts';
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
  // The database has it; the processes that are started later need not.
  Reflect.deleteProperty(process.env, OPTIONS.clientCertificatePassword.variable);
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

/**
 * For a server that MONGODB_URI names: throws if the settings ask for encryption at rest, which would then be nowhere,
 * while its operator believes otherwise.
 */
export function requireNoEncryptionAtRest(
  environment: Readonly<Record<string, string | undefined>>,
): void {
  if (readAtRestOptions({ environment }) === undefined) return;
  throw new Error(
    'Expected no `security.enableEncryption` with `MONGODB_URI`, got both: it encrypts the embedded database only. ' +
      'Encrypt that server by its own settings; see docs/at-rest.md',
  );
}
