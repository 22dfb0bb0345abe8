// The embedded server as an operator starts it: options by flags, variables and file, exit codes, what is said.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';

import { temporaryDirectory } from '../storage/testing.ts';
import { filesWith, killAfterTest, newCanaries, newKeyFile } from './testing.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

function start(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  killAfterTest(child);
  return child;
}

async function refused(args: readonly string[], environment: Record<string, string> = {}) {
  const child = start(args, environment);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

async function serve(args: readonly string[]) {
  const child = start(args);
  for await (const line of createInterface({ input: child.stdout })) {
    const uri = /mongodb:\S+/.exec(line)?.[0];
    if (uri !== undefined) {
      const client = new MongoClient(uri);
      onTestFinished(() => client.close());
      return { child, patients: client.db('clinic').collection('patients') };
    }
  }
  throw new Error('Expected an address, got the end of the output');
}

describe('the server with encryption at rest', () => {
  it('serves on an encrypted directory from a YAML file, survives SIGKILL, and leaves no word', async () => {
    const directory = temporaryDirectory();
    const config = join(temporaryDirectory(), 'medco.yaml');
    const text = `security:\n  enableEncryption: true\n  encryptionKeyFile: ${newKeyFile().keyFile}\n`;
    writeFileSync(config, text);
    const args = ['--dbpath', directory, '--config', config];
    const names = newCanaries(300);
    const first = await serve(args);
    await first.patients.createIndex({ name: 1 });
    await first.patients.insertMany(names.map((name) => ({ name, phone: `+1 ${name}` })));
    expect(filesWith(directory, names)).toEqual([]);
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;

    const second = await serve(args);
    expect((await second.patients.distinct('name')).sort()).toEqual([...names].sort());
    expect(filesWith(directory, names)).toEqual([]);
  });

  it('says what is wrong with an option, and ends with code 1', async () => {
    const directory = temporaryDirectory();
    const dbpath = ['--dbpath', directory];
    const variables = { MEDCO_AT_REST_ENABLE_ENCRYPTION: 'true' };
    expect(await refused([...dbpath, '--encryptionKeyFile', '/none'], variables)).toEqual({
      code: 1,
      said: 'Expected the key file /none to exist, got no such file\n',
    });
  });
});
