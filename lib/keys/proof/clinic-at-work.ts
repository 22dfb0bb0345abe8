// The proof's clinic: patients, writers at work, key operations that can be killed, and the judge, together.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sealRecords } from '@/lib/data/seal-records';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import { addMeasurement, registerPatient } from '@/lib/data';
import { closeConnections } from '@/lib/db/connections';
import { createMasterKeyFile } from '../master-key';
import { startCrew, type Crew } from './crew';
import { judgeKeys, judgeRecords } from './judge';
import { Ledger } from './ledger';
import type { KnownPatient } from './messages';
import { startOperations, type Operations } from './operations';
import { measurement, person } from './person';
import { bundlePrograms } from './processes';

/** How long data keys stay in any process's memory: old keys are removed no sooner. */
export const KEY_EXPIRATION_MS = 300;
const BASE_BLOCK = 0;

export interface ClinicAtWork {
  clinic: TestClinic;
  ledger: Ledger;
  base: readonly KnownPatient[];
  crew: Crew;
  operations: Operations;
  backupDir: string;
  /** Stops the writers, compares everything, lets them go on. `keys`: no operation is under way. */
  judge: (options: { keys: boolean }) => Promise<string[]>;
  /** Resolves when so many writes more were acknowledged. */
  worked: (writes: number) => Promise<void>;
  close: () => Promise<void>;
}

export interface ClinicOptions {
  patients?: number;
  seed: number;
  /** Settings that differ from a clinic's of the tests. */
  settings?: Record<string, string>;
}

export async function openClinicAtWork(options: ClinicOptions): Promise<ClinicAtWork> {
  const { patients = 30, seed, settings = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'medco-proof-'));
  const backupDir = join(folder, 'backups');
  mkdirSync(backupDir);
  const nextKeyFile = join(folder, 'next-master-key.bin');
  createMasterKeyFile(nextKeyFile);
  Object.assign(process.env, {
    KEY_EXPIRATION_MS: String(KEY_EXPIRATION_MS),
    MEDCO_NEXT_MASTER_KEY_FILE: nextKeyFile,
    ...settings,
  });
  const programs = await bundlePrograms(['writer-process', 'operation-process']);
  const clinic = await openTestClinic();
  await sealRecords();
  const ledger = new Ledger();
  const base = await seedBase(clinic, ledger, patients);
  const { doctor, receptionist } = clinic.staff;
  const operations = startOperations(programs, backupDir);
  const crew = await startCrew(programs, ledger, { doctor, receptionist, seed, base });
  const judged = { plain: clinic.plain, doctor, ledger };
  return {
    ...{ clinic, ledger, base, crew, operations, backupDir },
    judge: async ({ keys }) => {
      await crew.pause();
      const problems = await judgeRecords(judged, { search: keys });
      if (keys) problems.push(...(await judgeKeys(judged)));
      crew.resume();
      return problems;
    },
    worked: async (writes) => {
      const enough = ledger.entries + writes;
      while (ledger.entries < enough) await delay(10);
    },
    close: async () => {
      await crew.close();
      await operations.close();
      await clinic.close();
      programs.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Complete patients with two visits each, in the ledger. */
async function seedBase(
  clinic: TestClinic,
  ledger: Ledger,
  count: number,
): Promise<KnownPatient[]> {
  const { doctor } = clinic.staff;
  const base: KnownPatient[] = [];
  for (let at = 1; at <= count; at++) {
    const patient = person(BASE_BLOCK, at);
    const { id } = await registerPatient(doctor, patient);
    ledger.add({ kind: 'registered', id, patient });
    for (const n of [1, 2]) {
      const visit = await addMeasurement(doctor, id, measurement(`base${at}`, n));
      ledger.add({ kind: 'visit', id, visit });
    }
    base.push({ id, ...patient });
  }
  await closeConnections();
  return base;
}
