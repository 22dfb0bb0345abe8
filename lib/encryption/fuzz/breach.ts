// Fuzzing: what no parser may do, whatever it reads: throw anything but this module's own errors, or
// tell a secret in one.
import { EncryptionError } from '../errors.ts';

/** A broken promise of the code under test. */
export class Breach extends Error {
  override readonly name = 'Breach';
}

/** Throws `Breach` unless `holds`. */
export function promise(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Breach(broken);
}

export type Attempt<Result> =
  | { readonly accepted: true; readonly result: Result }
  | { readonly accepted: false; readonly error: EncryptionError };

const isOwn = (error: unknown): error is EncryptionError =>
  error instanceof EncryptionError && error.code !== '';

/** Runs a parser. Throws `Breach` for an error that is not the module's own, with a code. */
export function attempt<Result>(parse: () => Result): Attempt<Result> {
  try {
    return { accepted: true, result: parse() };
  } catch (error) {
    if (error instanceof Breach) throw error;
    if (isOwn(error)) return { accepted: false, error };
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new Breach(`Expected an error of the module, got ${what}`, { cause: error });
  }
}

/** The ways in which a message could spell out bytes. */
export const forms = (secret: Buffer): string[] => [
  secret.toString('latin1'),
  secret.toString('hex'),
  secret.toString('base64').replace(/=+$/, ''),
  secret.toString('base64url'),
];

/** Whether an error, or what caused it, tells one of the secrets. */
export function tells(error: unknown, secrets: readonly Buffer[]): boolean {
  if (!(error instanceof Error)) return false;
  const said = `${error.message}\n${error.stack ?? ''}`;
  if (secrets.some((secret) => forms(secret).some((form) => said.includes(form)))) return true;
  return tells(error.cause, secrets);
}

/** Throws `Breach` when an error tells one of the secrets. */
export function requireSilence(outcome: Attempt<unknown>, secrets: readonly Buffer[]): void {
  promise(outcome.accepted || !tells(outcome.error, secrets), 'An error tells a secret');
}
