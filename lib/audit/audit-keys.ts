// The keys of the audit log, all derived from one secret file: it is none of the master keys of CSFLE, since the front
// desk's process has those no more than it needs them. Demo mode makes the file beside its data.
import 'server-only';
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { env } from '@/lib/env';
import { auditKeyProblem, readSecretFile } from '@/lib/env-problems';

/** What a derived key is for: links of the chain, its head, pseudonyms of patients, digests of what was searched. */
type Use = 'chain' | 'head' | 'patient' | 'searched';

const derived = new Map<string, Buffer>();

/**
 * HMAC-SHA-256 of `text` under the key for `use`, which HKDF (RFC 5869) derives from the file of
 * `MEDCO_AUDIT_KEY_FILE`. Throws if that file is missing or no key.
 */
export function auditHmac(use: Use, text: string): Buffer {
  return createHmac('sha256', auditKey(use)).update(text, 'utf8').digest();
}

function auditKey(use: Use): Buffer {
  const file = env().auditKeyFile;
  const known = derived.get(`${use}:${file}`);
  if (known !== undefined) return known;
  if (env().mode === 'demo') createAuditKeyFile(file);
  const problem = auditKeyProblem(file);
  if (problem !== null) throw new Error(`Audit key file: ${problem}`);
  const secret = Buffer.from(readSecretFile(file), 'hex');
  const key = Buffer.from(hkdfSync('sha256', secret, '', `medcomd audit ${use}`, 32));
  derived.set(`${use}:${file}`, key);
  return key;
}

function createAuditKeyFile(file: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Written whole before it has its name: another process must not read half a key.
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  try {
    linkSync(whole, file);
  } catch (error) {
    // Another process of the demo was faster; its key is the one.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(whole);
  }
}
