// Commands: all of them. What is not here does not exist: CommandNotFound.
import type { CommandTable } from './command.ts';
import { handshakeCommands } from './handshake.ts';
import { insertCommands } from './insert.ts';
import { queryCommands } from './query.ts';
import { sessionCommands } from './sessions.ts';

export const COMMANDS: CommandTable = {
  ...handshakeCommands,
  ...sessionCommands,
  ...queryCommands,
  ...insertCommands,
};
