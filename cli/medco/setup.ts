// `medco setup`: what a start does to the database, without starting the clinic.
import { currentKeyPolicy } from '../../lib/db/connections.ts';
import { describeMasterKey } from '../../lib/keys/kms.ts';
import { settingsNotice } from '../../lib/keys/start-check.ts';
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
      const policy = await currentKeyPolicy();
      say(`Master key: ${describeMasterKey(policy.cmk)}`);
      const notice = settingsNotice(policy);
      if (notice !== null) say(notice);
      say(`The database is ready${accounts > 0 ? `; created ${accounts} demo accounts` : ''}`);
    });
  },
};
