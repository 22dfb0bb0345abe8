// The local master key: 96 random bytes in a file that only its owner can read. It never leaves this
// process except wrapped around data keys, and no message holds any of it.
import 'server-only';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { keyFileProblem, MASTER_KEY_BYTES } from '@/lib/env-problems';
import { KeyError } from './errors';

/**
 * Creates the file with a new key unless it is there already; whichever of two processes comes second
 * keeps the first one's. Returns whether it was created.
 */
export function createMasterKeyFile(path: string): boolean {
  if (existsSync(path)) return false;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file: number;
  try {
    // `wx` is O_EXCL: a key that exists is never overwritten, it may protect data.
    file = openSync(path, 'wx', 0o600);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw new KeyError('MASTER_KEY', 'Expected to create the master key file, got an error', cause);
  }
  try {
    writeSync(file, randomBytes(MASTER_KEY_BYTES));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return true;
}

/** Reads the key. Throws KeyError `MASTER_KEY` if it is missing, readable by others or not 96 bytes. */
export function readMasterKey(path: string): Buffer {
  const problem = keyFileProblem(path);
  if (problem !== null) throw new KeyError('MASTER_KEY', `Master key file: ${problem}`);
  return readFileSync(path);
}
