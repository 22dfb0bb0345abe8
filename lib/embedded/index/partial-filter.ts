// Index layer: which filters a partial index may have, as MongoDB's manual lists them ("Partial Indexes").
// It must not know of storage or of how a query is planned.
import { CommandError } from '../errors.ts';
import { isOperatorDocument } from '../query/filter.ts';
import { type Document, isDocument, toNumber } from '../query/values.ts';

const FIELD_OPERATORS = new Set(['$eq', '$gt', '$gte', '$lt', '$lte', '$type', '$exists', '$in']);

/** Throws CannotCreateIndex for an operator that a partial index cannot have. */
export function checkPartialFilter(filter: Document): void {
  for (const [key, operand] of Object.entries(filter)) {
    if (key === '$and' || key === '$or') {
      if (!Array.isArray(operand)) throw unsupported(key);
      for (const clause of operand) {
        if (!isDocument(clause)) throw unsupported(key);
        checkPartialFilter(clause);
      }
    } else if (key.startsWith('$')) {
      throw unsupported(key);
    } else if (isOperatorDocument(operand)) {
      checkOperators(operand);
    }
  }
}

function checkOperators(operators: Document): void {
  for (const [operator, value] of Object.entries(operators)) {
    if (!FIELD_OPERATORS.has(operator)) throw unsupported(operator);
    if (operator === '$exists' && (value === false || toNumber(value) === 0)) {
      throw unsupported('$exists: false');
    }
  }
}

function unsupported(what: string): CommandError {
  return new CommandError(
    'CannotCreateIndex',
    `Expected an operator that a partial index supports, got ${what}`,
  );
}
