// Update layer: `arrayFilters`, the conditions behind `$[name]`.
import { CommandError } from '../../errors.ts';
import { compileFilter } from '../filter.ts';
import { type Document, isDocument } from '../values.ts';

/** Tests by name. Throws FailedToParse for a filter without, with two, or with a repeated or unused name. */
export function compileArrayFilters(
  filters: readonly Document[],
  paths: readonly string[],
): Map<string, (element: unknown) => boolean> {
  const used = new Set(
    paths.flatMap((path) => [...path.matchAll(/\$\[([^\]]+)\]/g)].map((match) => match[1])),
  );
  const tests = new Map<string, (element: unknown) => boolean>();
  for (const filter of filters) {
    const names = new Set(identifiers(filter));
    const [name] = names;
    if (name === undefined || names.size > 1 || !/^[a-z][a-zA-Z0-9]*$/.test(name)) {
      throw new CommandError(
        'FailedToParse',
        'Expected each array filter to be on exactly one identifier that begins with a lowercase letter',
      );
    }
    if (tests.has(name)) {
      throw new CommandError(
        'FailedToParse',
        `Found multiple array filters with the same top-level field name ${name}`,
      );
    }
    if (!used.has(name)) {
      throw new CommandError(
        'FailedToParse',
        `The array filter for identifier '${name}' was not used in the update`,
      );
    }
    const test = compileFilter(filter);
    tests.set(name, (element) => test({ [name]: element }));
  }
  return tests;
}

function* identifiers(filter: Document): Generator<string> {
  for (const [key, value] of Object.entries(filter)) {
    if (!key.startsWith('$')) yield key.split('.')[0] ?? '';
    else if (Array.isArray(value)) {
      for (const clause of value) if (isDocument(clause)) yield* identifiers(clause);
    }
  }
}
