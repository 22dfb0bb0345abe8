// No process and no port: with every option that is about mongocryptd or its shared library, the
// official driver in a process of its own starts nothing and connects to nothing but the server.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../testing/server.ts';

const run = promisify(execFile);
const mongocryptdPort = 27020;

interface Report {
  clients: number;
  started: string[];
  ports: number[];
  refusals: string[];
}

/** Records at the root of Node's own modules, so that no way around is left. */
const recorder = `
import childProcess, { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import net from 'node:net';
const [uri, name, spawnPath, stated, blind] = process.argv.slice(1);
const report = { clients: 0, started: [], ports: [], refusals: [] };
const done = () => (console.log(JSON.stringify(report)), process.exit());
const { spawn } = ChildProcess.prototype;
ChildProcess.prototype.spawn = function (options) {
  report.started.push(options.file);
  return spawn.call(this, options);
};
const { spawnSync } = childProcess;
childProcess.spawnSync = (file, ...more) => (report.started.push(file), spawnSync(file, ...more));
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...given) {
  const [first] = Array.isArray(given[0]) ? given[0] : given;
  const port = Number(first?.port ?? first);
  if (!report.ports.includes(port)) report.ports.push(port);
  if (blind && port === ${mongocryptdPort}) done();
  return connect.apply(this, given);
};
const require = createRequire(process.cwd() + '/');
const { ClientEncryption, MongoClient } = require('mongodb');
const { AutoEncrypter } = require('mongodb/lib/client-side-encryption/auto_encrypter');
if (blind) Object.defineProperty(AutoEncrypter.prototype, 'cryptSharedLibVersionInfo', { value: null });

const kms = { keyVaultNamespace: name + '.keys', kmsProviders: { local: { key: Buffer.alloc(96, 3) } } };
const plain = await new MongoClient(uri).connect();
const keyId = await new ClientEncryption(plain, kms).createDataKey('local');
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const ssn = { encrypt: { bsonType: 'int', algorithm, keyId: [keyId] } };
const schemaMap = { [name + '.patients']: { bsonType: 'object', properties: { ssn } } };
const extras = [
  {},
  { mongocryptdURI: 'mongodb://127.0.0.1:' + stated },
  { mongocryptdURI: 'mongodb://127.0.0.1:' + stated, mongocryptdBypassSpawn: true },
  { mongocryptdBypassSpawn: false, mongocryptdSpawnPath: spawnPath },
  { mongocryptdSpawnPath: spawnPath, mongocryptdSpawnArgs: ['--port=${mongocryptdPort}'] },
  { mongocryptdBypassSpawn: true },
  { cryptSharedLibPath: '/nowhere/mongo_crypt_v1.so', mongocryptdSpawnPath: spawnPath },
  { cryptSharedLibRequired: true, mongocryptdSpawnPath: spawnPath },
];
const bypasses = [{}, { bypassAutoEncryption: true }, { bypassQueryAnalysis: true }];
for (const extra of extras) {
  for (const bypass of bypasses) {
    const autoEncryption = { ...kms, schemaMap, ...bypass, extraOptions: { mongocryptdSpawnPath: spawnPath, ...extra } };
    const client = new MongoClient(uri, { autoEncryption });
    const patients = client.db(name).collection('patients');
    await patients.insertOne({ ssn: 900010001 });
    if ((await patients.findOne({}))?.ssn !== 900010001) throw new Error('not read');
    await patients.findOne({ ssn: { $gt: 1 } }).catch((error) => report.refusals.push(error.message));
    await client.close();
    report.clients += 1;
    await plain.db(name).collection('patients').deleteMany({});
  }
}
await plain.db(name).dropDatabase();
await plain.close();
done();
`;

describe('the driver with automatic encryption', () => {
  let folder: string;
  let spawnPath: string;
  let mark: string;
  let listener: Server;
  let statedPort: number;
  let connections = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medco-processes-'));
    mark = join(folder, 'started');
    spawnPath = join(folder, 'mongocryptd');
    await writeFile(spawnPath, `#!/bin/sh\ntouch '${mark}'\n`);
    await chmod(spawnPath, 0o755);
    // A port of this test's own: other programs of this machine may well look for mongocryptd's.
    listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    statedPort = (listener.address() as AddressInfo).port;
  });
  afterAll(async () => {
    listener.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function drive(...more: string[]): Promise<Report> {
    const name = uniqueName('processes');
    const options = ['--input-type=module', '--eval', recorder, testServerUri(), name, spawnPath];
    const { stdout } = await run(process.execPath, [...options, String(statedPort), ...more]);
    return JSON.parse(stdout) as Report;
  }

  it('starts no process and never connects to port 27020, whatever its options say', async () => {
    const { clients, started, ports, refusals } = await drive();
    expect(clients).toBe(24);
    expect(started).toEqual([]);
    expect(ports).not.toContain(mongocryptdPort);
    expect(ports).not.toContain(statedPort);
    expect(ports.length).toBeGreaterThan(0);
    expect(connections).toBe(0);
    expect(existsSync(mark)).toBe(false);
    // Analysis was at work all the same: in the eight clients that bypass nothing.
    expect(refusals).toHaveLength(8);
    expect(new Set(refusals).size).toBe(1);
    expect(refusals[0]).toContain('Invalid match expression operator on encrypted field');
  });

  it('would do both without the version that this module reports', async () => {
    const { started, ports } = await drive('blind');
    expect(started).toEqual([spawnPath]);
    expect(ports).toContain(mongocryptdPort);
  });
});
