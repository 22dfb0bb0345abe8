// Peers: PostgreSQL 18 with DocumentDB, from Debian's suite forky, in a root folder of its own.
// Mounts live in a private mount namespace (`unshare --mount`): they end with the process.
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, type RunningProcess } from './cache.ts';
import { answers, capture, freePort, run, startDetached, waitUntil } from './processes.ts';

const root = join(cacheDirectory, 'forky');
const installed = join(cacheDirectory, 'postgresql-18-documentdb.installed');
const scripts = '/usr/share/debootstrap/scripts';
const bin = '/usr/lib/postgresql/18/bin';
const data = '/var/lib/medco-peer';

/** Everything that is missing to install and run PostgreSQL here; empty if nothing is. */
export async function missingForPostgres(): Promise<string[]> {
  const missing: string[] = [];
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version')) missing.push('Debian');
  if (process.getuid?.() !== 0) missing.push('root');
  if (missing.length === 0 && !existsSync(installed) && (await debianMirror()) === undefined) {
    missing.push('a Debian mirror in the sources of apt');
  }
  return missing;
}

/** The mirror that this machine's apt uses for its own release. */
export async function debianMirror(): Promise<string | undefined> {
  const targets = await capture('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(RELEASE)',
    'Created-By: Packages',
  ]);
  const lines = (targets ?? '').split('\n').map((line) => line.split(' '));
  return lines.find(([uri]) => uri !== undefined && /\/debian\/?$/.test(uri))?.[0];
}

/** A shell command inside the root folder, with its own /proc and the machine's /dev. */
function inRoot(command: string): [string, string[]] {
  const enter = [
    `mount -t proc proc '${root}/proc'`,
    `mount --rbind /dev '${root}/dev'`,
    `exec chroot '${root}' sh -c "$1"`,
  ].join(' && ');
  return ['unshare', ['--mount', 'sh', '-c', enter, 'sh', command]];
}

/** Installs once, about two minutes; a half-done installation is thrown away first. */
export async function installPostgres(log: string): Promise<void> {
  if (existsSync(installed)) return;
  const mirror = await debianMirror();
  if (mirror === undefined) throw new Error('Found no Debian mirror in the sources of apt');
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  if (!existsSync(scripts)) {
    await run('apt-get', ['update', '-qq'], log);
    await run('apt-get', ['install', '-y', '-qq', 'debootstrap'], log);
  }
  // An older debootstrap has no script for forky; the one for sid serves every suite of today.
  if (!existsSync(join(scripts, 'forky'))) await symlink('sid', join(scripts, 'forky'));
  await run('debootstrap', ['--variant=minbase', 'forky', root, mirror], log);
  // Proxies and the like: what this machine's apt needs, the one in the root folder needs too.
  const settings = await capture('apt-config', ['dump', '--format', '%F "%v";%n', 'Acquire']);
  await writeFile(join(root, 'etc/apt/apt.conf.d/90machine'), settings ?? '');
  const install =
    'apt-get update -qq && ' +
    'apt-get install -y -qq --no-install-recommends postgresql-18-documentdb';
  await run(...inRoot(install), log, { DEBIAN_FRONTEND: 'noninteractive' });
  await writeFile(installed, '');
}

function asPostgres(command: string): string {
  return `su postgres -s /bin/sh -c '${command}'`;
}

/** Starts PostgreSQL on a fresh, empty cluster and waits until it answers. */
export async function startPostgres(log: string): Promise<RunningProcess> {
  const port = await freePort();
  await rm(join(root, data), { recursive: true, force: true });
  await mkdir(join(root, data));
  await chmod(join(root, 'tmp'), 0o1777);
  await run(...inRoot(`chown postgres ${data}`), log);
  await run(
    ...inRoot(asPostgres(`${bin}/initdb --auth=trust --encoding=UTF8 --no-sync ${data}/cluster`)),
    log,
  );
  const settings = [
    `port = ${String(port)}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = '/tmp'`,
    `shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'`,
    `cron.database_name = 'postgres'`,
    `documentdb.enableSchemaValidation = on`,
    `fsync = off`,
    // Inserts of one unique value at a time wait for each other until this has passed.
    `deadlock_timeout = 50ms`,
    `max_connections = 200`,
  ];
  await appendFile(join(root, data, 'cluster/postgresql.conf'), `${settings.join('\n')}\n`);
  const pid = await startDetached(
    ...inRoot(`exec ${asPostgres(`exec ${bin}/postgres -D ${data}/cluster`)}`),
    log,
  );
  await waitUntil('PostgreSQL', pid, () => answers(port));
  const psql = `${bin}/psql -q -h 127.0.0.1 -p ${String(port)} -c "CREATE EXTENSION documentdb CASCADE"`;
  await waitUntil('PostgreSQL', pid, async () => {
    const [command, args] = inRoot(
      asPostgres(`${bin}/pg_isready -q -h 127.0.0.1 -p ${String(port)}`),
    );
    return (await capture(command, args)) !== undefined;
  });
  await run(...inRoot(asPostgres(psql)), log);
  return { pid, port };
}
