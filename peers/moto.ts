// Peers: moto's server, an independent stand-in for AWS, over TLS. Each test run starts its own, with
// nothing in it. It keeps the rules of KMS, but checks no signatures.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, freePort, startDetached, stop, waitUntil } from './processes.ts';
import { ensureVenv } from './python.ts';

// What `moto[server]` asks for beyond this serves other parts of AWS.
const packages = ['moto[kms]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'];

export interface Moto {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** Installs moto if it is not there. False where that cannot be: no Python, or no package index. */
export async function ensureMoto(): Promise<boolean> {
  return (await ensureVenv('moto', packages)) !== undefined;
}

/** Starts a server with this certificate. `ensureMoto` must have said that it can be had. */
export async function startMoto(files: { cert: string; key: string }): Promise<Moto> {
  const environment = await ensureVenv('moto', packages);
  if (environment === undefined) throw new Error('moto cannot be had here');
  const folder = await mkdtemp(join(tmpdir(), 'medco-moto-'));
  const port = await freePort();
  const address = ['-H', '127.0.0.1', '-p', String(port)];
  const certificate = ['--ssl-cert', files.cert, '--ssl-key', files.key];
  const log = join(folder, 'output.log');
  const program = join(environment, 'bin/moto_server');
  const pid = await startDetached(program, [...address, ...certificate], log);
  try {
    await waitUntil('moto', pid, () => answers(port));
  } catch (cause) {
    const said = await readFile(log, 'utf8').catch(() => '');
    throw new Error(`moto did not start: ${said.slice(-2000)}`, { cause });
  }
  return {
    address: `127.0.0.1:${String(port)}`,
    stop: async () => {
      await stop(pid);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
