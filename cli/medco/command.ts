// What a command of the operator's tool is, and how its arguments are read.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Supervisor } from '../start/supervisor.ts';

export interface Command {
  name: string;
  /** Each form with what it does. */
  usage: readonly (readonly [form: string, what: string])[];
  run: (args: readonly string[], supervisor: Supervisor) => Promise<void>;
}

/** Wrong arguments: the message is followed by the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `parseArgs` of Node, strict; what it refuses is a UsageError. */
export function readOptions<T extends ParseArgsConfig['options']>(
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'Wrong options', { cause });
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
