// Query layer: `$jsonSchema` inside a filter, which is the validator's own schema checker.
import { compileJsonSchema } from '../validation/json-schema.ts';
import type { Document } from './values.ts';

/** Compiles the operand of `$jsonSchema`. Throws CommandError for a schema that is not understood. */
export function jsonSchemaPredicate(schema: unknown): (document: Document) => boolean {
  const failures = compileJsonSchema(schema);
  return (document) => failures(document).length === 0;
}
