// `npm run fuzz`: changed inputs for every parser of the module, for a bounded time.
//   npm run fuzz -- [TARGET ...] [--seconds N] [--seed N]
// N seconds for each target. A finding is saved in the target's corpus, where a unit test replays it.
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { foundName, readCorpus, writeCorpusFile } from './corpus.ts';
import { inputOf } from './run.ts';
import { findTarget, targets } from './targets/index.ts';

/** Silence after which an input counts as a hang: the slowest takes milliseconds. */
const hangMS = 20_000;
const watchMS = 1000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const readProgress = (file: string): number => {
  // Not there until the child has loaded.
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  return bytes.length === 8 ? bytes.readDoubleLE() : -1;
};

/** Runs one target in a process of its own. True if every promise was kept. */
async function runTarget(name: string, seed: number, seconds: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'medco-fuzz-'));
  const progress = join(folder, 'progress');
  const child = fork(join(import.meta.dirname, 'child.ts'), [
    name,
    String(seed),
    String(seconds),
    progress,
  ]);
  let last = -1;
  let quietSince = performance.now();
  let hung = false;
  const watch = setInterval(() => {
    const number = readProgress(progress);
    if (number !== last) [last, quietSince] = [number, performance.now()];
    if (performance.now() - quietSince < hangMS) return;
    hung = true;
    child.kill('SIGKILL');
  }, watchMS);
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
      (resolve) => child.once('exit', (exit, killed) => resolve({ code: exit, signal: killed })),
    );
    if (code === 0) return true;
    // A finding has been reported by the child; a hang or a crash has not.
    if (signal !== null || code !== 1) reportLost(name, seed, readProgress(progress), hung);
    return false;
  } finally {
    clearInterval(watch);
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportLost(name: string, seed: number, number: number, hung: boolean): void {
  const input = inputOf(findTarget(name), readCorpus(name), seed, number);
  const saved = writeCorpusFile(name, foundName(input), input);
  const what = hung ? 'never came back' : 'ended the process';
  say(`${name}: input ${number} of seed ${seed} ${what}: ${saved}`);
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000_007);
  const queue = positionals.length > 0 ? [...positionals] : targets.map(({ name }) => name);
  for (const name of queue) findTarget(name);
  say(`seed ${seed}, ${values.seconds} s for each target`);
  const kept: boolean[] = [];
  const work = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      kept.push(await runTarget(name, seed, Number(values.seconds)));
    }
  };
  await Promise.all(cpus().slice(0, 2).map(work));
  const broken = kept.filter((held) => !held).length;
  say(broken === 0 ? 'every promise was kept' : `${broken} targets broke a promise`);
  return broken === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
    process.exitCode = 2;
  },
);
