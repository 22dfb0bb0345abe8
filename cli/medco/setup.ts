// `medco setup`: what a start does to the database, without starting the clinic.
import { prepareDemoAccounts } from '../setup/prepare.ts';
import { readOptions, say, type Command } from './command.ts';
import { withDatabase } from './with-database.ts';

export const setupCommand: Command = {
  name: 'setup',
  usage: [['setup', 'creates key vault, keys, validator and indexes that are missing']],
  run: async (args, supervisor) => {
    readOptions(args, {});
    await withDatabase(supervisor, async () => {
      const accounts = await prepareDemoAccounts();
      say(`The database is ready${accounts > 0 ? `; created ${accounts} demo accounts` : ''}`);
    });
  },
};
