// Query layer: sorting typed documents. The key of an array is its least element, or its greatest where the
// order is descending; a missing field sorts as null.
import { CommandError } from '../errors.ts';
import { compareValues } from './compare.ts';
import { MISSING, someValue } from './paths.ts';
import { type Document, toNumber } from './values.ts';

interface SortField {
  path: readonly string[];
  direction: 1 | -1;
}

/** Orders documents by a sort specification. */
export interface Sorter {
  /** The values that decide; take them once per document. */
  keyOf: (document: Document) => readonly unknown[];
  compare: (left: readonly unknown[], right: readonly unknown[]) => number;
}

/** Throws CommandError on an empty, too long or unsupported specification. */
export function compileSort(specification: Document): Sorter {
  const fields = Object.entries(specification).map(sortField);
  if (fields.length > 32)
    throw new CommandError('BadValue', 'Too many fields in the sort specification');
  return {
    keyOf: (document) => fields.map((field) => keyOf(document, field)),
    compare: (left, right) => {
      for (const [i, { direction }] of fields.entries()) {
        const order = compareValues(left[i], right[i]);
        if (order !== 0) return order * direction;
      }
      return 0;
    },
  };
}

function sortField([name, value]: [string, unknown]): SortField {
  if (name === '' || name.startsWith('$')) {
    throw new CommandError('BadValue', 'FieldPath field names may not be empty or start with `$`');
  }
  const direction = toNumber(value);
  if (direction !== 1 && direction !== -1) {
    throw new CommandError(
      'Location15975',
      '$sort key ordering must be 1 (for ascending) or -1 (for descending)',
    );
  }
  return { path: name.split('.'), direction };
}

function keyOf(document: Document, field: SortField): unknown {
  let best: unknown = MISSING;
  const consider = (value: unknown) => {
    const candidate = value === MISSING ? null : value;
    if (best === MISSING || compareValues(candidate, best) * field.direction < 0) best = candidate;
    return false;
  };
  someValue(document, field.path, false, (value) => {
    if (!Array.isArray(value)) return consider(value);
    // An empty array sorts below null: BSON's undefined.
    return value.length === 0 ? consider(undefined) : value.some(consider);
  });
  return best === MISSING ? null : best;
}
