// The server as a process and as a socket: malformed clients, durability after SIGKILL, one owner per directory.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { deserialize } from 'bson';
import { MongoClient } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';

import { startTestServer } from './commands/testing.ts';
import { startEmbeddedServer } from './server.ts';
import { opMsg, opQuery } from './wire/testing.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'medcomd-server-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

async function startProcess(directory: string): Promise<{ child: ChildProcess; uri: string }> {
  const args = ['--import', 'tsx', MAIN, '--dbpath', directory, '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const uri = /mongodb:\S+/.exec(line)?.[0];
    if (uri !== undefined) return { child, uri };
  }
  throw new Error('Expected an address, got the end of the output');
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await exit)[0];
}

/** Everything that the server answers to these bytes until it, or we, close. */
async function exchange(port: number, bytes: Buffer, replies: number): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let messages = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (++messages >= replies) socket.end();
  });
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

describe('durability', () => {
  it('has every acknowledged write after SIGKILL', { timeout: 90_000 }, async () => {
    const directory = temporaryDirectory();
    const first = await startProcess(directory);
    const client = new MongoClient(first.uri, { serverSelectionTimeoutMS: 2000 });
    onTestFinished(() => client.close());
    const acknowledged: number[] = [];
    const writer = async (start: number) => {
      for (let n = start; ; n += 4) {
        await client.db('d').collection('c').insertOne({ n });
        acknowledged.push(n);
        if (acknowledged.length === 200) await stop(first.child, 'SIGKILL');
      }
    };
    await Promise.allSettled([0, 1, 2, 3].map(writer));
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);

    const second = await startProcess(directory);
    const reader = new MongoClient(second.uri);
    onTestFinished(() => reader.close());
    const stored = await reader.db('d').collection('c').distinct('n');
    expect(acknowledged.filter((n) => !stored.includes(n))).toEqual([]);
    expect(await stop(second.child, 'SIGTERM')).toBe(0);
  });

  it('refuses a second process on the same directory and names the first', async () => {
    const directory = temporaryDirectory();
    const server = await startEmbeddedServer({ directory });
    onTestFinished(() => server.close());
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      MAIN,
      '--dbpath',
      directory,
      '--port',
      '0',
    ]);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(stderr).toContain(String(process.pid));
  });
});

describe('listening', () => {
  it('is refused on anything but a loopback address', async () => {
    const start = startEmbeddedServer({ directory: temporaryDirectory(), host: '0.0.0.0' });
    await expect(start).rejects.toThrow(/loopback/);
  });

  it('ends with close, and the directory is free again', async () => {
    const directory = temporaryDirectory();
    await (await startEmbeddedServer({ directory })).close();
    await (await startEmbeddedServer({ directory })).close();
    expect(true).toBe(true);
  });
});

describe('a raw client', () => {
  it('gets a checksum if it sent one, and document sequences arrive', async () => {
    const test = await startTestServer();
    onTestFinished(() => test.close());
    const message = opMsg({
      body: { insert: 'c', $db: 'raw' },
      sequences: { documents: [{ a: 1 }, { a: 2 }] },
      checksum: true,
    });
    const reply = await exchange(test.server.port, message, 1);
    expect(reply.readUInt32LE(16) & 1).toBe(1);
    expect(deserialize(reply.subarray(21, -4))).toEqual({ n: 2, ok: 1 });
    expect(await test.client.db('raw').collection('c').countDocuments()).toBe(2);
  });

  it('gets no reply to a message with moreToCome, and the write is done', async () => {
    const test = await startTestServer();
    onTestFinished(() => test.close());
    const body = { insert: 'c', $db: 'raw', documents: [{ a: 1 }], writeConcern: { w: 0 } };
    const bytes = Buffer.concat([opMsg({ body, flags: 2, requestId: 1 }), opMsg({ requestId: 2 })]);
    const reply = await exchange(test.server.port, bytes, 1);
    expect(reply.readInt32LE(8)).toBe(2);
    expect(await test.client.db('raw').collection('c').countDocuments()).toBe(1);
  });

  it('may say hello in the legacy way, and nothing else', async () => {
    const test = await startTestServer();
    onTestFinished(() => test.close());
    const hello = await exchange(test.server.port, opQuery('admin.$cmd', { isMaster: 1 }), 1);
    expect(deserialize(hello.subarray(36))).toMatchObject({ ismaster: true, ok: 1 });
    const find = await exchange(test.server.port, opQuery('admin.$cmd', { find: 'c' }), 1);
    expect(deserialize(find.subarray(36))).toMatchObject({ ok: 0, code: 352 });
  });

  it('that is malformed loses its own connection only', async () => {
    const test = await startTestServer();
    onTestFinished(() => test.close());
    const broken = [
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.alloc(40),
      opMsg({ flags: 4 }),
      Buffer.concat([opMsg({ checksum: true }).subarray(0, -4), Buffer.alloc(4)]),
    ];
    for (const bytes of broken) expect(await exchange(test.server.port, bytes, 1)).toHaveLength(0);
    expect(test.log).toHaveLength(broken.length);
    expect(await test.client.db('raw').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});
