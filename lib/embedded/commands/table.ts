// Commands: all of them. What is not here does not exist: CommandNotFound.
import { aggregateCommands } from './aggregate.ts';
import { collectionCommands } from './collections.ts';
import type { CommandTable } from './command.ts';
import { explainCommands } from './explain.ts';
import { findAndModifyCommands } from './find-and-modify.ts';
import { handshakeCommands } from './handshake.ts';
import { indexCommands } from './indexes.ts';
import { insertCommands } from './insert.ts';
import { queryCommands } from './query.ts';
import { sessionCommands } from './sessions.ts';
import { updateCommands } from './update.ts';

export const COMMANDS: CommandTable = {
  ...handshakeCommands,
  ...sessionCommands,
  ...queryCommands,
  ...aggregateCommands,
  ...insertCommands,
  ...updateCommands,
  ...findAndModifyCommands,
  ...collectionCommands,
  ...indexCommands,
  ...explainCommands,
};
