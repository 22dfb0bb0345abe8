// Every setting of the clinic, read and checked once. Nothing else reads process.env for a setting.
// Documented in docs/configuration.md; lib/env.test.ts keeps the two lists equal.
import 'server-only';
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import type { SsnProfile } from '@/schemas/ssn';
import { auditKeyProblem, DEMO_KEY_NAME, secretProblem, tlsProblem } from './env-problems';
import {
  PROVIDER_NAMES,
  PROVIDER_SETTINGS,
  PROVIDERS,
  type GivenSettings,
  type ProviderName,
} from './keys/providers';
import { withDemoKey } from './keys/providers/local';

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
  KMS_PROVIDER: z.enum(PROVIDER_NAMES, `expected ${PROVIDER_NAMES.join(', ')}`).default('local'),
  ...PROVIDER_SETTINGS,
  KEY_EXPIRATION_MS: wholeNumber(0, 86_400_000).default(60_000),
  MEDCO_AUDIT_KEY_FILE: z.string().optional(),
  MEDCO_AUDIT_HEAD_FILE: z.string().optional(),
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
  /** For the first keys of a new database; afterwards the key policy in the database says it. */
  kmsProvider: ProviderName;
  /** The settings of every KMS provider, as they were given. They hold secrets. */
  kms: GivenSettings;
  /** The local master key, where demo mode makes one. Absolute. */
  masterKeyFile: string;
  /** The secret under which the audit log is chained and its pseudonyms are made. Absolute. */
  auditKeyFile: string;
  /** The signed head of the audit log. Absolute. */
  auditHeadFile: string;
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
  const kms = kmsSettings(given, dataDir);
  for (const [name, problem] of crossChecks(given, kms, dataDir)) {
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
    kmsProvider: data.KMS_PROVIDER,
    kms,
    masterKeyFile: kms['MEDCO_MASTER_KEY_FILE'] ?? join(dataDir, DEMO_KEY_NAME),
    auditKeyFile: absolute(data.MEDCO_AUDIT_KEY_FILE ?? join(dataDir, 'audit.key')),
    auditHeadFile: absolute(data.MEDCO_AUDIT_HEAD_FILE ?? join(dataDir, 'audit-head.json')),
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
  given: GivenSettings,
  kms: GivenSettings,
  dataDir: string,
): Generator<[string, string]> {
  const production = given['MEDCO_MODE'] === 'production';
  const secret = given['NEXTAUTH_SECRET'];
  const auditKey = given['MEDCO_AUDIT_KEY_FILE'];
  const checks: [string, string | null][] = [];
  if (production) {
    for (const name of ['MONGODB_URI', 'NEXTAUTH_SECRET', 'NEXTAUTH_URL', 'MEDCO_AUDIT_KEY_FILE']) {
      checks.push([name, given[name] === undefined ? 'is needed in production mode' : null]);
    }
    for (const name of ['MONGODB_URI', 'MONGODB_DESK_URI']) {
      const uri = given[name];
      if (uri !== undefined) checks.push([name, tlsProblem(uri)]);
    }
  }
  for (const provider of Object.values(PROVIDERS)) {
    const chosen = isChosen(provider.name, given);
    for (const found of provider.problems(kms, { chosen, production, dataDir })) {
      checks.push([...found]);
    }
  }
  if (auditKey !== undefined && (production || existsSync(auditKey))) {
    checks.push(['MEDCO_AUDIT_KEY_FILE', auditKeyProblem(auditKey)]);
  }
  if (secret !== undefined) checks.push(['NEXTAUTH_SECRET', secretProblem(secret)]);
  for (const [name, problem] of checks) if (problem !== null) yield [name, problem];
}

/** The providers' settings, with absolute paths, and the demo's own master key where nothing is set. */
function kmsSettings(given: GivenSettings, dataDir: string): GivenSettings {
  const kms = Object.fromEntries(
    Object.keys(PROVIDER_SETTINGS).map((name) => {
      const value = given[name];
      return [name, value !== undefined && name.endsWith('_FILE') ? absolute(value) : value];
    }),
  );
  const production = given['MEDCO_MODE'] === 'production';
  const chosen = isChosen('local', given);
  return production ? kms : withDemoKey(kms, { chosen, production, dataDir });
}

function isChosen(name: ProviderName, given: GivenSettings): boolean {
  return (given['KMS_PROVIDER'] ?? 'local') === name;
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path);
}
