// `medco users …`: accounts. A password comes from standard input, never from the command line, where
// other users of the machine could read it.
import { text } from 'node:stream/consumers';
import { ROLES, type Role } from '../../lib/auth/permissions.ts';
import { endSessionsOf } from '../../lib/auth/sessions.ts';
import { createUser, requirePassword, users } from '../../lib/auth/users.ts';
import { readOptions, say, UsageError, type Command } from './command.ts';
import { withDatabase } from './with-database.ts';

export const usersCommand: Command = {
  name: 'users',
  usage: [
    ['users list', 'lists the accounts'],
    ['users add --username U --name N --role ROLE < PASSWORD', `adds one: ${ROLES.join(', ')}`],
    ['users disable --username U', 'locks an account and ends its sessions'],
    ['users enable --username U', 'opens it again'],
  ],
  run: async ([action, ...args], supervisor) => {
    const run = ACTIONS[action ?? ''];
    if (run === undefined) throw new UsageError('Expected `users` list, add, disable or enable');
    const work = await run(args);
    await withDatabase(supervisor, work);
  },
};

/** Each reads its arguments first, so that wrong ones are refused before anything is started. */
const ACTIONS: Record<
  string,
  ((args: readonly string[]) => Promise<() => Promise<void>>) | undefined
> = {
  list: (args) => {
    readOptions(args, {});
    return Promise.resolve(listUsers);
  },
  add: async (args) => {
    const { username, name, role } = readOptions(args, {
      username: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string' },
    });
    if (username === undefined || name === undefined || !isRole(role)) {
      throw new UsageError(`Expected \`--username\`, \`--name\` and \`--role\` ${ROLES.join('|')}`);
    }
    const password = (await text(process.stdin)).replace(/\r?\n$/, '');
    requirePassword(password);
    return async () => {
      if (!(await createUser({ username, name, role, password }))) {
        throw new Error(`There is an account ${username} already`);
      }
      say(`Added ${username}, ${role}`);
    };
  },
  disable: (args) => Promise.resolve(() => setDisabled(requiredUsername(args), true)),
  enable: (args) => Promise.resolve(() => setDisabled(requiredUsername(args), false)),
};

async function listUsers(): Promise<void> {
  for await (const user of users().find().sort({ username: 1 })) {
    const state = user.disabled ? ', disabled' : '';
    say(`${user.username.padEnd(20)} ${user.role.padEnd(13)} ${user.name}${state}`);
  }
}

async function setDisabled(username: string, disabled: boolean): Promise<void> {
  const user = await users().findOneAndUpdate({ username }, { $set: { disabled } });
  if (user === null) throw new Error(`There is no account ${username}`);
  const ended = disabled ? await endSessionsOf(user._id) : 0;
  say(`${disabled ? 'Disabled' : 'Enabled'} ${username}; ended ${ended} sessions`);
}

function requiredUsername(args: readonly string[]): string {
  const { username } = readOptions(args, { username: { type: 'string' } });
  if (username === undefined) throw new UsageError('Expected `--username`');
  return username.toLowerCase();
}

function isRole(role: string | undefined): role is Role {
  return ROLES.some((known) => known === role);
}
