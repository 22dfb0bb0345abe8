// The module outside this application: packed as npm packs it, unpacked beside a copy of the official
// driver in an empty folder, and used there by a plain Node script.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../testing/server.ts';

const run = promisify(execFile);
const modules = 'node_modules';

/** The driver and what it depends on, copied: nothing leads back into this project. */
async function copyPackage(name: string, to: string, done = new Set<string>()): Promise<void> {
  if (done.has(name)) return;
  done.add(name);
  await cp(join(modules, name), join(to, name), { recursive: true, dereference: true });
  const manifest = JSON.parse(await readFile(join(modules, name, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    await copyPackage(dependency, to, done);
  }
}

const script = `
import { randomBytes } from 'node:crypto';
import { ClientEncryption, MongoClient } from 'mongodb';
const [uri, name] = process.argv.slice(2);
const kms = { keyVaultNamespace: name + '.keys', kmsProviders: { local: { key: randomBytes(96) } } };
const plain = await new MongoClient(uri).connect();
const keyId = await new ClientEncryption(plain, kms).createDataKey('local');
const ssn = { encrypt: { bsonType: 'int', algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic', keyId: [keyId] } };
const schemaMap = { [name + '.patients']: { bsonType: 'object', properties: { ssn } } };
const doctor = await new MongoClient(uri, { autoEncryption: { ...kms, schemaMap } }).connect();
await doctor.db(name).collection('patients').insertOne({ name: 'Jon Doe', ssn: 900010001 });
const read = (client) => client.db(name).collection('patients').findOne({ ssn: 900010001 });
const [mine, theirs] = [await read(doctor), await read(plain)];
const [raw] = await plain.db(name).collection('patients').find().toArray();
console.log(JSON.stringify([mine.name, mine.ssn, theirs, raw.ssn.sub_type]));
await plain.db(name).dropDatabase();
await Promise.all([doctor.close(), plain.close()]);
`;

describe('the package that npm pack makes', () => {
  let folder: string;
  let unpacked: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medco-package-'));
    unpacked = join(folder, modules, 'mongodb-client-encryption');
    await mkdir(unpacked, { recursive: true });
    await copyPackage('mongodb', join(folder, modules));
    // Without scripts: the suite has built dist already, and a second build would race with its readers.
    const packed = await run(
      'npm',
      ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
      { cwd: 'lib/encryption' },
    );
    const archive = join(folder, packed.stdout.trim());
    await run('tar', ['xzf', archive, '-C', unpacked, '--strip-components=1']);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('holds built code, types and the README, but no tests and nothing of the build', async () => {
    const files = await readdir(unpacked, { recursive: true });
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'dist/index.js', 'dist/index.d.ts']),
    );
    expect(files.filter((file) => /\.test\.|testing|\.tsbuildinfo|\.stamp/.test(file))).toEqual([]);
  });

  it('encrypts for the official driver in a script of its own', async () => {
    await writeFile(join(folder, 'example.mjs'), script);
    const name = uniqueName('packed');
    const { stdout } = await run(process.execPath, ['example.mjs', testServerUri(), name], {
      cwd: folder,
    });
    expect(JSON.parse(stdout)).toEqual(['Jon Doe', 900010001, null, 6]);
  });

  it('is not found by the script once it is removed', async () => {
    const elsewhere = join(folder, 'taken-away');
    await cp(unpacked, elsewhere, { recursive: true });
    await rm(unpacked, { recursive: true });
    const call = run(process.execPath, ['example.mjs', testServerUri(), uniqueName('packed')], {
      cwd: folder,
    });
    await expect(call).rejects.toThrow('mongodb-client-encryption');
  });
});
