// `medco keys …`: everything that a key officer does. Each command reads its arguments before anything is started, may be
// interrupted, and goes on where it stopped when it is given again.
import { UsageError, type Command } from './command.ts';
import { backupCommand, restoreCommand } from './keys-backup.ts';
import { aliasCommand, createCommand, eraseCommand, retireCommand } from './keys-change.ts';
import { statusCommand, verifyCommand } from './keys-status.ts';
import { cancelCommand, migrateCommand, rotateCommand } from './keys-wrap.ts';
import { withDatabase, withServer } from './with-database.ts';

type Action = (args: readonly string[]) => () => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  status: statusCommand,
  create: createCommand,
  alias: aliasCommand,
  rotate: rotateCommand,
  migrate: migrateCommand,
  cancel: cancelCommand,
  retire: retireCommand,
  erase: eraseCommand,
  verify: verifyCommand,
  backup: backupCommand,
  restore: restoreCommand,
};

/**
 * They begin without trying the key vault: `restore` because it may be gone, the others because they need no KMS and must
 * work while it is down (an erasure cannot wait for it).
 */
const WITHOUT_VAULT = new Set(['status', 'alias', 'cancel', 'erase', 'backup', 'restore']);

export const keysCommand: Command = {
  name: 'keys',
  usage: [
    ['keys status [--all | --key KEY] [--json] [--verify]', 'lists data keys and what uses them'],
    ['keys create --alt-name N', 'makes a further data key'],
    ['keys alias add|remove --key KEY --alt-name N', 'gives a data key another name, or takes one'],
    ['keys rotate [--to SLOT] [--dry-run] [--verify]', 'wraps every data key anew'],
    ['keys migrate --to P [--how rewrap|re-encrypt] [--dry-run] [--verify]', 'to another KMS'],
    ['keys cancel', 'gives up an unfinished rotation, or a migration by rewrapping'],
    ['keys retire KEY|shared [--verify]', 'replaces a data key, encrypts its records anew'],
    ['keys erase PATIENT [--verify]', 'right to erasure: destroys the data key of one patient'],
    ['keys verify [--json]', 'opens every data key and decrypts every record'],
    ['keys backup', 'writes the key vault into a new file of the backup folder'],
    ['keys restore FILE [--dry-run]', 'puts lost or damaged data keys back, then verifies'],
  ],
  run: async ([action = '', ...args], supervisor) => {
    const prepare = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (prepare === undefined) {
      throw new UsageError(`Expected \`keys\` ${Object.keys(ACTIONS).join(', ')}`);
    }
    const work = prepare(args);
    await (WITHOUT_VAULT.has(action) ? withServer : withDatabase)(supervisor, work);
  },
};
