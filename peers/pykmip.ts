// Peers: PyKMIP's server, an independent KMIP server, in a Python environment in the cache. Each test
// run starts its own, on its own key store and certificates.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import { answers, freePort, startDetached, stop, waitUntil } from './processes.ts';
import { ensureVenv } from './python.ts';

const program = join(cacheDirectory, 'pykmip', 'bin/pykmip-server');

/** Paths of PEM files. */
export interface PykmipCertificates {
  readonly caFile: string;
  readonly serverFiles: { readonly cert: string; readonly key: string };
}

export interface Pykmip {
  /** `localhost:PORT`. */
  readonly address: string;
  readonly port: number;
  /** Ends this server alone, as a crash would: its key store and its port stay. */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`, on the same port and key store; with other certificates if they are given. */
  readonly restart: (certificates?: PykmipCertificates) => Promise<void>;
  /** Ends it for good. A key store of its own is removed, a shared one stays. */
  readonly stop: () => Promise<void>;
}

export interface PykmipOptions {
  /** Folder of a key store that several servers share; the caller removes it. */
  readonly keyStore?: string;
}

/** Installs PyKMIP if it is not there. False where that cannot be: no Python, or no package index. */
export async function ensurePykmip(): Promise<boolean> {
  return (await ensureVenv('pykmip', ['pykmip==0.11.0'])) !== undefined;
}

/** Starts a server that wants client certificates of the given authority. */
export async function startPykmip(
  certificates: PykmipCertificates,
  { keyStore }: PykmipOptions = {},
): Promise<Pykmip> {
  const folder = await mkdtemp(join(tmpdir(), 'medco-pykmip-'));
  const port = await freePort();
  const database = join(keyStore ?? folder, 'keys.db');
  await mkdir(join(folder, 'policies'));
  let pid: number | undefined = await runProgram(
    folder,
    settingsOf(certificates, folder, port, database),
  );
  const kill = async (): Promise<void> => {
    // Asked to end, it waits ten seconds for its sessions.
    if (pid !== undefined) await stop(pid, 'SIGKILL');
    pid = undefined;
  };
  return {
    address: `localhost:${String(port)}`,
    port,
    kill,
    restart: async (others = certificates) => {
      await kill();
      pid = await runProgram(folder, settingsOf(others, folder, port, database));
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function settingsOf(
  { caFile, serverFiles }: PykmipCertificates,
  folder: string,
  port: number,
  database: string,
): string[] {
  return [
    '[server]',
    'hostname=127.0.0.1',
    `port=${String(port)}`,
    `certificate_path=${serverFiles.cert}`,
    `key_path=${serverFiles.key}`,
    `ca_path=${caFile}`,
    'auth_suite=TLS1.2',
    'tls_cipher_suites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    'enable_tls_client_auth=true',
    `policy_path=${join(folder, 'policies')}`,
    `database_path=${database}`,
    'logging_level=INFO',
  ];
}

/** Starts the program and waits until it answers; returns the process's id. */
async function runProgram(folder: string, settings: readonly string[]): Promise<number> {
  const configuration = join(folder, 'server.conf');
  await writeFile(configuration, `${settings.join('\n')}\n`);
  const port = Number(settings.find((line) => line.startsWith('port='))?.slice(5));
  const log = join(folder, 'output.log');
  const arguments_ = ['-f', configuration, '-l', join(folder, 'server.log')];
  const pid = await startDetached(program, arguments_, log);
  try {
    await waitUntil('PyKMIP', pid, () => answers(port));
    return pid;
  } catch (cause) {
    const said = await readFile(log, 'utf8').catch(() => '');
    throw new Error(`PyKMIP did not start: ${said.slice(-2000)}`, { cause });
  }
}
