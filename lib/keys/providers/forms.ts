// Forms that settings of several providers share. Messages hold no value.
import 'server-only';
import { z } from 'zod';
import { readSecretFile, secretFileProblem, textFileProblem } from '@/lib/env-problems';
import type { GivenSettings, SettingForms, SettingProblem } from './provider';

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::(\d{1,5}))?$/;

/** Whether `text` is `host` or `host:port`. */
export function isEndpoint(text: string): boolean {
  const port = HOST.exec(text)?.[1];
  return HOST.test(text) && (port === undefined || (Number(port) > 0 && Number(port) <= 65_535));
}

export const endpoint = z.string().refine(isEndpoint, 'expected host or host:port').optional();

/** A name or an identifier at the provider. */
export const name = z
  .string()
  .regex(/^[!-~]{1,2048}$/, 'expected a name without spaces')
  .optional();

export const path = z.string().optional();

export const flag = z.enum(['true', 'false'], 'expected true or false').optional();

/** A secret and the file that may hold it instead: `NAME` and `NAME_FILE`. */
export function secretForms(setting: string): SettingForms {
  return { [setting]: z.string().optional(), [`${setting}_FILE`]: path };
}

/** The secret, from the setting or from its file without the line's end. */
export function secretOf(given: GivenSettings, setting: string): string | undefined {
  const file = given[`${setting}_FILE`];
  return given[setting] ?? (file === undefined ? undefined : readSecretFile(file));
}

export function* secretProblems(given: GivenSettings, setting: string): Generator<SettingProblem> {
  const file = given[`${setting}_FILE`];
  if (file === undefined) return;
  if (given[setting] !== undefined) {
    yield [`${setting}_FILE`, `expected either this or \`${setting}\`, got both`];
    return;
  }
  yield* fileProblems(given, { [`${setting}_FILE`]: 'secret' });
}

/** Files that are given must be there; those that hold secrets must be their owner's alone. */
export function* fileProblems(
  given: GivenSettings,
  files: Readonly<Record<string, 'secret' | 'public'>>,
): Generator<SettingProblem> {
  for (const [setting, kind] of Object.entries(files)) {
    const file = given[setting];
    if (file === undefined) continue;
    const problem = kind === 'secret' ? secretFileProblem(file) : textFileProblem(file);
    if (problem !== null) yield [setting, problem];
  }
}
