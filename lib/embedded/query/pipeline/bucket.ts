// Pipeline layer: $bucket and $bucketAuto. mingo's $bucket puts a value that equals a boundary into the bucket below
// it; the manual says that the lower boundary belongs to the bucket.
import { Int32 } from 'bson';

import { CommandError } from '../../errors.ts';
import { compareValues, equalValues, typeRank } from '../compare.ts';
import { compileValue } from '../expression.ts';
import { groupKey } from '../group-key.ts';
import { type Document, isDocument, toInteger } from '../values.ts';
import { type Accumulator, compileAccumulator } from './accumulators.ts';
import { documentOperand, type StageCompiler } from './stage.ts';

export const bucket: StageCompiler = (operand, context) => {
  const specification = documentOperand(operand, '$bucket');
  const { groupBy, boundaries, default: fallback, output = DEFAULT_OUTPUT } = specification;
  const limits = boundaryList(boundaries);
  const keyOf = compileValue(groupBy, context.variables);
  const accumulators = compileOutput(output, '$bucket', context.variables);
  return function* run(documents): Generator<Document> {
    const buckets = new Map<string, { id: unknown; members: Document[] }>();
    for (const document of documents) {
      const id = bucketOf(keyOf(document) ?? null, limits) ?? fallback;
      if (id === undefined) {
        throw new CommandError(
          'Location40066',
          '$bucket found a value outside the boundaries, without a default',
        );
      }
      const key = groupKey(id);
      const found = buckets.get(key) ?? { id, members: [] };
      found.members.push(document);
      buckets.set(key, found);
    }
    const ordered = [...buckets.values()].sort((left, right) => compareValues(left.id, right.id));
    for (const { id, members } of ordered) {
      yield { _id: id, ...accumulated(accumulators, members) };
    }
  };
};

/**
 * Buckets of as equal a size as the values allow: equal values share one, so there may be fewer than were asked for.
 * The upper boundary is the lower one of the next bucket, and the greatest value for the last.
 */
export const bucketAuto: StageCompiler = (operand, context) => {
  const specification = documentOperand(operand, '$bucketAuto');
  const { groupBy, buckets, output = DEFAULT_OUTPUT, granularity } = specification;
  if (granularity !== undefined) {
    throw new CommandError('CommandNotSupported', '$bucketAuto `granularity` is not supported');
  }
  const most = toInteger(buckets);
  if (most === undefined || most < 1) {
    throw new CommandError('Location40243', 'The $bucketAuto `buckets` must be greater than 0');
  }
  if (!isDocument(groupBy) && !(typeof groupBy === 'string' && groupBy.startsWith('$'))) {
    throw new CommandError('Location40239', 'The $bucketAuto `groupBy` must be an expression');
  }
  const keyOf = compileValue(groupBy, context.variables);
  const accumulators = compileOutput(output, '$bucketAuto', context.variables);
  return function* run(documents): Generator<Document> {
    const sorted = Array.from(documents, (document) => ({
      key: keyOf(document) ?? null,
      document,
    })).sort((left, right) => compareValues(left.key, right.key));
    const [size, larger] = [Math.floor(sorted.length / most), sorted.length % most];
    for (let start = 0, number = 1; start < sorted.length; number++) {
      const wanted = start + Math.max(1, number <= larger ? size + 1 : size);
      let end = number === most ? sorted.length : Math.min(wanted, sorted.length);
      const last = sorted[end - 1]?.key;
      while (end < sorted.length && equalValues(sorted[end]?.key, last)) end++;
      const members = sorted.slice(start, end).map(({ document }) => document);
      const max = sorted[end]?.key ?? last;
      yield { _id: { min: sorted[start]?.key, max }, ...accumulated(accumulators, members) };
      start = end;
    }
  };
};

type Accumulators = readonly (readonly [name: string, accumulate: Accumulator])[];

function compileOutput(output: unknown, stage: string, variables: Document): Accumulators {
  return Object.entries(documentOperand(output, stage)).map(
    ([name, value]) => [name, compileAccumulator(name, value, variables)] as const,
  );
}

function accumulated(accumulators: Accumulators, members: readonly Document[]): Document {
  const values = accumulators.map(([name, accumulate]) => [name, accumulate(members)]);
  return Object.fromEntries(values) as Document;
}

const DEFAULT_OUTPUT: Document = { count: { $sum: new Int32(1) } };

function boundaryList(boundaries: unknown): unknown[] {
  if (!Array.isArray(boundaries) || boundaries.length < 2) {
    throw new CommandError(
      'Location40192',
      'The $bucket `boundaries` must be an array of at least 2 values',
    );
  }
  const list = boundaries as unknown[];
  for (const [i, limit] of list.slice(1).entries()) {
    if (typeRank(limit) === typeRank(list[i]) && compareValues(list[i], limit) < 0) continue;
    throw new CommandError(
      'Location40194',
      'The $bucket `boundaries` must be of one type and ascending',
    );
  }
  return list;
}

/** The lower boundary of the value's bucket; undefined outside. */
function bucketOf(value: unknown, limits: readonly unknown[]): unknown {
  if (compareValues(value, limits[0]) < 0 || compareValues(value, limits.at(-1)) >= 0)
    return undefined;
  return limits.findLast((limit) => compareValues(limit, value) <= 0);
}
