// Validation layer: a collection's validator, as `create` and `collMod` install it. It must not know of storage.
import { CommandError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import type { Document } from '../query/values.ts';
import type { CollectionOptions } from '../storage/types.ts';

export interface CompiledValidator {
  /**
   * Throws DocumentValidationFailure if `after` may not be stored in place of `before` (undefined: inserted).
   * Returns normally where the validation level or action lets a document pass.
   */
  check(after: Document, before: (() => Document) | undefined): void;
}

/** Undefined without a validator. Throws FailedToParse, BadValue, ... for one that is not understood. */
export function compileValidator(options: CollectionOptions): CompiledValidator | undefined {
  const { validator, validationLevel = 'strict', validationAction = 'error' } = options;
  if (!validator || Object.keys(validator).length === 0) return undefined;
  const passes = compileFilter(validator);
  return {
    check(after, before) {
      if (validationLevel === 'off' || validationAction === 'warn' || passes(after)) return;
      if (validationLevel === 'moderate' && before && !passes(before())) return;
      throw new CommandError('DocumentValidationFailure', 'Document failed validation', {
        details: { errInfo: { failingDocumentId: after['_id'], details: {} } },
      });
    },
  };
}
