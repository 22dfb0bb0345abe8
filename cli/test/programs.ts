// Test runner: starts programs and reads the reports that Vitest and Playwright write.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
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

const crashed: Outcome = { passed: 0, failed: ['the runner wrote no report'], skipped: [] };

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      name: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

export interface VitestOptions {
  /** Only files whose paths contain one of these. */
  readonly files?: readonly string[];
  /** The Node program to run on, instead of this one. */
  readonly node?: string;
  /** Test files at a time, where the project's own number is too many. */
  readonly workers?: number;
}

/** Runs one Vitest project. */
export async function vitest(
  project: string,
  environment: Environment = {},
  { files = [], node = process.execPath, workers }: VitestOptions = {},
): Promise<Outcome> {
  const program = join('node_modules', 'vitest', 'vitest.mjs');
  const args = ['run', ...files, '--project', project, '--reporter=default', '--reporter=json'];
  if (workers !== undefined) args.push(`--maxWorkers=${workers}`);
  return withReport(
    (file) => succeeds(node, [program, ...args, `--outputFile.json=${file}`], environment),
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
    failed: [
      ...tests
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => withReason(fullName, failureMessages?.[0])),
      ...broken.map(({ name, message }) =>
        withReason(`${relative('.', name)} could not be run`, message),
      ),
    ],
    skipped: tests
      .filter(({ status }) => !['passed', 'failed'].includes(status))
      .map(({ fullName }) => fullName),
  });
}

const run = z.object({
  status: z.string(),
  results: z
    .array(z.object({ error: z.object({ message: z.string().optional() }).optional() }))
    .optional(),
});

interface Suite {
  readonly suites?: readonly Suite[] | undefined;
  readonly specs?: readonly { title: string; tests: readonly z.infer<typeof run>[] }[] | undefined;
}

const suite: z.ZodType<Suite> = z.object({
  get suites() {
    return z.array(suite).optional();
  },
  specs: z.array(z.object({ title: z.string(), tests: z.array(run) })).optional(),
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
  const those = (...statuses: string[]): Story[] =>
    stories.filter(({ status }) => statuses.includes(status));
  return settle(succeeded, {
    passed: those('expected').length,
    failed: those('unexpected', 'flaky').map(({ title, reason }) => withReason(title, reason)),
    skipped: those('skipped').map(({ title }) => title),
  });
}

interface Story {
  title: string;
  status: string;
  reason: string | undefined;
}

function storiesOf({ suites = [], specs = [] }: Suite): Story[] {
  return [
    ...specs.flatMap(({ title, tests }) =>
      tests.map(({ status, results = [] }) => {
        const reason = results.map(({ error }) => error?.message).find(Boolean);
        return { title, status, reason };
      }),
    ),
    ...suites.flatMap(storiesOf),
  ];
}

const LONGEST_REASON = 400;

/** The name of what failed and what it said, on one line: a log is often cut before its end, and the summary is last. */
function withReason(name: string, reason = ''): string {
  const [said = ''] = stripVTControlCharacters(reason).split(/\n\s+at /);
  const line = said.replace(/\s+/g, ' ').trim();
  return line === '' ? name : `${name} (${line.slice(0, LONGEST_REASON)})`;
}

/** A runner that failed without naming a failed test (an error outside all tests) has failed all the same. */
function settle(succeeded: boolean, outcome: Outcome): Outcome {
  const honest = requireTests(outcome);
  return !succeeded && honest.failed.length === 0
    ? { ...honest, failed: ['an error outside all tests'] }
    : honest;
}
