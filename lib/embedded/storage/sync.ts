// Storage layer: files that are there as a whole or not at all, and stay so when the power fails.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a file: after a crash at any point it holds the old text or the new one. Mode 600. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  // What a killed process left may have another mode.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** Makes renamings and removals in a directory durable. */
export function syncDirectory(directory: string): void {
  // Windows has no such call for directories.
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
