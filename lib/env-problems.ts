// The checks behind lib/env.ts that zod cannot state: connection strings, secrets, key files.
// Each returns a sentence, or null when all is well; no sentence holds the value it is about.
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
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

/** A file that must be there and be read. */
export function textFileProblem(path: string): string | null {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 'expected a file, got none';
  if (!status.isFile()) return 'expected a file, got something else';
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch {
    return 'expected a file that this process can read';
  }
}

/** A file that nobody else may read either. */
export function secretFileProblem(path: string): string | null {
  return textFileProblem(path) ?? modeProblem(statSync(path).mode);
}

/** The key of the audit log: 64 hex digits. */
export function auditKeyProblem(path: string): string | null {
  const problem = secretFileProblem(path);
  if (problem !== null) return problem;
  const key = readSecretFile(path);
  if (!/^[0-9a-f]{64}$/i.test(key)) return 'expected 64 hex digits (32 random bytes)';
  return new Set(key).size < 8 ? 'expected random bytes, got a sample key' : null;
}

/** What a secret's file holds, without the line's end that editors put there. */
export function readSecretFile(path: string): string {
  return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
}

function modeProblem(mode: number): string | null {
  if ((mode & 0o077) === 0) return null;
  const octal = (mode & 0o777).toString(8);
  return `expected a file that only its owner can read (mode 600), got mode ${octal}`;
}

/** Length, permissions and randomness of a local master key file that exists. */
export function keyFileProblem(path: string): string | null {
  if (!existsSync(path)) return 'expected a master key file, got none';
  const status = statSync(path);
  if (!status.isFile()) return 'expected a master key file, got something else';
  const open = modeProblem(status.mode);
  if (open !== null) return open;
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
  return haveSameContent(demo, path)
    ? 'expected a key of its own, got a copy of the demo key'
    : null;
}

/** Whether both files are there and hold the same bytes. */
export function haveSameContent(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && digest(one) === digest(other);
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
