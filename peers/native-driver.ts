// Peers: a second copy of the driver beside which `mongodb-client-encryption` is the official native
// addon. The driver loads that package by `require`, so only a real folder can swap it.
import { cp, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureNativeAddon } from './native-addon.ts';

const modules = join(import.meta.dirname, '../node_modules');

/** Where the copy lies; `vitest.config.ts` sends every import of `mongodb` there. */
const folder = join(modules, '.native-driver');

/**
 * Makes the copy anew, of this clone's driver; all other packages it finds where the first driver finds
 * them. Throws `PeersUnavailableError` where the addon cannot be had.
 */
export async function ensureNativeDriver(): Promise<void> {
  const addon = await ensureNativeAddon();
  const unfinished = `${folder}.${String(process.pid)}`;
  const inside = join(unfinished, 'node_modules');
  await mkdir(inside, { recursive: true });
  await cp(join(modules, 'mongodb'), join(inside, 'mongodb'), { recursive: true });
  await symlink(addon, join(inside, 'mongodb-client-encryption'));
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}
