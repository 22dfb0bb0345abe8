// What a start needs beside a prepared database: master key file, demo accounts, the state of a first seed.
// Every step may be repeated and changes nothing that is right already.
import { demoAccounts } from '../../lib/auth/demo-accounts.ts';
import { createUser, users } from '../../lib/auth/users.ts';
import { clinicDb, deskPatients } from '../../lib/db/connections.ts';
import { env } from '../../lib/env.ts';
import { createMasterKeyFile } from '../../lib/keys/master-key.ts';
import type { Visit } from '../../schemas/dto.ts';

/** Demo mode with local keys: creates the master key file if there is none; returns whether it did. */
export function prepareMasterKey(): boolean {
  const { mode, kmsProvider, masterKeyFile } = env();
  return mode === 'demo' && kmsProvider === 'local' && createMasterKeyFile(masterKeyFile);
}

/** Creates the demo accounts that are missing; returns how many. None outside demo mode. */
export async function prepareDemoAccounts(): Promise<number> {
  const created = await Promise.all(
    demoAccounts().map((account) => createUser({ ...account, demo: true })),
  );
  return created.filter(Boolean).length;
}

/** Production mode: throws if the database holds what only a demo may hold. */
export async function requireNoDemoData(): Promise<void> {
  if (env().mode === 'demo' || (await users().findOne({ demo: true })) === null) return;
  throw new Error(
    'The database holds demo accounts: use another server, or another `MEDCO_DATABASE_PREFIX`',
  );
}

/** The accounts that made-up visits are ascribed to. */
export async function demoDoctors(): Promise<Visit['doctor'][]> {
  const names = demoAccounts()
    .filter((account) => account.role === 'doctor')
    .map((account) => account.username);
  const rows = await users()
    .find({ username: { $in: names } })
    .sort({ username: 1 })
    .toArray();
  return rows.map((row) => ({ id: row._id.toHexString(), name: row.name }));
}

/** Whether there is no patient at all. */
export async function hasNoPatients(): Promise<boolean> {
  return (await deskPatients().findOne({}, { projection: { _id: 1 } })) === null;
}

/** Whether an interrupted first seed has to be gone on with. */
export async function isSeedUnfinished(): Promise<boolean> {
  const row = await clinicDb().collection<SeedRow>(SETTINGS).findOne({ _id: 'seed' });
  return row !== null && !row.finished;
}

/** Notes that a first seed began or ended, for the next start to know. */
export async function markSeed(finished: boolean): Promise<void> {
  await clinicDb()
    .collection<SeedRow>(SETTINGS)
    .updateOne({ _id: 'seed' }, { $set: { finished } }, { upsert: true });
}

const SETTINGS = 'settings';

interface SeedRow {
  _id: string;
  finished: boolean;
}
