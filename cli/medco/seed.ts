// `medco seed`: made-up patients, as many as wanted. Demo mode only: they carry numbers that production
// refuses, and nobody wants them among real ones.
import { parseEnv } from '../../lib/env.ts';
import { demoDoctors, prepareDemoAccounts } from '../setup/prepare.ts';
import { seedPatients } from '../seed/seed-patients.ts';
import { readOptions, say, UsageError, type Command } from './command.ts';
import { withDatabase } from './with-database.ts';

const MOST_PATIENTS = 1_000_000;

export const seedCommand: Command = {
  name: 'seed',
  usage: [
    ['seed [--patients N]', 'writes made-up patients until there are N (500); demo mode only'],
  ],
  run: async (args, supervisor) => {
    const count = patientCount(readOptions(args, { patients: { type: 'string' } }).patients);
    if (parseEnv(process.env).mode !== 'demo') {
      throw new Error('Made-up patients exist in demo mode only');
    }
    await withDatabase(supervisor, async () => {
      await prepareDemoAccounts();
      const written = await seedPatients(count, await demoDoctors());
      say(`Wrote ${written} made-up patients; ${count - written} were there`);
    });
  },
};

function patientCount(text = '500'): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MOST_PATIENTS) {
    throw new UsageError(`Expected \`--patients\` from 1 to ${MOST_PATIENTS}`);
  }
  return count;
}
