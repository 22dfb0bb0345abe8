// The operator of the proof: runs `medco` as npm does, in processes of its own, and keeps everything that they print.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '../../..');

export interface Ran {
  /** Exit code, or the signal that ended it. */
  end: number | NodeJS.Signals;
  output: string;
  errors: string;
}

export interface Operator {
  /** Runs one command with this process's settings; `answers` are typed in. */
  run: (command: string, options?: { answers?: string; killAt?: string }) => Promise<Ran>;
  /** All that any command has printed. */
  readonly printed: string;
}

export function createOperator(): Operator {
  let printed = '';
  return {
    get printed() {
      return printed;
    },
    run: async (command, { answers = '', killAt } = {}) => {
      const child = spawn(
        process.execPath,
        ['--conditions=react-server', '--import', 'tsx', 'cli/medco.ts', ...command.split(' ')],
        { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] },
      );
      child.stdin.end(answers);
      if (killAt !== undefined) killWhenPrinted(child, killAt);
      const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
      const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const [code, signal] = await ended;
      printed += output + errors;
      return { end: signal ?? code ?? 0, output, errors };
    },
  };
}

function killWhenPrinted(child: ChildProcess, words: string): void {
  let seen = '';
  child.stdout?.on('data', (data: Buffer) => {
    seen += data.toString();
    if (seen.includes(words)) child.kill('SIGKILL');
  });
}
