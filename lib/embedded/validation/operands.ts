// Validation layer: checks of what stands behind a keyword of `$jsonSchema`. It must not know of values.
import { CommandError } from '../errors.ts';
import { isNumeric, type NumericValue, toInteger } from '../query/values.ts';

export function requireNumber(keyword: string, operand: unknown): NumericValue {
  if (isNumeric(operand)) return operand;
  throw mismatch(keyword, 'a number');
}

export function requireCount(keyword: string, operand: unknown): number {
  if (!isNumeric(operand)) throw mismatch(keyword, 'a number');
  const count = toInteger(operand);
  if (count !== undefined && count >= 0) return count;
  throw unparsable(keyword, 'a whole number of at least 0');
}

export function requireBoolean(keyword: string, operand: unknown): boolean {
  if (typeof operand === 'boolean') return operand;
  throw mismatch(keyword, 'a boolean');
}

export function requireString(keyword: string, operand: unknown): string {
  if (typeof operand === 'string') return operand;
  throw mismatch(keyword, 'a string');
}

/** A non-empty array. */
export function requireList(keyword: string, operand: unknown): readonly unknown[] {
  if (!Array.isArray(operand)) throw mismatch(keyword, 'an array');
  if (operand.length === 0) throw unparsable(keyword, 'an array with at least one item');
  return operand;
}

/** A non-empty array of strings without duplicates. */
export function requireNames(keyword: string, operand: unknown): readonly string[] {
  const names = requireList(keyword, operand).map((name) => requireString(keyword, name));
  if (new Set(names).size < names.length) throw unparsable(keyword, 'no name twice');
  return names;
}

export function mismatch(keyword: string, expected: string): CommandError {
  return new CommandError(
    'TypeMismatch',
    `Expected \`${keyword}\` in $jsonSchema to be ${expected}`,
  );
}

export function unparsable(keyword: string, expected: string): CommandError {
  return new CommandError(
    'FailedToParse',
    `Expected \`${keyword}\` in $jsonSchema to have ${expected}`,
  );
}
