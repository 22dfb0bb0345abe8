// Layer analysis: the collections that a command may reach, with their schemas.
import type { EncryptionSchema } from '../schema/compile.ts';

/** `schemas` is keyed by `db.collection`; a namespace without entry has no encryption. */
export interface Catalog {
  readonly database: string;
  readonly schemas: ReadonlyMap<string, EncryptionSchema>;
}
