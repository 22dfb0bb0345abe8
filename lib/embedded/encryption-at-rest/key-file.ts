// Encryption at rest: the master key in a local file, in the format that database servers agree on: base64 of 32
// bytes, one line, readable by its owner alone.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { relative, isAbsolute } from 'node:path';

import { AtRestError } from './errors.ts';

export const MASTER_KEY_BYTES = 32;

/**
 * Reads a master key, which the caller zeroes. Throws AtRestError KEY_FILE if it is missing, readable by others, no
 * key, or lies in `directory`, where a thief of the data would find it.
 */
export function readKeyFile(path: string, directory: string): Buffer {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw bad(path, 'to exist, got no such file');
  if (!status.isFile()) throw bad(path, 'to be a file, got something else');
  const mode = status.mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o177) !== 0) {
    throw bad(path, `to have mode 600, got mode ${mode.toString(8)}`);
  }
  const place = relative(realpathSync(directory), realpathSync(path));
  if (!place.startsWith('..') && !isAbsolute(place)) {
    throw bad(path, 'to lie outside the data directory, got one inside it');
  }
  const content = readFileSync(path);
  try {
    return parseKey(content, path);
  } finally {
    content.fill(0);
  }
}

function parseKey(content: Buffer, path: string): Buffer {
  const text = content.toString('latin1');
  if (!/^[A-Za-z0-9+/]{43}=\r?\n?$/.test(text)) {
    throw bad(path, 'to hold base64 of 32 bytes in one line, got something else');
  }
  const key = Buffer.from(text, 'base64');
  // The last character of base64 has bits to spare; two spellings of one key are one too many.
  if (key.toString('base64') !== text.trimEnd()) {
    throw bad(path, 'to hold base64 of 32 bytes in one line, got something else');
  }
  // 32 random bytes hold fewer than 12 different values in no lifetime.
  if (new Set(key).size < 12) throw bad(path, 'to hold random bytes, got a sample');
  return key;
}

function bad(path: string, problem: string): AtRestError {
  return new AtRestError('KEY_FILE', `Expected the key file ${path} ${problem}`);
}
