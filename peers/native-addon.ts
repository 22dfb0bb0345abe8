// Peers: the official native addon, `mongodb-client-encryption` with libmongocrypt, built from its npm
// package. Its own installation downloads a binary from elsewhere; this one takes headers from Debian
// and the library from the wheel of pymongocrypt, both from package indexes.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDirectory, withLock } from './cache.ts';
import { PeersUnavailableError } from './peers.ts';
import { debianMirror } from './postgres.ts';
import { capture, run } from './processes.ts';
import { ensureVenv } from './python.ts';

const versions = { addon: '7.2.1', gyp: '11.5.0', wheel: '1.21.2' } as const;

const folder = join(cacheDirectory, `native-addon-${versions.addon}`);
const modules = join(folder, 'node_modules');
/** The folder of the addon's package, as it lies in `node_modules`. */
export const nativeAddonFolder = join(modules, 'mongodb-client-encryption');
const installed = join(folder, 'installed');
// Node-API's binary fits every Node, so the version of Node is no part of this.
const complete = JSON.stringify(versions);
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** True if the addon is there, complete and of these versions. */
export async function nativeAddonIsBuilt(): Promise<boolean> {
  return (await readFile(installed, 'utf8').catch(() => '')) === complete;
}

/**
 * Builds the addon once, about a minute, and returns the folder of its package. Throws
 * `PeersUnavailableError` where it cannot be had.
 */
export async function ensureNativeAddon(): Promise<string> {
  return withLock(async () => {
    if (!(await nativeAddonIsBuilt())) await build();
    return nativeAddonFolder;
  }, 'native-addon.lock');
}

async function build(): Promise<void> {
  const missing = await missingForNativeAddon();
  if (missing.length > 0) {
    throw new PeersUnavailableError(`The native addon needs ${missing.join(' and ')}`);
  }
  const log = join(cacheDirectory, 'native-addon.log');
  await rm(log, { force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const [headers, library] = await Promise.all([
      unpackHeaders(log),
      libraryOfWheel(),
      installPackages(log),
    ]);
    await compile(headers, library, log);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new PeersUnavailableError(`The native addon could not be built: ${reason}`, { cause });
  }
  await writeFile(installed, complete);
}

async function missingForNativeAddon(): Promise<string[]> {
  const missing: string[] = [];
  if (process.platform !== 'linux' || (await debianMirror()) === undefined) {
    missing.push('Debian and a mirror in the sources of apt');
  }
  for (const program of ['g++', 'make', 'python3', 'dpkg']) {
    if ((await capture(program, ['--version'])) === undefined) missing.push(program);
  }
  if (!existsSync(join(nodeRoot(), 'include/node/node_api.h'))) missing.push("Node's own headers");
  return missing;
}

/** Where Node's headers lie: beside its program, or where Debian's package puts them. */
function nodeRoot(): string {
  const own = dirname(dirname(process.execPath));
  return existsSync(join(own, 'include/node/node_api.h')) ? own : '/usr';
}

/** The headers of Debian's newest suite, by an apt that touches nothing of this machine's. */
async function unpackHeaders(log: string): Promise<string> {
  const mirror = (await debianMirror()) ?? '';
  const state = join(folder, 'apt');
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(state, 'cache/archives/partial'), { recursive: true });
  const sources = join(state, 'sources.list');
  await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} forky main\n`);
  const settings = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${join(state, 'lists')}`,
    `Dir::Cache=${join(state, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  await run('apt-get', [...settings, '-qq', 'update'], log);
  const inState = `cd '${state}' && exec apt-get "$@" -qq download libmongocrypt-dev`;
  await run('sh', ['-c', inState, 'sh', ...settings], log);
  const archive = (await readdir(state)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get left no archive of libmongocrypt-dev');
  const headers = join(folder, 'headers');
  await run('dpkg', ['-x', join(state, archive), headers], log);
  await rm(state, { recursive: true, force: true });
  return join(headers, 'usr/include');
}

/** The wheel's library: Debian's own wants a newer libc than this machine may have. */
async function libraryOfWheel(): Promise<string> {
  const environment = await ensureVenv('pymongocrypt', [`pymongocrypt==${versions.wheel}`]);
  if (environment === undefined) throw new Error('Python cannot install pymongocrypt');
  const [python = ''] = await readdir(join(environment, 'lib'));
  return join(environment, 'lib', python, 'site-packages/pymongocrypt/libmongocrypt.so');
}

async function installPackages(log: string): Promise<void> {
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder];
  const packages = [`mongodb-client-encryption@${versions.addon}`, `node-gyp@${versions.gyp}`];
  await run('npm', ['install', ...options, ...packages], log);
}

async function compile(headers: string, library: string, log: string): Promise<void> {
  const libraries = join(folder, 'lib');
  await mkdir(libraries);
  for (const name of ['libmongocrypt.so', 'libmongocrypt.so.0']) {
    await symlink(library, join(libraries, name));
  }
  const options = [`--nodedir=${nodeRoot()}`, '--libmongocrypt_link_type=dynamic'];
  const jobs = `--jobs=${String(cpus().length)}`;
  await run(
    process.execPath,
    [
      join(modules, 'node-gyp/bin/node-gyp.js'),
      'rebuild',
      '-C',
      nativeAddonFolder,
      jobs,
      ...options,
    ],
    log,
    {
      CXXFLAGS: `-I${headers}`,
      LDFLAGS: `-L${libraries} -Wl,-rpath,${libraries}`,
    },
  );
}
