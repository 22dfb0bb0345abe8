// Commands: explain. The plan is the one that the command itself would take; with `executionStats` it is run.
import { CommandError } from '../errors.ts';
import { splitDocument } from '../query/raw.ts';
import { decode, type Document, isDocument } from '../query/values.ts';
import type { Plan } from '../storage/types.ts';
import { planAggregate } from './aggregate.ts';
import type { CommandReply, CommandRequest, CommandTable } from './command.ts';
import { documentOption, namespaceOf, stringOption } from './command.ts';
import { hintOption, planFind } from './query.ts';
import { planRead, type Read } from './reading.ts';

/** A read and its results, as the explained command would do it. */
interface Explained {
  read: Read;
  results: () => Iterable<unknown>;
}

function explain(request: CommandRequest): CommandReply {
  const verbosity = stringOption(request, 'verbosity') ?? 'allPlansExecution';
  if (!['queryPlanner', 'executionStats', 'allPlansExecution'].includes(verbosity)) {
    throw new CommandError('BadValue', 'Expected a known `verbosity`, got another one');
  }
  const command = documentOption(request, 'explain') ?? {};
  request.checkNested(command);
  const name = Object.keys(command)[0] ?? '';
  const inner: CommandRequest = { ...request, name, options: command };
  const { read, results } = planOf(inner);
  const plan = read.plan;
  const winningPlan = stages(plan, read.sorted);
  const started = Date.now();
  let nReturned = 0;
  if (verbosity !== 'queryPlanner')
    for (const result of results()) if (result !== null) nReturned++;
  const reply: Document = {
    explainVersion: '1',
    queryPlanner: {
      namespace: `${request.database}.${namespaceOf(inner).collection}`,
      indexFilterSet: false,
      winningPlan,
      rejectedPlans: [],
    },
    command: decode(splitDocument(request.body)[0]?.value ?? new Uint8Array([5, 0, 0, 0, 0])),
  };
  if (verbosity === 'queryPlanner') return reply;
  return {
    ...reply,
    executionStats: {
      executionSuccess: true,
      nReturned,
      executionTimeMillis: Date.now() - started,
      totalKeysExamined: plan?.keysExamined ?? 0,
      totalDocsExamined: plan?.docsExamined ?? 0,
      executionStages: { ...winningPlan, nReturned },
    },
  };
}

function planOf(request: CommandRequest): Explained {
  switch (request.name) {
    case 'find': {
      const read = planFind(request);
      return { read, results: read.matches };
    }
    case 'aggregate': {
      const { read, run } = planAggregate(request);
      return { read, results: run };
    }
    case 'count':
    case 'distinct':
    case 'findAndModify':
      return byFilter(request, documentOption(request, 'query') ?? {}, request.options);
    case 'update':
      return byStatement(request, 'updates');
    case 'delete':
      return byStatement(request, 'deletes');
    default:
      throw new CommandError('CommandNotSupported', `Explain of ${request.name} is not supported`);
  }
}

function byFilter(request: CommandRequest, filter: Document, options: Document): Explained {
  const { database, collection } = namespaceOf(request);
  const sort = isDocument(options['sort']) ? options['sort'] : undefined;
  const specification = { filter, sort, hint: hintOption(options['hint']) };
  const read = planRead(request.server.storage.collection(database, collection), specification);
  return { read, results: read.matches };
}

/** Explaining a write plans its filter and writes nothing. */
function byStatement(request: CommandRequest, field: 'updates' | 'deletes'): Explained {
  const statements: unknown = request.options[field];
  const [statement, ...more] = Array.isArray(statements) ? (statements as unknown[]) : [];
  if (!isDocument(statement) || !isDocument(statement['q']) || more.length > 0) {
    throw new CommandError('FailedToParse', `Explain needs exactly one entry in \`${field}\``);
  }
  return byFilter(request, statement['q'], statement);
}

/** MongoDB's names: an index scan feeds a FETCH; what no index ordered passes a SORT. */
function stages(plan: Plan | undefined, sorted: boolean): Document {
  const scanned = plan ? scanStage(plan) : { stage: 'EOF' };
  return sorted ? scanned : { stage: 'SORT', inputStage: scanned };
}

function scanStage(plan: Plan): Document {
  if (plan.stage === 'OR') {
    const inputStages = (plan.inputStages ?? []).map(indexStage);
    return { stage: 'FETCH', inputStage: { stage: 'OR', inputStages } };
  }
  if (plan.stage === 'IXSCAN') return { stage: 'FETCH', inputStage: indexStage(plan) };
  if (plan.stage === 'COLLSCAN')
    return { stage: 'COLLSCAN', direction: plan.direction ?? 'forward' };
  return { stage: plan.stage };
}

function indexStage(plan: Plan): Document {
  return {
    stage: plan.stage,
    ...(plan.keyPattern && { keyPattern: { ...plan.keyPattern } }),
    ...(plan.indexName !== undefined && { indexName: plan.indexName }),
    ...(plan.isMultiKey !== undefined && { isMultiKey: plan.isMultiKey }),
    direction: plan.direction ?? 'forward',
  };
}

export const explainCommands: CommandTable = {
  explain: { options: ['verbosity'], run: explain },
};
