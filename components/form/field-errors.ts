// Reads a message out of react-hook-form's nested error object by its dotted path.
import { get, type FieldErrors, type FieldValues } from 'react-hook-form';

/** The message of `path` (`contact.phone`), or undefined when that field is fine. */
export function messageAt<T extends FieldValues>(
  errors: FieldErrors<T>,
  path: string,
): string | undefined {
  const error: unknown = get(errors, path);
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return typeof error.message === 'string' && error.message !== '' ? error.message : undefined;
}
