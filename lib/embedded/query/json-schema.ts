// Query layer: `$jsonSchema` inside a filter, which is the validator's own schema checker.
import { CommandError } from '../errors.ts';
import { type Document, isDocument } from './values.ts';

/** Compiles the operand of `$jsonSchema`. */
export function jsonSchemaPredicate(schema: unknown): (document: Document) => boolean {
  if (!isDocument(schema)) throw new CommandError('TypeMismatch', '$jsonSchema must be an object');
  throw new CommandError('BadValue', '`$jsonSchema` is not supported in a filter yet');
}
