// `npm test`: everything that has to hold, step by step; goes on after a failure to report all of it.
// `npm test -- unit lint` runs the named steps alone.
import { closingLine, sum, type Outcome } from './test/outcome.ts';
import { steps } from './test/steps.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    say(
      `Unknown step ${unknown.join(', ')}; the steps are ${steps.map(({ name }) => name).join(', ')}`,
    );
    return 2;
  }
  const results: { name: string; outcome: Outcome; seconds: number }[] = [];
  for (const { name, run } of steps) {
    if (names.length > 0 && !names.includes(name)) continue;
    say(`\n== ${name}`);
    const start = performance.now();
    const outcome = await run(say);
    results.push({ name, outcome, seconds: (performance.now() - start) / 1000 });
  }
  say('\n== summary');
  for (const { name, outcome, seconds } of results) {
    say(`${name.padEnd(22)} ${closingLine(outcome)} (${seconds.toFixed(0)} s)`);
  }
  const total = sum(results.map(({ outcome }) => outcome));
  for (const skipped of total.skipped) say(`skipped: ${skipped}`);
  say(closingLine(total));
  return total.failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
    process.exitCode = 1;
  },
);
