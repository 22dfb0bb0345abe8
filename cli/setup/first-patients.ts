// The demo's first patients: written when the database is empty, and gone on with after an interruption.
import { env } from '../../lib/env.ts';
import { seedPatients } from '../seed/seed-patients.ts';
import { demoDoctors, hasNoPatients, isSeedUnfinished, markSeed } from './prepare.ts';

const FIRST_PATIENTS = 500;

/** Demo mode only; returns how many patients were written. */
export async function seedIfEmpty(): Promise<number> {
  if (env().mode !== 'demo') return 0;
  if (!(await hasNoPatients()) && !(await isSeedUnfinished())) return 0;
  await markSeed(false);
  const written = await seedPatients(FIRST_PATIENTS, await demoDoctors());
  await markSeed(true);
  return written;
}
