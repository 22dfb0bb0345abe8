// Pipeline layer: $graphLookup. Breadth first, so that a document's depth is the least number of steps to it.
import { Long } from 'bson';

import { CommandError } from '../../errors.ts';
import { compileValue } from '../expression.ts';
import { compileFilter } from '../filter.ts';
import { groupKey } from '../group-key.ts';
import { MISSING, someValue } from '../paths.ts';
import { type Document, isDocument, toInteger } from '../values.ts';
import { withField } from './fields.ts';
import { equalTo } from './join.ts';
import { documentOperand, type StageCompiler } from './stage.ts';

interface Search {
  readonly connectFrom: readonly string[];
  readonly connectTo: string;
  readonly maxDepth: number;
  /** The documents of the other collection that have one of the values. */
  readonly read: (filter: Document) => Iterable<Document>;
  readonly admits: (document: Document) => boolean;
}

export const graphLookup: StageCompiler = (operand, context) => {
  const specification = documentOperand(operand, '$graphLookup');
  const unknown = Object.keys(specification).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) {
    throw new CommandError('Location40104', `$graphLookup does not know the argument '${unknown}'`);
  }
  const text = (name: string): string => {
    const value = specification[name];
    if (typeof value === 'string' && value !== '' && !value.startsWith('$')) return value;
    throw invalid(`$graphLookup needs the string \`${name}\``);
  };
  if (!('startWith' in specification)) throw invalid('$graphLookup needs `startWith`');
  const start = compileValue(specification['startWith'], context.variables);
  const from = text('from');
  const as = text('as').split('.');
  const depthField = 'depthField' in specification ? text('depthField').split('.') : undefined;
  const search: Search = {
    connectFrom: text('connectFromField').split('.'),
    connectTo: text('connectToField'),
    maxDepth: maxDepthOf(specification['maxDepth']),
    read: (filter) => context.read(from, filter),
    admits: restriction(specification['restrictSearchWithMatch'], context.variables),
  };
  return function* run(documents): Generator<Document> {
    for (const document of documents) {
      const found = reached(search, valuesOf(start(document)));
      const list = Array.from(found, ([each, depth]) =>
        depthField ? withField(each, depthField, Long.fromNumber(depth)) : each,
      );
      yield withField(document, as, list);
    }
  };
};

const FIELDS = new Set([
  'from',
  'startWith',
  'connectFromField',
  'connectToField',
  'as',
  'maxDepth',
  'depthField',
  'restrictSearchWithMatch',
]);

function maxDepthOf(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const depth = toInteger(value);
  if (depth !== undefined && depth >= 0) return depth;
  throw new CommandError('Location40101', '$graphLookup `maxDepth` must be 0 or greater');
}

function restriction(filter: unknown, variables: Document): (document: Document) => boolean {
  if (filter === undefined) return () => true;
  if (!isDocument(filter))
    throw invalid('$graphLookup `restrictSearchWithMatch` must be an object');
  return compileFilter(filter, variables);
}

/** Elements of an array one by one. Null and missing lead nowhere: the manual is silent, DocumentDB does so. */
function valuesOf(value: unknown): unknown[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => each !== undefined && each !== null);
}

/** Every document once, with its depth. */
function reached(search: Search, start: readonly unknown[]): Map<Document, number> {
  const found = new Map<Document, number>();
  const seen = new Set<string>();
  const asked = new Set<string>();
  let frontier = fresh(start, asked);
  for (let depth = 0; frontier.length > 0 && depth <= search.maxDepth; depth++) {
    const next: unknown[] = [];
    for (const document of search.read(equalTo(search.connectTo, frontier))) {
      const id = groupKey(document['_id']);
      if (seen.has(id) || !search.admits(document)) continue;
      seen.add(id);
      found.set(document, depth);
      next.push(...connected(document, search.connectFrom));
    }
    frontier = fresh(next, asked);
  }
  return found;
}

/** The values that were not looked for before. */
function fresh(values: readonly unknown[], asked: Set<string>): unknown[] {
  return values.filter((value) => {
    const key = groupKey(value);
    if (asked.has(key)) return false;
    asked.add(key);
    return true;
  });
}

/** The values that lead on; an array at the end of the path leads on by each of its elements. */
function connected(document: Document, path: readonly string[]): unknown[] {
  const values: unknown[] = [];
  someValue(document, path, false, (value) => {
    if (value !== MISSING) values.push(...valuesOf(value));
    return false;
  });
  return values;
}

function invalid(message: string): CommandError {
  return new CommandError('FailedToParse', message);
}
