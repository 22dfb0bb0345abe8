// Commands: find, getMore, killCursors.
import { Long } from 'bson';

import { CommandError } from '../errors.ts';
import { compileProjection } from '../query/projection.ts';
import { type Document, toInteger } from '../query/values.ts';
import {
  booleanOption,
  type CommandReply,
  type CommandRequest,
  type CommandTable,
  documentOption,
  integerOption,
  namespaceOf,
} from './command.ts';
import { DEFAULT_FIRST_BATCH } from './cursors.ts';
import { planRead, type Read, streamOf } from './reading.ts';
import { sessionKey } from './retries.ts';

const FIND_OPTIONS = [
  'filter',
  'sort',
  'projection',
  'hint',
  'skip',
  'limit',
  'batchSize',
  'singleBatch',
  'let',
  'collation',
  'noCursorTimeout',
  'allowDiskUse',
  'allowPartialResults',
  'ntoreturn',
];
const FIND_REFUSED = [
  'tailable',
  'awaitData',
  'oplogReplay',
  'min',
  'max',
  'returnKey',
  'showRecordId',
  'maxScan',
  'snapshot',
];

async function find(request: CommandRequest): Promise<CommandReply> {
  const { database, collection } = namespaceOf(request);
  const limit = integerOption(request, 'limit') ?? 0;
  const batchSize = nonNegative(request, 'batchSize');
  const filter = documentOption(request, 'filter') ?? {};
  const project = compileProjection(documentOption(request, 'projection') ?? {}, filter);
  const read = planFind(request);
  return request.server.cursors.open(streamOf(read.matches(), project), {
    namespace: `${database}.${collection}`,
    batchSize: batchSize ?? DEFAULT_FIRST_BATCH,
    singleBatch: booleanOption(request, 'singleBatch') || limit < 0,
    session: sessionKey(request.options['lsid']),
    checkTime: request.checkTime,
  });
}

/** Plans a find without reading; explain uses it too. */
export function planFind(request: CommandRequest): Read {
  const { database, collection } = namespaceOf(request);
  return planRead(request.server.storage.collection(database, collection), {
    filter: documentOption(request, 'filter') ?? {},
    sort: documentOption(request, 'sort'),
    hint: hintOption(request.options['hint']),
    skip: nonNegative(request, 'skip'),
    limit: Math.abs(integerOption(request, 'limit') ?? 0),
    variables: documentOption(request, 'let'),
  });
}

/** A hint as storage takes it; an empty document is none. Throws FailedToParse. */
export function hintOption(hint: unknown): string | Document | undefined {
  if (hint === undefined || hint === null) return undefined;
  if (typeof hint === 'string') return hint;
  if (typeof hint === 'object' && !Array.isArray(hint)) {
    return Object.keys(hint).length === 0 ? undefined : (hint as Document);
  }
  throw new CommandError('FailedToParse', 'Hint must be a string or an object');
}

export function nonNegative(request: CommandRequest, name: string): number | undefined {
  const value = integerOption(request, name);
  if (value === undefined || value >= 0) return value;
  throw new CommandError(
    'Location51024',
    `BSON field '${name}' value must be >= 0, actual value '${value}'`,
  );
}

function getMore(request: CommandRequest): Promise<CommandReply> {
  const id = request.options['getMore'];
  const collection = request.options['collection'];
  if (!(id instanceof Long)) {
    throw new CommandError('TypeMismatch', "BSON field 'getMore.getMore' must be a long");
  }
  if (typeof collection !== 'string') {
    throw new CommandError('TypeMismatch', "BSON field 'getMore.collection' must be a string");
  }
  const size = nonNegative(request, 'batchSize');
  return request.server.cursors.next(
    id.toBigInt(),
    `${request.database}.${collection}`,
    size === undefined || size === 0 ? Infinity : size,
    request.checkTime,
  );
}

function killCursors(request: CommandRequest): CommandReply {
  const collection = request.options['killCursors'];
  if (typeof collection !== 'string')
    throw new CommandError('InvalidNamespace', 'Invalid collection name');
  const ids = request.options['cursors'];
  if (!Array.isArray(ids)) {
    throw new CommandError('TypeMismatch', "BSON field 'killCursors.cursors' must be an array");
  }
  const cursorsKilled: Long[] = [];
  const cursorsNotFound: Long[] = [];
  for (const id of ids as unknown[]) {
    const long = id instanceof Long ? id : Long.fromNumber(toInteger(id) ?? 0);
    const killed = request.server.cursors.kill(
      long.toBigInt(),
      `${request.database}.${collection}`,
    );
    (killed ? cursorsKilled : cursorsNotFound).push(long);
  }
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] };
}

export const queryCommands: CommandTable = {
  find: { options: FIND_OPTIONS, refused: FIND_REFUSED, run: find },
  getMore: { options: ['collection', 'batchSize'], refused: ['term'], run: getMore },
  killCursors: { options: ['cursors'], run: killCursors },
};
