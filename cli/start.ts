// `npm start` and `npm run dev`: from a clean clone to a running clinic. Builds, starts the database if
// none is named, makes it ready, runs Next; ends all of it on Ctrl-C.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { demoAccounts } from '../lib/auth/demo-accounts.ts';
import { closeConnections } from '../lib/db/connections.ts';
import { sealRecords } from '../lib/data/seal-records.ts';
import { prepareDatabase } from '../lib/db/prepare-database.ts';
import { env, EnvError, parseEnv, type Env } from '../lib/env.ts';
import { describeMasterKey } from '../lib/keys/kms.ts';
import { settingsNotice } from '../lib/keys/start-check.ts';
import { ADDRESS_FILE } from './medco/with-database.ts';
import { prepareDemoAccounts, prepareMasterKey, requireNoDemoData } from './setup/prepare.ts';
import { seedIfEmpty } from './setup/first-patients.ts';
import { awaitAnswer } from './start/await-answer.ts';
import { buildApp, buildEncryption, nextCommand, ROOT } from './start/build.ts';
import { demoSecret } from './start/demo-secret.ts';
import { requireNoEncryptionAtRest, startEmbeddedDatabase } from './start/embedded-database.ts';
import { requireFreePort } from './start/ports.ts';
import { createSupervisor, type Supervisor } from './start/supervisor.ts';

const USAGE = `Usage: npm start | npm run dev
Runs the clinic. Settings are environment variables: see docs/configuration.md`;

const FIRST_ANSWER_MS = 120_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function start(supervisor: Supervisor, dev: boolean): Promise<void> {
  const settings = parseEnv(process.env);
  await requireFreePort(settings.port, settings.host);
  if (settings.mode === 'demo' && settings.authSecret === undefined) {
    process.env['NEXTAUTH_SECRET'] = demoSecret(settings.dataDir);
  }
  process.env['NEXTAUTH_URL'] = settings.authUrl;

  if (await buildEncryption(supervisor)) say('Built the encryption module');
  if (!dev) {
    const started = performance.now();
    if (await buildApp(supervisor)) {
      say(`Built the clinic in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    }
  }
  await makeDatabaseReady(supervisor, settings);
  await runNext(supervisor, settings, dev);
  announce(settings, dev);
}

async function makeDatabaseReady(supervisor: Supervisor, settings: Env): Promise<void> {
  if (settings.mongodbUri === undefined) {
    const uri = await startEmbeddedDatabase(supervisor, settings.dataDir);
    process.env['MONGODB_URI'] = uri;
    // For the operator's commands, while the clinic runs.
    writeFileSync(join(settings.dataDir, ADDRESS_FILE), uri, { mode: 0o600 });
    say(`Database: the embedded server at ${uri} (not MongoDB; set MONGODB_URI to use one)`);
  } else {
    requireNoEncryptionAtRest(process.env);
    say('Database: the server that MONGODB_URI names');
  }
  // From here on env() may be asked: all that this process adds to the settings is set.
  if (prepareMasterKey()) say(`Created a master key: ${env().masterKeyFile}`);
  const policy = await prepareDatabase();
  say(`Master key: ${describeMasterKey(policy.cmk)}`);
  const notice = settingsNotice(policy);
  if (notice !== null) say(notice);
  await requireNoDemoData();
  const { sealed, unreadable } = await sealRecords();
  if (sealed > 0) say(`Gave ${sealed} records of an earlier version their digests`);
  if (unreadable > 0) say(`${unreadable} records do not decrypt, and got no digests`);
  await prepareDemoAccounts();
  const written = await seedIfEmpty();
  if (written > 0) say(`Wrote ${written} made-up patients`);
  await closeConnections();
}

async function runNext(supervisor: Supervisor, settings: Env, dev: boolean): Promise<void> {
  const command = nextCommand(
    dev ? 'dev' : 'start',
    '--port',
    String(settings.port),
    '--hostname',
    settings.host,
  );
  supervisor.start('web server', command, {
    cwd: ROOT,
    stdio: ['ignore', dev ? 'inherit' : 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: dev ? 'development' : 'production',
      NEXT_TELEMETRY_DISABLED: '1',
    },
  });
  const host = settings.host === '0.0.0.0' ? '127.0.0.1' : settings.host;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${settings.port}/sign-in`;
  await Promise.race([awaitAnswer(address, FIRST_ANSWER_MS), supervisor.failure]);
}

function announce(settings: Env, dev: boolean): void {
  say(`\nMedcoMD runs at ${settings.authUrl}${dev ? ' with hot reload' : ''}`);
  const accounts = demoAccounts();
  if (accounts.length > 0) {
    say('Demo mode: made-up patients, public passwords. Not for real patients.\n');
    for (const { username, password, name, role } of accounts) {
      say(`  ${username.padEnd(12)} ${password.padEnd(18)} ${name}, ${role}`);
    }
  }
  say('\nCtrl-C stops it');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dev: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return;
  }
  const supervisor = createSupervisor();
  const state: { asked: boolean; running: boolean } = { asked: false, running: false };
  const stop = (): void => {
    state.asked = true;
    void supervisor.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await start(supervisor, values.dev);
    state.running = true;
    await supervisor.failure;
  } catch (error) {
    // What was under way when Ctrl-C came fails, and that is not worth a word.
    if (state.asked) return;
    process.stderr.write(`${describe(error, state.running)}\n`);
    await supervisor.stop();
    process.exit(1);
  }
}

function describe(error: unknown, running: boolean): string {
  if (error instanceof EnvError) return error.message;
  const what = running ? 'MedcoMD stopped' : 'MedcoMD did not start';
  return error instanceof Error ? `${what}: ${error.message}` : what;
}

await main();
