// Encryption at rest: the journal of a conversion. While it lies in the directory, no server opens it; its phase says
// which database is the true one.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import { CONVERSION_FILE } from '../storage/database-file.ts';
import { replaceFile, syncDirectory } from '../storage/sync.ts';
import { AtRestError } from './errors.ts';

const journal = z.strictObject({
  format: z.literal(1),
  to: z.enum(['encrypted', 'clear']),
  /**
   * `copying`: the old database is the true one, the copy has a name of its own. `verified`: the copy is the true one,
   * what is left is to give it its name and to remove the old files.
   */
  phase: z.enum(['copying', 'verified']),
  /** File name that the finished copy gets; with encryption known once there is a keystore. */
  target: z.string().optional(),
  began: z.iso.datetime(),
});

export type ConversionJournal = z.infer<typeof journal>;

/** Undefined if no conversion is under way. Throws AtRestError CONVERSION if the journal is damaged. */
export function readJournal(directory: string): ConversionJournal | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, CONVERSION_FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = journal.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new AtRestError(
    'CONVERSION',
    `Expected the journal ${join(directory, CONVERSION_FILE)} of a conversion, got one that was damaged`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function writeJournal(directory: string, content: ConversionJournal): void {
  replaceFile(join(directory, CONVERSION_FILE), `${JSON.stringify(content, null, 2)}\n`);
}

export function removeJournal(directory: string): void {
  syncDirectory(directory);
  rmSync(join(directory, CONVERSION_FILE), { force: true });
  syncDirectory(directory);
}
