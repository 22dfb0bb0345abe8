// Every setting of the clinic, read and checked once. Nothing else reads process.env for a setting.
// Documented in docs/configuration.md; lib/env.test.ts keeps the two lists equal.
import 'server-only';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import type { SsnProfile } from '@/schemas/ssn';
import {
  DEMO_KEY_NAME,
  demoKeyProblem,
  keyFileProblem,
  secretProblem,
  tlsProblem,
} from './env-problems';

const mongoUri = z
  .string()
  .regex(/^mongodb(\+srv)?:\/\/./, 'expected a connection string that starts with mongodb://');
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .refine(
      (value) => value >= least && value <= most,
      `expected a number from ${least} to ${most}`,
    );

const settings = z.object({
  MEDCO_MODE: z.enum(['demo', 'production'], 'expected demo or production').default('demo'),
  MONGODB_URI: mongoUri.optional(),
  MONGODB_DESK_URI: mongoUri.optional(),
  MEDCO_DATABASE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,30}$/, 'expected at most 30 letters, digits, _ or -')
    .default(''),
  MEDCO_DATA_DIR: z.string().default('./data'),
  MEDCO_MASTER_KEY_FILE: z.string().optional(),
  KEY_EXPIRATION_MS: wholeNumber(0, 86_400_000).default(60_000),
  NEXTAUTH_SECRET: z.string().optional(),
  NEXTAUTH_URL: z
    .url({ protocol: /^https?$/, error: 'expected an address, as https://…' })
    .optional(),
  PORT: wholeNumber(1, 65_535).default(3000),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, 'expected a host name or an address')
    .optional(),
});

export const SETTING_NAMES = Object.keys(settings.shape);

export interface Env {
  mode: 'demo' | 'production';
  /** Undefined: the embedded server is used. */
  mongodbUri: string | undefined;
  /** The front desk's own database user; falls back to `mongodbUri`. */
  deskUri: string | undefined;
  databasePrefix: string;
  /** Absolute. */
  dataDir: string;
  /** Absolute. */
  masterKeyFile: string;
  /** How long a data key stays usable in memory; 0 is for ever. */
  keyExpirationMs: number;
  /** Undefined only in demo mode before the start command made one. */
  authSecret: string | undefined;
  authUrl: string;
  port: number;
  /** Address to listen on. The demo's passwords are public, so it listens on this machine alone. */
  host: string;
}

/** Names every bad setting at once; holds no value of any. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
  readonly problems: readonly { setting: string; problem: string }[];

  constructor(problems: readonly { setting: string; problem: string }[]) {
    const lines = problems.map(({ setting, problem }) => `  \`${setting}\`: ${problem}`);
    super(`Some settings are wrong:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** Reads settings from `source`. Throws EnvError that lists all that is wrong, files included. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(
    SETTING_NAMES.map((name) => [name, source[name]?.trim() === '' ? undefined : source[name]]),
  );
  const parsed = settings.safeParse(given);
  const bad = new Map<string, string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!bad.has(name)) bad.set(name, issue.message);
  }
  const dataDir = absolute(given['MEDCO_DATA_DIR'] ?? './data');
  const keyFile = absolute(given['MEDCO_MASTER_KEY_FILE'] ?? join(dataDir, DEMO_KEY_NAME));
  for (const [name, problem] of crossChecks(given, dataDir, keyFile)) {
    if (!bad.has(name)) bad.set(name, problem);
  }
  if (!parsed.success || bad.size > 0) {
    throw new EnvError([...bad].map(([setting, problem]) => ({ setting, problem })));
  }
  const { data } = parsed;
  return {
    mode: data.MEDCO_MODE,
    mongodbUri: data.MONGODB_URI,
    deskUri: data.MONGODB_DESK_URI ?? data.MONGODB_URI,
    databasePrefix: data.MEDCO_DATABASE_PREFIX,
    dataDir,
    masterKeyFile: keyFile,
    keyExpirationMs: data.KEY_EXPIRATION_MS,
    authSecret: data.NEXTAUTH_SECRET,
    authUrl: data.NEXTAUTH_URL ?? `http://localhost:${data.PORT}`,
    port: data.PORT,
    host: data.HOST ?? (data.MEDCO_MODE === 'demo' ? '127.0.0.1' : '0.0.0.0'),
  };
}

let known: Env | undefined;

/** This process's settings; throws EnvError on the first call if any is wrong. */
export function env(): Env {
  return (known ??= parseEnv(process.env));
}

/** Which SSNs are accepted: made-up ones in demo mode, issuable ones in production. */
export function ssnProfile(): SsnProfile {
  return env().mode === 'demo' ? 'demo' : 'real';
}

function* crossChecks(
  given: Record<string, string | undefined>,
  dataDir: string,
  keyFile: string,
): Generator<[string, string]> {
  const production = given['MEDCO_MODE'] === 'production';
  const secret = given['NEXTAUTH_SECRET'];
  const checks: [string, string | null][] = [];
  if (production) {
    const required = ['MONGODB_URI', 'MEDCO_MASTER_KEY_FILE', 'NEXTAUTH_SECRET', 'NEXTAUTH_URL'];
    for (const name of required) {
      checks.push([name, given[name] === undefined ? 'is needed in production mode' : null]);
    }
    for (const name of ['MONGODB_URI', 'MONGODB_DESK_URI']) {
      const uri = given[name];
      if (uri !== undefined) checks.push([name, tlsProblem(uri)]);
    }
    checks.push(['MEDCO_MASTER_KEY_FILE', demoKeyProblem(keyFile, dataDir)]);
    checks.push(['MEDCO_MASTER_KEY_FILE', keyFileProblem(keyFile)]);
  } else {
    // Demo mode makes a missing key; one that is there must still be sound.
    const problem = keyFileProblem(keyFile);
    checks.push([
      'MEDCO_MASTER_KEY_FILE',
      problem === 'expected a master key file, got none' ? null : problem,
    ]);
  }
  if (secret !== undefined) checks.push(['NEXTAUTH_SECRET', secretProblem(secret)]);
  for (const [name, problem] of checks) if (problem !== null) yield [name, problem];
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path);
}
