// `npm test`: everything that has to hold, step by step; goes on after a failure to report all of it.
// `npm test -- unit lint` runs the named steps alone.
import { claim, closingLine, sum, type Outcome } from './test/outcome.ts';
import { steps, type Step } from './test/steps.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A step that throws has failed; the steps after it still run. */
async function orFailure(run: Step['run']): Promise<Outcome> {
  try {
    return await run(say);
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : 'failed');
    return claim('the step broke off', false);
  }
}

interface Result {
  readonly name: string;
  readonly outcome: Outcome;
  readonly seconds: number;
}

async function timed({ name, run }: Step): Promise<Result> {
  const start = performance.now();
  const outcome = await orFailure(run);
  return { name, outcome, seconds: (performance.now() - start) / 1000 };
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    say(
      `Unknown step ${unknown.join(', ')}; the steps are ${steps.map(({ name }) => name).join(', ')}`,
    );
    return 2;
  }
  const running: Promise<Result>[] = [];
  for (const step of steps) {
    if (names.length > 0 && !names.includes(step.name)) continue;
    say(`\n== ${step.name}${step.beside ? ', beside what follows' : ''}`);
    const result = timed(step);
    running.push(result);
    if (!step.beside) await result;
  }
  const results = await Promise.all(running);
  say('\n== summary');
  for (const { name, outcome, seconds } of results) {
    say(`${name.padEnd(22)} ${closingLine(outcome)} (${seconds.toFixed(0)} s)`);
  }
  const total = sum(results.map(({ outcome }) => outcome));
  for (const { name, outcome } of results) {
    for (const failed of outcome.failed) say(`failed in ${name}: ${failed}`);
  }
  for (const skipped of total.skipped) say(`skipped: ${skipped}`);
  say(closingLine(total));
  return total.failed.length === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
    process.exitCode = 1;
  },
);
