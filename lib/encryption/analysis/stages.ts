// Layer analysis: aggregation stages on documents with encrypted fields, in one table (rules D.6).
// A stage says what documents come out of it; a stage without an entry is refused.
import { BsonType, type Element, elements, readString } from '../bytes/index.ts';
import { requireArray, requireObject, withValue } from './documents.ts';
import { refusal } from './errors.ts';
import { requirePlainExpression } from './expression.ts';
import { accumulators } from './expression-operators.ts';
import { rewriteMatch } from './match.ts';
import { requirePlainKeys } from './ordering.ts';
import { describe, type Findings } from './placeholders.ts';
import { requirePlainFields, requirePlainProjection } from './projection.ts';
import { resolvePath } from './schema/resolve.ts';
import { plain, type Position } from './schema/tree.ts';

/** A rewritten stage and the position of the documents that leave it. */
export interface StageResult {
  readonly stage: Element;
  readonly position: Position;
}

type Stage = (position: Position, stage: Element, findings: Findings) => StageResult;

const same: Stage = (position, stage) => ({ stage, position });

/** What comes out has none of the collection's fields. */
const fresh: Stage = (_position, stage) => ({ stage, position: plain });

const match: Stage = (position, stage, findings) => {
  const filter = requireObject(stage, 'pipeline', stage.key);
  return { stage: withValue(stage, rewriteMatch(position, filter, findings)), position };
};

const sort: Stage = (position, stage) => {
  requirePlainKeys(position, stage, stage.key);
  return { stage, position };
};

const project: Stage = (position, stage) => {
  requirePlainProjection(position, stage, stage.key);
  return { stage, position };
};

const addFields: Stage = (position, stage) => {
  requirePlainFields(position, stage, stage.key);
  return { stage, position };
};

function requirePlainName(position: Position, name: Element, where: string): void {
  const path = name.type === BsonType.string ? readString(name.value).replace(/^\$/, '') : '';
  const target = resolvePath(position, path);
  if (target.kind === 'plain' && path !== '') return;
  throw refusal('pipeline', `${where} not allowed on encrypted fields`, {
    path,
    rule: describe(target),
  });
}

const unwind: Stage = (position, stage) => {
  if (stage.type !== BsonType.object) {
    requirePlainName(position, stage, stage.key);
    return { stage, position };
  }
  for (const member of elements(stage.value)) {
    if (member.type === BsonType.string) requirePlainName(position, member, stage.key);
  }
  return { stage, position };
};

function requireAccumulators(position: Position, fields: Element, where: string): void {
  const operators = [...elements(requireObject(fields, 'pipeline', where))];
  for (const operator of operators) {
    if (!accumulators.has(operator.key)) {
      const statement = `Accumulator not supported with encrypted fields: ${operator.key}`;
      throw refusal('pipeline', statement, { path: where });
    }
    requirePlainExpression(position, operator, where);
  }
}

const group: Stage = (position, stage) => {
  for (const field of elements(requireObject(stage, 'pipeline', stage.key))) {
    if (field.key === '_id') requirePlainExpression(position, field, stage.key);
    else requireAccumulators(position, field, stage.key);
  }
  return { stage, position: plain };
};

const sortByCount: Stage = (position, stage) => {
  requirePlainExpression(position, stage, stage.key);
  return { stage, position: plain };
};

const bucket: Stage = (position, stage) => {
  for (const member of elements(requireObject(stage, 'pipeline', stage.key))) {
    if (member.key === 'output') {
      for (const field of elements(requireObject(member, 'pipeline', stage.key))) {
        requireAccumulators(position, field, stage.key);
      }
    } else {
      requirePlainExpression(position, member, stage.key);
    }
  }
  return { stage, position: plain };
};

/** Dropping a field is harmless; its schema stays, and nothing can match it any more. */
const unset: Stage = (position, stage) => {
  if (stage.type !== BsonType.string) requireArray(stage, 'pipeline', stage.key);
  return { stage, position };
};

const stages: ReadonlyMap<string, Stage> = new Map<string, Stage>([
  ['$match', match],
  ['$limit', same],
  ['$skip', same],
  ['$sample', same],
  ['$sort', sort],
  ['$project', project],
  ['$addFields', addFields],
  ['$set', addFields],
  ['$unset', unset],
  ['$unwind', unwind],
  ['$group', group],
  ['$sortByCount', sortByCount],
  ['$bucket', bucket],
  ['$bucketAuto', bucket],
  ['$count', fresh],
  ['$collStats', fresh],
  ['$indexStats', fresh],
]);

/** Rewrites one stage on documents with encrypted fields. Throws `AnalysisError` (`pipeline`). */
export function rewriteStage(position: Position, stage: Element, findings: Findings): StageResult {
  const rewrite = stages.get(stage.key);
  if (rewrite) return rewrite(position, stage, findings);
  throw refusal('pipeline', `Aggregation stage not supported for auto encryption: ${stage.key}`, {
    rule: 'the documents that reach it have encrypted fields',
  });
}
