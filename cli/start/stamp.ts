// Has anything changed since the last build? A digest of the sources' contents, kept beside the result.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Digest over files and folders, `skip` being asked for each path below `root`. */
export function digestSources(
  root: string,
  paths: readonly string[],
  skip: (path: string) => boolean,
): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const full = join(root, path);
    if (skip(path) || !existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(join(path, name));
      return;
    }
    const content = readFileSync(full);
    hash.update(`${path}\0${content.length}\0`).update(content);
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}

/** Runs `build` unless the stamp in `file` equals `digest`; returns whether it ran. */
export async function buildIfChanged(
  file: string,
  digest: string,
  build: () => Promise<void>,
): Promise<boolean> {
  if (existsSync(file) && readFileSync(file, 'utf8') === digest) return false;
  await build();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, digest);
  return true;
}
