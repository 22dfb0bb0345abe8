// Fuzzing: the corpus, one folder of small files per target. `seed-*` are written by write-corpus.ts;
// `found-*` once broke a promise and are replayed for ever.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'corpus');

export interface CorpusFile {
  readonly file: string;
  readonly bytes: Buffer;
}

/** The files of a target in the order of their names, so that a seed number always means the same. */
export function readCorpus(target: string): CorpusFile[] {
  return readdirSync(join(folder, target))
    .sort()
    .map((file) => ({ file, bytes: readFileSync(join(folder, target, file)) }));
}

/** Writes one file; returns its path. */
export function writeCorpusFile(target: string, name: string, bytes: Uint8Array): string {
  mkdirSync(join(folder, target), { recursive: true });
  const file = join(folder, target, name);
  writeFileSync(file, bytes);
  return file;
}

/** A name for an input that broke a promise. */
export function foundName(bytes: Uint8Array): string {
  return `found-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`;
}
