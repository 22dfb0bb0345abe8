// Bench: what encryption at rest costs the embedded database. Two storages in one process, one clear and one encrypted,
// do the same work in turn, so that the machine cancels out.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encryptedDatabaseFile } from '../lib/embedded/encryption-at-rest/unlock.ts';
import { encode } from '../lib/embedded/query/values.ts';
import { openStorage } from '../lib/embedded/storage/storage.ts';
import type { Collection, Storage } from '../lib/embedded/storage/types.ts';
import { createProgress } from '../cli/progress.ts';
import { sideBySide } from './compare.ts';

const BULK = 1000;
const BATCHES = 100;
const READS = 200;
const SCANS = 10;

interface Side {
  readonly storage: Storage;
  readonly collection: Collection;
}

async function openSide(folder: string, name: string, keyFile?: string): Promise<Side> {
  const databaseFile =
    keyFile === undefined
      ? undefined
      : encryptedDatabaseFile({
          masterKey: { provider: 'local', keyFile },
          rotateMasterKey: false,
          notices: [],
        });
  const storage = await openStorage({
    directory: join(folder, name),
    ttlIntervalMs: 0,
    ...(databaseFile && { databaseFile }),
  });
  const collection = await storage.write(() => {
    const created = storage.createCollection('bench', 'patients');
    created.createIndexes([{ name: 'n', key: { n: 1 } }]);
    return created;
  });
  return { storage, collection };
}

/** About the size of a patient. */
function patient(n: number): Uint8Array {
  return encode({ _id: n, n, name: `Patient ${String(n)}`, record: 'x'.repeat(1000) });
}

async function insertBatch({ storage, collection }: Side, batch: number): Promise<void> {
  await storage.write(() => {
    for (let n = batch * BULK; n < (batch + 1) * BULK; n++) collection.insert(patient(n));
  });
}

function readOne({ collection }: Side, n: number): Promise<void> {
  const [found] = collection.scan({ n }).documents;
  if (!found) throw new Error('Expected the patient that was written');
  return Promise.resolve();
}

function readAll({ collection }: Side): Promise<void> {
  let bytes = 0;
  for (const document of collection.scan({}).documents) bytes += document.bytes.length;
  if (bytes < BULK * BATCHES * 1000) throw new Error('Expected all patients');
  return Promise.resolve();
}

function report(what: string, { clear, encrypted }: { clear: number; encrypted: number }): void {
  const times = `${encrypted.toFixed(2)} ms to ${clear.toFixed(2)} ms`;
  process.stdout.write(`  ${what.padEnd(34)} ${(encrypted / clear).toFixed(2)}x  (${times})\n`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'medco-bench-at-rest-'));
  const sides: Side[] = [];
  try {
    const keyFile = join(folder, 'master.key');
    writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
    const clear = await openSide(folder, 'clear');
    const encrypted = await openSide(folder, 'encrypted', keyFile);
    sides.push(clear, encrypted);

    const progress = createProgress('Batches written to both', BATCHES);
    const bulk = await sideBySide(BATCHES, {
      clear: (batch) => insertBatch(clear, batch),
      encrypted: async (batch) => {
        await insertBatch(encrypted, batch);
        progress.update(batch + 1, batch + 1);
      },
    });
    progress.finish();
    const single = await sideBySide(READS, {
      clear: (n) => insertOne(clear, n),
      encrypted: (n) => insertOne(encrypted, n),
    });
    // The same patients on both sides, all over the file.
    const chosen = (index: number) => (index * 7919) % (BULK * BATCHES);
    const point = await sideBySide(READS * 10, {
      clear: (index) => readOne(clear, chosen(index)),
      encrypted: (index) => readOne(encrypted, chosen(index)),
    });
    const scan = await sideBySide(SCANS, {
      clear: () => readAll(clear),
      encrypted: () => readAll(encrypted),
    });
    process.stdout.write(
      `\nEncrypted to clear, medians, interleaved, ${String(BULK * BATCHES)} documents of 1 KB\n`,
    );
    report(`bulk write, ${String(BULK)} documents`, bulk);
    report('single write, on disk', single);
    report('read by index', point);
    report('read all', scan);
  } finally {
    for (const { storage } of sides) await storage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function insertOne({ storage, collection }: Side, n: number): Promise<void> {
  await storage.write(() => collection.insert(patient(BULK * BATCHES + n)));
}

await main();
