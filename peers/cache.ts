// Peers: where their software and their state lie. Outside the repository, shared by all clones.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `~/.cache/medco-peers`, or the folder that `MEDCO_PEERS_CACHE` names. */
export const cacheDirectory =
  process.env['MEDCO_PEERS_CACHE'] ?? join(homedir(), '.cache', 'medco-peers');

/** One started process: enough to find it again and to stop it. */
export interface RunningProcess {
  readonly pid: number;
  readonly port: number;
}

/** What `up` started and `down` stops. */
export interface PeersState {
  readonly postgres: RunningProcess;
  readonly ferretdb: RunningProcess;
}

const stateFile = join(cacheDirectory, 'state.json');

/** The state that the last `up` left, or undefined. */
export async function readState(): Promise<PeersState | undefined> {
  try {
    return JSON.parse(await readFile(stateFile, 'utf8')) as PeersState;
  } catch {
    return undefined;
  }
}

/** Replaces the state file in one step, so that a reader never sees half of it. */
export async function writeState(state: PeersState): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  const temporary = `${stateFile}.${String(process.pid)}`;
  await writeFile(temporary, JSON.stringify(state));
  await rename(temporary, stateFile);
}

export async function removeState(): Promise<void> {
  await rm(stateFile, { force: true });
}
