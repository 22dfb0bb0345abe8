// Encryption at rest: reads the options from flags, environment variables and a YAML file, each value as text with
// the name that it was given under. It knows no rules between options: see options.ts.
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { parseDocument } from 'yaml';

import { AtRestError } from './errors.ts';
import {
  CONFIG_VARIABLE,
  OPTION_NAMES,
  type OptionName,
  OPTIONS,
  VARIABLE_PREFIX,
} from './option-names.ts';

export interface Given {
  readonly text: string;
  /** The name that its user gave it, for messages. */
  readonly as: string;
  /** What a relative path starts from. */
  readonly base: string;
}

export type GivenOptions = ReadonlyMap<OptionName, Given>;

export interface Flags {
  /** Given options; `config` among them if it was. */
  readonly options: GivenOptions;
  readonly config: string | undefined;
  /** Flags of the caller's own. */
  readonly own: Readonly<Record<string, string | boolean | undefined>>;
}

/**
 * Reads command line arguments: the options, `--config`, and the caller's own flags.
 * Throws AtRestError OPTION for an unknown flag, a missing value or a flag given twice.
 */
export function readFlags(
  args: readonly string[],
  own: NonNullable<ParseArgsConfig['options']> = {},
): Flags {
  const known: NonNullable<ParseArgsConfig['options']> = { ...own, config: { type: 'string' } };
  for (const name of OPTION_NAMES) {
    const { flag, type } = OPTIONS[name];
    known[flag] = { type: type === 'boolean' ? 'boolean' : 'string' };
  }
  const { values, tokens } = parse(args, known);
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong(`Expected \`--${twice}\` once, got it twice`);
  const options = new Map<OptionName, Given>();
  for (const name of OPTION_NAMES) {
    const { flag } = OPTIONS[name];
    const value = values[flag];
    if (value === undefined) continue;
    options.set(name, { text: String(value), as: `--${flag}`, base: process.cwd() });
  }
  const flags = new Set<string>(OPTION_NAMES.map((name) => OPTIONS[name].flag)).add('config');
  const { config } = values;
  return {
    options,
    config: typeof config === 'string' ? config : undefined,
    own: Object.fromEntries(Object.entries(values).filter(([name]) => !flags.has(name))),
  };
}

function parse(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    const { values, tokens } = parseArgs({ args: [...args], options, strict: true, tokens: true });
    return { values: values as Record<string, string | boolean | undefined>, tokens };
  } catch (cause) {
    // Node's first sentence names the flag and repeats no value; what it advises after that does not apply.
    const text = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : '';
    throw new AtRestError('OPTION', text.replaceAll("'", '`'), { cause });
  }
}

/** Reads `MEDCO_AT_REST_…`; an empty one is not given. Throws AtRestError OPTION for an unknown one. */
export function readVariables(source: Readonly<Record<string, string | undefined>>): {
  options: GivenOptions;
  config: string | undefined;
} {
  const known = new Map<string, OptionName>(
    OPTION_NAMES.map((name) => [OPTIONS[name].variable, name]),
  );
  const options = new Map<OptionName, Given>();
  for (const [variable, text] of Object.entries(source)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || variable === CONFIG_VARIABLE) continue;
    const name = known.get(variable);
    if (name === undefined) throw wrong(`Unknown environment variable \`${variable}\``);
    if (text === undefined || text.trim() === '') continue;
    options.set(name, { text, as: variable, base: process.cwd() });
  }
  const config = source[CONFIG_VARIABLE];
  return { options, config: config?.trim() === '' ? undefined : config };
}

/**
 * Reads the YAML file. A file with a password must be its owner's alone.
 * Throws AtRestError OPTION if it is missing or no YAML, or has an unknown option.
 */
export function readConfigFile(path: string): GivenOptions {
  const file = resolve(path);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw wrong(`Expected a configuration file at ${file}, got none that can be read`, cause);
  }
  // Every scalar stays text, as for other database servers: `keyIdentifier: 1` is the identifier "1".
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true });
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line ?? 1;
    // The error's own words repeat lines of the file.
    throw wrong(`Expected YAML, got ${error.code} in line ${line} of ${file}`);
  }
  const paths = new Map<string, OptionName>(OPTION_NAMES.map((name) => [OPTIONS[name].path, name]));
  const options = new Map<OptionName, Given>();
  for (const [option, value] of leaves(document.toJS() as unknown, '')) {
    const name = paths.get(option);
    if (name === undefined) {
      const isSection = [...paths.keys()].some((known) => known.startsWith(`${option}.`));
      if (isSection && value === '') continue;
      if (isSection) throw wrong(`Expected \`${option}\` to be a section, got a value`);
      throw wrong(`Unknown option \`${option}\` in ${file}`);
    }
    if (typeof value !== 'string') {
      throw wrong(`Expected \`${option}\` to be one value, got ${kindOf(value)}`);
    }
    options.set(name, { text: value, as: option, base: dirname(file) });
  }
  if (options.has('clientCertificatePassword')) requirePrivate(file);
  return options;
}

/** Paths with their values; a section that is an option's name counts as its value. */
function* leaves(value: unknown, path: string): Generator<[string, unknown]> {
  const isOption = OPTION_NAMES.some((name) => OPTIONS[name].path === path);
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isOption) {
    for (const [name, inner] of Object.entries(value)) {
      yield* leaves(inner, path === '' ? name : `${path}.${name}`);
    }
  } else if (path !== '') yield [path, value ?? ''];
  else if (value !== null && value !== '') throw wrong('Expected a configuration of sections');
}

function requirePrivate(file: string): void {
  if (process.platform === 'win32') return;
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw wrong(
    `Expected mode 600 of ${file}, since it holds a password, got mode ${mode.toString(8)}`,
  );
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : 'a section';
}

function wrong(message: string, cause?: unknown): AtRestError {
  return new AtRestError('OPTION', message, { cause });
}
