// Peers: PyKMIP's server, an independent KMIP server, in a Python environment in the cache. Each test
// run starts its own, on its own key store and certificates.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import { answers, capture, freePort, run, startDetached, stop, waitUntil } from './processes.ts';

const environment = join(cacheDirectory, 'pykmip');
const installed = join(environment, 'installed');
const program = join(environment, 'bin/pykmip-server');

/** Paths of PEM files. */
export interface PykmipCertificates {
  readonly caFile: string;
  readonly serverFiles: { readonly cert: string; readonly key: string };
}

export interface Pykmip {
  /** `localhost:PORT`. */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** Installs PyKMIP if it is not there. False where that cannot be: no Python, or no package index. */
export async function ensurePykmip(): Promise<boolean> {
  if (existsSync(installed)) return true;
  if ((await capture('python3', ['--version'])) === undefined) return false;
  await mkdir(cacheDirectory, { recursive: true });
  const log = join(cacheDirectory, 'pykmip.log');
  try {
    await rm(environment, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', environment], log);
    await run(join(environment, 'bin/pip'), ['install', '-q', 'pykmip==0.11.0'], log);
    await writeFile(installed, '');
    return true;
  } catch {
    return false;
  }
}

/** Starts a server that wants client certificates of the given authority. */
export async function startPykmip(certificates: PykmipCertificates): Promise<Pykmip> {
  const folder = await mkdtemp(join(tmpdir(), 'medco-pykmip-'));
  const port = await freePort();
  const policies = join(folder, 'policies');
  await mkdir(policies);
  const settings = [
    '[server]',
    'hostname=127.0.0.1',
    `port=${String(port)}`,
    `certificate_path=${certificates.serverFiles.cert}`,
    `key_path=${certificates.serverFiles.key}`,
    `ca_path=${certificates.caFile}`,
    'auth_suite=TLS1.2',
    'tls_cipher_suites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    'enable_tls_client_auth=true',
    `policy_path=${policies}`,
    `database_path=${join(folder, 'keys.db')}`,
    'logging_level=INFO',
  ];
  const configuration = join(folder, 'server.conf');
  await writeFile(configuration, `${settings.join('\n')}\n`);
  const log = join(folder, 'output.log');
  const arguments_ = ['-f', configuration, '-l', join(folder, 'server.log')];
  const pid = await startDetached(program, arguments_, log);
  try {
    await waitUntil('PyKMIP', pid, () => answers(port));
  } catch (cause) {
    const said = await readFile(log, 'utf8').catch(() => '');
    throw new Error(`PyKMIP did not start: ${said.slice(-2000)}`, { cause });
  }
  return {
    address: `localhost:${String(port)}`,
    stop: async () => {
      await stop(pid);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
