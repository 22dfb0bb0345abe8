// Fuzzing: the process in which one target runs. It notes the number of each input before it runs it, so
// that main.ts can name the one that hung, or that ended the process.
import { openSync, writeSync } from 'node:fs';
import { foundName, readCorpus, writeCorpusFile } from './corpus.ts';
import { fuzz } from './run.ts';
import { findTarget } from './targets/index.ts';

const clockChecks = 64;

function main([name = '', seed = '', seconds = '', progress = '']: readonly string[]): number {
  const target = findTarget(name);
  const file = openSync(progress, 'w');
  const note = Buffer.alloc(8);
  const end = performance.now() + Number(seconds) * 1000;
  let calls = 0;
  let over = false;
  const isOver = (): boolean => {
    if (calls++ % clockChecks === 0) over = performance.now() >= end;
    return over;
  };
  const { inputs, accepted, refused, finding } = fuzz(target, Number(seed), isOver, (number) => {
    note.writeDoubleLE(number);
    writeSync(file, note, 0, note.length, 0);
  });
  const counts = `${inputs} inputs, ${accepted} accepted, ${refused} refused`;
  process.stdout.write(`${name.padEnd(16)} ${counts}\n`);
  if (finding) {
    const { error, number } = finding;
    const known = readCorpus(name)[number]?.file;
    const saved = known ?? writeCorpusFile(name, foundName(finding.input), finding.input);
    process.stdout.write(`${name}: input ${number} of seed ${seed} broke a promise: ${saved}\n`);
    process.stdout.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.stdout.write(`${finding.input.toString('base64').slice(0, 4000)}\n`);
    return 1;
  }
  // A parser that refuses everything, or nothing, has not been tried.
  return accepted > 0 && refused > 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
