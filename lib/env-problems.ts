// The checks behind lib/env.ts that zod cannot state: connection strings, secrets, key files.
// Each returns a sentence, or null when all is well; no sentence holds the value it is about.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** Where demo mode keeps the master key, inside the data directory. */
export const DEMO_KEY_NAME = 'master-key.bin';
/** CSFLE spec, "kmsProviders": a local master key is 96 bytes. */
export const MASTER_KEY_BYTES = 96;

// 96 random bytes hold about 80 different values; fewer than 48 happens in no lifetime.
const LEAST_DISTINCT_BYTES = 48;
const SAMPLE_SECRET = /change.?me|secret|password|example|sample|test|default|cafebabe|x{8}/i;

/** C-31: TLS, with the server's certificate and name checked. */
export function tlsProblem(uri: string): string | null {
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(uri.split('?')[1] ?? '')) {
    options.set(name.toLowerCase(), value.toLowerCase());
  }
  const stated = options.get('tls') ?? options.get('ssl');
  const secured = stated === undefined ? uri.startsWith('mongodb+srv://') : stated === 'true';
  if (!secured) return 'expected a connection string with `tls=true`';
  const unchecked = [
    'tlsinsecure',
    'tlsallowinvalidcertificates',
    'tlsallowinvalidhostnames',
  ].filter((name) => options.get(name) === 'true');
  return unchecked.length === 0 ? null : 'expected TLS that checks certificate and host name';
}

/** Length and variety of the secret that signs session cookies. */
export function secretProblem(secret: string): string | null {
  if (secret.length < 32) return `expected at least 32 characters, got ${secret.length}`;
  if (new Set(secret).size < 12 || SAMPLE_SECRET.test(secret)) {
    return 'expected a random secret, got one that looks like a sample';
  }
  return null;
}

/** Length, permissions and randomness of a local master key file that exists. */
export function keyFileProblem(path: string): string | null {
  if (!existsSync(path)) return 'expected a master key file, got none';
  const status = statSync(path);
  if (!status.isFile()) return 'expected a master key file, got something else';
  if ((status.mode & 0o077) !== 0) {
    const mode = (status.mode & 0o777).toString(8);
    return `expected a file that only its owner can read (mode 600), got mode ${mode}`;
  }
  if (status.size !== MASTER_KEY_BYTES) {
    return `expected ${MASTER_KEY_BYTES} bytes, got ${status.size}`;
  }
  const distinct = new Set(readFileSync(path)).size;
  return distinct < LEAST_DISTINCT_BYTES ? 'expected random bytes, got a sample key' : null;
}

/** C-44: a key beside the data it protects is the demo's arrangement, and so is any copy of it. */
export function demoKeyProblem(path: string, dataDir: string): string | null {
  if (!relative(resolve(dataDir), resolve(path)).startsWith('..')) {
    return 'expected a key kept apart from `MEDCO_DATA_DIR`, got the demo key or one beside the data';
  }
  const demo = join(dataDir, DEMO_KEY_NAME);
  if (!existsSync(demo) || !existsSync(path)) return null;
  return digest(demo) === digest(path)
    ? 'expected a key of its own, got a copy of the demo key'
    : null;
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
