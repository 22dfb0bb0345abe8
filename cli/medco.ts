// `npm run medco -- …`: the operator's commands. This file only finds the command; each lives in cli/medco.
import { EnvError } from '../lib/env.ts';
import { atRestCommand } from './medco/at-rest.ts';
import { auditCommand } from './medco/audit.ts';
import { keysCommand } from './medco/keys.ts';
import { kmsCommand } from './medco/kms.ts';
import { recordsCommand } from './medco/records.ts';
import { seedCommand } from './medco/seed.ts';
import { setupCommand } from './medco/setup.ts';
import { UsageError, type Command } from './medco/command.ts';
import { usersCommand } from './medco/users.ts';
import { createSupervisor } from './start/supervisor.ts';

const COMMANDS: readonly Command[] = [
  setupCommand,
  seedCommand,
  usersCommand,
  kmsCommand,
  atRestCommand,
  keysCommand,
  auditCommand,
  recordsCommand,
];

/** Of one command, or of all. */
function usage(commands: readonly Command[] = COMMANDS): string {
  const lines = commands.flatMap(({ usage: forms }) =>
    forms.map(([form, what]) => `  ${form.padEnd(62)} ${what}`),
  );
  return `Usage: npm run medco -- COMMAND\n${lines.join('\n')}
Settings are environment variables: see docs/configuration.md`;
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(`${usage()}\n`);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  const supervisor = createSupervisor();
  const stop = (): void => {
    // Every command may be interrupted and repeated.
    void supervisor.stop().then(() => process.exit(130));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    if (command === undefined) throw new UsageError(`There is no command ${name}`);
    await command.run(rest, supervisor);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : 'The command failed';
    process.stderr.write(
      `${message}\n${error instanceof UsageError ? `${usage(command && [command])}\n` : ''}`,
    );
    return error instanceof UsageError || error instanceof EnvError ? 2 : 1;
  } finally {
    await supervisor.stop();
  }
}

process.exit(await main(process.argv.slice(2)));
