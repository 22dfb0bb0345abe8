// Reads every record as a doctor's page would, and tells which are not as the clinic left them. For operators: gives names of
// fields and record numbers, no value.
import 'server-only';
import type { ObjectId } from 'mongodb';
import { storedPatients } from '@/lib/db/connections';
import { DataError } from './errors';
import { readPatient } from './record';

export interface RecordsReport {
  genuine: number;
  erased: number;
  tampered: { id: string; fields: readonly string[] }[];
}

const BATCH = 500;

/** Streams, one record after the other. `progress` is told how many were read, and of how many. */
export async function verifyRecords(
  progress: (read: number, all: number) => void = () => undefined,
): Promise<RecordsReport> {
  const report: RecordsReport = { genuine: 0, erased: 0, tampered: [] };
  const all = await storedPatients().countDocuments();
  let read = 0;
  const rows = storedPatients()
    .find({}, { projection: { _id: 1 }, batchSize: BATCH })
    .sort({ _id: 1 });
  for await (const { _id } of rows) {
    await look(_id, report);
    progress((read += 1), all);
  }
  return report;
}

async function look(_id: ObjectId, report: RecordsReport): Promise<void> {
  try {
    const { erased } = await readPatient(_id);
    report[erased ? 'erased' : 'genuine'] += 1;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    // A registration may be taken back meanwhile.
    if (error.code === 'NOT_FOUND') return;
    if (error.code !== 'TAMPERED') throw error;
    report.tampered.push({ id: _id.toHexString(), fields: error.fields ?? [] });
  }
}
