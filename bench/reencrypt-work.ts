// Bench: one piece of work of `npm run bench:keys` in a process of its own, so that its memory is its own. The clinic is
// set up by the code that sets up a real one; settings come from the environment.
import type { Binary, Collection, ObjectId } from 'mongodb';
import {
  closeConnections,
  currentKeyPolicy,
  doctorClientEncryption,
  doctorPatients,
  storedPatients,
} from '../lib/db/connections.ts';
import { prepareDatabase } from '../lib/db/prepare-database.ts';
import { env } from '../lib/env.ts';
import { ensureDataKey } from '../lib/keys/data-keys.ts';
import { createMasterKeyFile } from '../lib/keys/master-key.ts';
import { convertBatch } from '../lib/keys/operations/convert.ts';
import { ConversionClient } from '../lib/keys/operations/convert-client.ts';
import {
  STORED,
  type Conversion,
  type StoredPatient,
} from '../lib/keys/operations/convert-plan.ts';
import { reencrypt } from '../lib/keys/operations/reencrypt.ts';
import { sideBySide } from './compare.ts';
import type { Piece, Result } from './reencrypt-pieces.ts';
import { makePatient } from './patients.ts';

/** As the operation has it. */
const BATCH = 100;
/** Batches that are compared; what comes before them warms up. */
const MOST_COMPARED = 100;
const WARM_UP = 2;
/** Batches under way at the same time while loading. */
const LOADERS = 4;
const MIB = 1024 * 1024;

async function load(size: number): Promise<void> {
  createMasterKeyFile(env().masterKeyFile);
  await prepareDatabase();
  const { cmk } = await currentKeyPolicy();
  const patients = await doctorPatients();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let from = next; from < size; from = next) {
      next = Math.min(from + BATCH, size);
      const batch = Array.from({ length: next - from }, (_, at) => makePatient(from + at));
      await Promise.all(
        batch.map(({ keyAltName }) => ensureDataKey(doctorClientEncryption(), keyAltName, cmk)),
      );
      await patients.insertMany(batch);
    }
  };
  await Promise.all(Array.from({ length: LOADERS }, work));
}

/** Documents per second of both ways on the same documents, batch by batch. */
async function compare(size: number): Promise<Result> {
  const cursor = storedPatients()
    .find({}, { projection: { _id: 1 } })
    .sort({ _id: 1 });
  const ids = await cursor.limit(BATCH * (MOST_COMPARED + WARM_UP)).toArray();
  const batches: ObjectId[][] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    batches.push(ids.slice(at, at + BATCH).map(({ _id }) => _id));
  }
  const conversion = await newKeys();
  const client = new ConversionClient();
  const batchAt = (at: number): ObjectId[] => {
    const batch = batches[at];
    if (batch === undefined) throw new RangeError('Expected a batch for each round');
    return batch;
  };
  const ways = (from: number) => ({
    convert: async (at: number) => {
      const found = storedPatients().find<StoredPatient>(span(batchAt(from + at)), {
        projection: STORED,
      });
      const batch = await found.toArray();
      const { written } = await convertBatch(client, conversion, batch);
      if (written !== batch.length) throw new Error('Expected every record to be converted');
      await client.nextBatch();
    },
    rewrite: (at: number) => rewrite(batchAt(from + at)),
  });
  await sideBySide(WARM_UP, ways(0));
  const medians = await sideBySide(batches.length - WARM_UP, ways(WARM_UP));
  await client.close();
  return {
    size,
    converted: (BATCH * 1000) / medians.convert,
    rewritten: (BATCH * 1000) / medians.rewrite,
  };
}

/** Reads whole documents and writes the four encrypted fields back as they are, each on the condition that it is as read. */
async function rewrite(ids: readonly ObjectId[]): Promise<void> {
  const patients = storedPatients() as unknown as Collection<EncryptedPatient>;
  const found = await patients.find(span(ids)).toArray();
  const { matchedCount } = await patients.bulkWrite(
    found.map(({ _id, revision, keyAltName, ssn, bloodType, medicalRecords, insurance }) => {
      const { policyNumber } = insurance;
      const values = { ssn, bloodType, medicalRecords, 'insurance.policyNumber': policyNumber };
      const filter = { _id, revision, keyAltName, erasedAt: { $exists: false } };
      const update = { $set: { ...values, keyAltName }, $inc: { revision: 1 } };
      return { updateOne: { filter, update } };
    }),
    { ordered: false },
  );
  if (matchedCount !== ids.length) throw new Error('Expected every document to be rewritten');
}

interface EncryptedPatient {
  _id: ObjectId;
  revision: number;
  keyAltName: string;
  ssn: Binary;
  bloodType: Binary;
  medicalRecords: Binary;
  insurance: { policyNumber: Binary };
  erasedAt?: Date;
}

function span(ids: readonly ObjectId[]) {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('Expected a batch');
  return { _id: { $gte: first, $lte: last } };
}

async function newKeys(): Promise<Conversion> {
  const { cmk } = await currentKeyPolicy();
  const operationId = 'bench';
  const sharedKeyId = await ensureDataKey(doctorClientEncryption(), 'medcomd:shared:bench', cmk);
  return { operationId, sharedKeyId, own: { cmk, isReplaced: () => true } };
}

/** The whole operation, from preflight to the last old key. */
async function whole(size: number): Promise<Result> {
  const { cmk } = await currentKeyPolicy();
  const start = performance.now();
  let heap = 0;
  const seconds = new Map<string, number>();
  let phase = '';
  let since = start;
  const { state } = await reencrypt({
    ...{ to: cmk, startedBy: null, backupDir: `${env().dataDir}/backups` },
    onProgress: (progress) => {
      // What is in use, not what is still to be collected.
      globalThis.gc?.();
      heap = Math.max(heap, process.memoryUsage().heapUsed);
      const now = performance.now();
      if (phase !== '') seconds.set(phase, (seconds.get(phase) ?? 0) + (now - since) / 1000);
      [phase, since] = [progress.phase, now];
    },
  });
  if ((state['problems'] as unknown[]).length > 0) throw new Error('Expected no problems');
  return {
    size,
    seconds: (performance.now() - start) / 1000,
    converting: seconds.get('convert') ?? 0,
    heapMiB: heap / MIB,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

async function work({ piece, size }: Piece): Promise<void> {
  let result: Result = { size };
  if (piece === 'load') await load(size);
  else result = await (piece === 'compare' ? compare(size) : whole(size));
  await closeConnections();
  process.send?.(result);
  process.disconnect();
}

process.once('message', (piece: Piece) => {
  work(piece).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
    process.exit(1);
  });
});
