// Test runner: starts programs and reads the reports that Vitest and Playwright write.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { requireTests, type Outcome } from './outcome.ts';

export type Environment = Readonly<Record<string, string>>;

/** Runs a program with the terminal's output and this process's environment. True if it exits with 0. */
export async function succeeds(
  command: string,
  args: readonly string[],
  environment: Environment = {},
): Promise<boolean> {
  return new Promise((resolve) => {
    spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    })
      .once('error', () => {
        resolve(false);
      })
      .once('exit', (code) => {
        resolve(code === 0);
      });
  });
}

/** Runs a program that a dependency installed. Not by `npx`, which would fetch what is missing. */
export async function tool(
  name: string,
  args: readonly string[],
  environment: Environment = {},
): Promise<boolean> {
  return succeeds(join('node_modules', '.bin', name), args, environment);
}

async function withReport<T>(
  run: (file: string) => Promise<boolean>,
  read: (text: string, succeeded: boolean) => T,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'medco-report-'));
  try {
    const file = join(folder, 'report.json');
    const succeeded = await run(file);
    return read(await readFile(file, 'utf8').catch(() => ''), succeeded);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const crashed: Outcome = { passed: 0, failed: 1, skipped: [] };

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** Runs one Vitest project. */
export async function vitest(project: string, environment: Environment = {}): Promise<Outcome> {
  return withReport(
    (file) =>
      tool(
        'vitest',
        ['run', '--project', project, '--reporter=default', '--reporter=json'].concat(
          `--outputFile.json=${file}`,
        ),
        environment,
      ),
    readVitest,
  );
}

/** Reads Vitest's JSON report; a file that could not be loaded counts as one failure. */
export function readVitest(text: string, succeeded: boolean): Outcome {
  if (text === '') return crashed;
  const files = vitestReport.parse(JSON.parse(text)).testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const broken = files.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  return settle(succeeded, {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length + broken.length,
    skipped: tests
      .filter(({ status }) => !['passed', 'failed'].includes(status))
      .map(({ fullName }) => fullName),
  });
}

interface Suite {
  readonly suites?: readonly Suite[] | undefined;
  readonly specs?: readonly { title: string; tests: readonly { status: string }[] }[] | undefined;
}

const suite: z.ZodType<Suite> = z.object({
  get suites() {
    return z.array(suite).optional();
  },
  specs: z
    .array(z.object({ title: z.string(), tests: z.array(z.object({ status: z.string() })) }))
    .optional(),
});

const playwrightReport = z.object({ suites: z.array(suite) });

/** Runs the end-to-end stories. A flaky story counts as failed. */
export async function playwright(environment: Environment): Promise<Outcome> {
  return withReport(
    (file) =>
      tool('playwright', ['test', '--reporter=list,json'], {
        ...environment,
        PLAYWRIGHT_JSON_OUTPUT_NAME: file,
      }),
    readPlaywright,
  );
}

/** Reads Playwright's JSON report. */
export function readPlaywright(text: string, succeeded: boolean): Outcome {
  if (text === '') return crashed;
  const stories = playwrightReport.parse(JSON.parse(text)).suites.flatMap(storiesOf);
  const count = (...statuses: string[]): number =>
    stories.filter(({ status }) => statuses.includes(status)).length;
  return settle(succeeded, {
    passed: count('expected'),
    failed: count('unexpected', 'flaky'),
    skipped: stories.filter(({ status }) => status === 'skipped').map(({ title }) => title),
  });
}

function storiesOf({ suites = [], specs = [] }: Suite): { title: string; status: string }[] {
  return [
    ...specs.flatMap(({ title, tests }) => tests.map(({ status }) => ({ title, status }))),
    ...suites.flatMap(storiesOf),
  ];
}

/** A runner that failed without naming a failed test (an error outside all tests) has failed all the same. */
function settle(succeeded: boolean, outcome: Outcome): Outcome {
  const honest = requireTests(outcome);
  return !succeeded && honest.failed === 0 ? { ...honest, failed: 1 } : honest;
}
