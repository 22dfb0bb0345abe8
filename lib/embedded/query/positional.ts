// Query layer: which array element a filter matched, for the positional `$` of updates and projections.
import { compileElement, compileFilter, isOperatorDocument } from './filter.ts';
import { MISSING, ownField } from './paths.ts';
import { type Document, isDocument } from './values.ts';

const NEGATIONS = new Set(['$ne', '$nin', '$not']);

type ElementTest = (element: unknown) => boolean;

/**
 * For an array's path: the index of its first element that meets the filter's conditions on it, or else the
 * first of these conditions; undefined where the filter does not look into that array.
 */
export function matchedIndex(
  path: string,
  filter: Document,
): (document: Document) => number | undefined {
  const tests = [...elementTests(path, filter)];
  const parts = path.split('.');
  return (document) => {
    const array = valueAt(document, parts);
    if (!Array.isArray(array)) return undefined;
    const every = array.findIndex(
      (element) => tests.length > 0 && tests.every((test) => test(element)),
    );
    if (every >= 0) return every;
    for (const test of tests) {
      const index = array.findIndex(test);
      if (index >= 0) return index;
    }
    return undefined;
  };
}

function* elementTests(path: string, filter: Document): Generator<ElementTest> {
  for (const [key, operand] of Object.entries(filter)) {
    if ((key === '$and' || key === '$or') && Array.isArray(operand)) {
      for (const clause of operand) if (isDocument(clause)) yield* elementTests(path, clause);
    } else if (key === path) {
      yield* conditionsOn(operand);
    } else if (key.startsWith(`${path}.`) && !negated(operand)) {
      const rest = key.slice(path.length + 1);
      const test = compileFilter({ [rest]: operand });
      yield (element) => isDocument(element) && test(element);
    }
  }
}

function* conditionsOn(operand: unknown): Generator<ElementTest> {
  if (!isOperatorDocument(operand)) {
    yield compileElement(isDocument(operand) ? { $eq: operand } : operand);
    return;
  }
  for (const [name, value] of Object.entries(operand)) {
    if (NEGATIONS.has(name) || name === '$options') continue;
    if (name === '$elemMatch') yield compileElement(value);
    else if (name === '$regex')
      yield compileElement({ $regex: value, $options: operand['$options'] ?? '' });
    else if (name !== '$size' && name !== '$exists') yield compileElement({ [name]: value });
  }
}

function negated(operand: unknown): boolean {
  return isOperatorDocument(operand) && Object.keys(operand).every((name) => NEGATIONS.has(name));
}

function valueAt(document: Document, parts: readonly string[]): unknown {
  let value: unknown = document;
  for (const part of parts) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isDocument(value)) value = ownField(value, part);
    else return MISSING;
  }
  return value;
}
