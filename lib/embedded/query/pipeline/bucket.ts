// Pipeline layer: $bucket. mingo's puts a value that equals a boundary into the bucket below it; the manual says
// that the lower boundary belongs to the bucket.
import { Int32 } from 'bson';

import { CommandError } from '../../errors.ts';
import { compareValues, typeRank } from '../compare.ts';
import { compileValue } from '../expression.ts';
import { groupKey } from '../group-key.ts';
import type { Document } from '../values.ts';
import { compileAccumulator } from './accumulators.ts';
import { documentOperand, type StageCompiler } from './stage.ts';

export const bucket: StageCompiler = (operand, context) => {
  const specification = documentOperand(operand, '$bucket');
  const { groupBy, boundaries, default: fallback, output = DEFAULT_OUTPUT } = specification;
  const limits = boundaryList(boundaries);
  const keyOf = compileValue(groupBy, context.variables);
  const accumulators = Object.entries(documentOperand(output, '$bucket')).map(
    ([name, value]) => [name, compileAccumulator(name, value, context.variables)] as const,
  );
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
      const values = accumulators.map(([name, accumulate]) => [name, accumulate(members)]);
      yield { _id: id, ...(Object.fromEntries(values) as Document) };
    }
  };
};

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
