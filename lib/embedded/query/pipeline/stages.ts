// Pipeline layer: stages that select, order, count and group documents.
import { Int32 } from 'bson';

import { CommandError } from '../../errors.ts';
import { compileValue } from '../expression.ts';
import { compileFilter } from '../filter.ts';
import { groupKey } from '../group-key.ts';
import { compileSort } from '../sort.ts';
import { type Document, toInteger } from '../values.ts';
import { type Accumulator, compileAccumulator } from './accumulators.ts';
import { documentOperand, type StageCompiler } from './stage.ts';

const match: StageCompiler = (operand, context) => {
  const test = compileFilter(documentOperand(operand, '$match'), context.variables);
  return function* run(documents): Generator<Document> {
    for (const document of documents) if (test(document)) yield document;
  };
};

const sort: StageCompiler = (operand) => {
  const specification = documentOperand(operand, '$sort');
  if (Object.keys(specification).length === 0) {
    throw new CommandError('Location15976', '$sort stage must have at least one sort key');
  }
  const sorter = compileSort(specification);
  return function* run(documents): Generator<Document> {
    const keyed = Array.from(documents, (document) => ({ document, key: sorter.keyOf(document) }));
    keyed.sort((left, right) => sorter.compare(left.key, right.key));
    for (const { document } of keyed) yield document;
  };
};

function count(operand: unknown, stage: string, least: number): number {
  const number = toInteger(operand);
  if (number !== undefined && number >= least) return number;
  throw new CommandError(
    least === 1 ? 'Location15958' : 'Location15956',
    `Expected a whole number of at least ${least} in ${stage}`,
  );
}

const skip: StageCompiler = (operand) => {
  const number = count(operand, '$skip', 0);
  return function* run(documents): Generator<Document> {
    let skipped = 0;
    for (const document of documents) if (skipped++ >= number) yield document;
  };
};

const limit: StageCompiler = (operand) => {
  const number = count(operand, '$limit', 1);
  return function* run(documents): Generator<Document> {
    let given = 0;
    for (const document of documents) {
      yield document;
      if (++given === number) return;
    }
  };
};

const countStage: StageCompiler = (operand) => {
  if (typeof operand !== 'string' || operand === '' || /^\$|\.|\0/.test(operand)) {
    throw new CommandError(
      'Location40156',
      'the count field must be a non-empty string without `$` or `.`',
    );
  }
  return function* run(documents): Generator<Document> {
    const number = Array.from(documents).length;
    if (number > 0) yield { [operand]: new Int32(number) };
  };
};

const sample: StageCompiler = (operand) => {
  const size = count(documentOperand(operand, '$sample')['size'], '$sample', 1);
  return function* run(documents): Generator<Document> {
    const pool = [...documents];
    for (let i = 0; i < Math.min(size, pool.length); i++) {
      const at = i + Math.floor(Math.random() * (pool.length - i));
      const [chosen, other] = [pool[at], pool[i]];
      if (!chosen || !other) return;
      pool[at] = other;
      yield chosen;
    }
  };
};

const group: StageCompiler = (operand, context) => {
  const { _id, ...fields } = documentOperand(operand, '$group');
  if (_id === undefined) {
    throw new CommandError('Location15955', 'a group specification must include an _id');
  }
  const keyOf = compileValue(_id, context.variables);
  const accumulators = Object.entries(fields).map(([name, expression]): [string, Accumulator] => {
    if (name.includes('.')) {
      throw new CommandError('Location40235', `The field name '${name}' cannot contain '.'`);
    }
    return [name, compileAccumulator(name, expression, context.variables)];
  });
  return function* run(documents): Generator<Document> {
    const groups = new Map<string, { id: unknown; members: Document[] }>();
    for (const document of documents) {
      const id = keyOf(document) ?? null;
      const key = groupKey(id);
      const found = groups.get(key);
      if (found) found.members.push(document);
      else groups.set(key, { id, members: [document] });
    }
    for (const { id, members } of groups.values()) {
      const values = accumulators.map(([name, accumulate]) => [name, accumulate(members)]);
      yield { _id: id, ...(Object.fromEntries(values) as Document) };
    }
  };
};

const sortByCount: StageCompiler = (operand, context) => {
  const grouped = group({ _id: operand, count: { $sum: new Int32(1) } }, context);
  const sorted = sort({ count: new Int32(-1) }, context);
  return (documents) => sorted(grouped(documents));
};

export const SELECTION_STAGES = {
  $match: match,
  $sort: sort,
  $skip: skip,
  $limit: limit,
  $count: countStage,
  $sample: sample,
  $group: group,
  $sortByCount: sortByCount,
} satisfies Record<string, StageCompiler>;
