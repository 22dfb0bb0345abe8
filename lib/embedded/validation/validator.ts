// Validation layer: a collection's validator, as `create` and `collMod` install it: filter operators, `$jsonSchema`,
// or both. It must not know of storage.
import { CommandError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import type { Document } from '../query/values.ts';
import type { CollectionOptions } from '../storage/types.ts';
import { compileJsonSchema } from './json-schema.ts';

export interface CompiledValidator {
  /**
   * Throws DocumentValidationFailure if `after` may not be stored in place of `before` (undefined: inserted).
   * Returns normally where the validation level or action lets a document pass.
   */
  check(after: Document, before: (() => Document) | undefined): void;
}

/** What a document broke: the `details` of MongoDB's `errInfo`, without any value. Undefined: nothing. */
type Clause = (document: Document) => Document | undefined;

/** Undefined without a validator. Throws FailedToParse, BadValue, ... for one that is not understood. */
export function compileValidator(options: CollectionOptions): CompiledValidator | undefined {
  const { validator, validationLevel = 'strict', validationAction = 'error' } = options;
  if (!validator || Object.keys(validator).length === 0) return undefined;
  const clauses = Object.entries(validator).map(([key, operand]) => clauseOf(key, operand));
  const failures = (document: Document) =>
    clauses.map((clause) => clause(document)).filter((failure) => failure !== undefined);
  return {
    check(after, before) {
      if (validationLevel === 'off' || validationAction === 'warn') return;
      const broken = failures(after);
      const [first] = broken;
      if (!first) return;
      // Manual, "validationLevel": `moderate` leaves documents alone that did not conform before.
      if (validationLevel === 'moderate' && before && failures(before()).length > 0) return;
      const details =
        broken.length === 1 ? first : { operatorName: '$and', clausesNotSatisfied: broken };
      throw new CommandError('DocumentValidationFailure', 'Document failed validation', {
        details: { errInfo: { failingDocumentId: after['_id'], details } },
      });
    },
  };
}

function clauseOf(key: string, operand: unknown): Clause {
  if (key === '$jsonSchema') {
    const schema = compileJsonSchema(operand);
    return (document) => {
      const schemaRulesNotSatisfied = schema(document);
      if (schemaRulesNotSatisfied.length === 0) return undefined;
      return { operatorName: '$jsonSchema', schemaRulesNotSatisfied };
    };
  }
  const passes = compileFilter({ [key]: operand });
  const failure = key.startsWith('$') ? { operatorName: key } : { propertyName: key };
  return (document) => (passes(document) ? undefined : failure);
}
