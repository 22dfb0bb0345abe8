// Commands: aggregate, count, distinct.
import { Int32 } from 'bson';

import { CommandError } from '../errors.ts';
import { groupKey } from '../query/group-key.ts';
import { MISSING, someValue } from '../query/paths.ts';
import { compilePipeline } from '../query/pipeline/compile.ts';
import { compareValues } from '../query/compare.ts';
import { type Document, encode, MAX_DOCUMENT_BYTES } from '../query/values.ts';
import {
  type CommandReply,
  type CommandRequest,
  type CommandTable,
  documentOption,
  integerOption,
  namespaceOf,
  stringOption,
  typeMismatch,
} from './command.ts';
import { DEFAULT_FIRST_BATCH } from './cursors.ts';
import { tooLarge } from './insert.ts';
import { hintOption, nonNegative } from './query.ts';
import { planRead, type Read } from './reading.ts';
import { sessionKey } from './retries.ts';

const AGGREGATE_OPTIONS = [
  'pipeline',
  'cursor',
  'explain',
  'hint',
  'let',
  'collation',
  'allowDiskUse',
  'bypassDocumentValidation',
];

async function aggregate(request: CommandRequest): Promise<CommandReply> {
  const cursor = documentOption(request, 'cursor');
  if (!cursor) {
    throw new CommandError(
      'FailedToParse',
      "The 'cursor' option is required, except for aggregate with explain",
    );
  }
  if (request.options['explain'] === true) {
    throw new CommandError(
      'CommandNotSupported',
      'Expected the explain command, got the option `explain`',
    );
  }
  const unknown = Object.keys(cursor).find((name) => name !== 'batchSize');
  if (unknown !== undefined) {
    throw new CommandError(
      'IDLUnknownField',
      `BSON field 'cursor.${unknown}' is an unknown field.`,
    );
  }
  const batchSize = nonNegative({ ...request, options: cursor }, 'batchSize');
  const { run, namespace } = planAggregate(request);
  return request.server.cursors.open(run(), {
    namespace,
    batchSize: batchSize ?? DEFAULT_FIRST_BATCH,
    singleBatch: false,
    session: sessionKey(request.options['lsid']),
    checkTime: request.checkTime,
  });
}

/** Plans an aggregation without reading; explain uses it too. */
export function planAggregate(request: CommandRequest): {
  read: Read;
  namespace: string;
  run: () => Generator<Uint8Array>;
} {
  const { database, server } = request;
  const pipeline = request.options['pipeline'];
  if (!Array.isArray(pipeline)) throw typeMismatch('aggregate', 'pipeline', 'array');
  const variables = documentOption(request, 'let') ?? {};
  const compiled = compilePipeline(pipeline, {
    variables,
    read: (name, filter) =>
      documentsOf(planRead(server.storage.collection(database, name), { filter }), request),
  });
  const name = compiled.documents ? '$cmd.aggregate' : namespaceOf(request).collection;
  const read = planRead(server.storage.collection(database, name), {
    filter: compiled.filter,
    sort: compiled.sort,
    hint: hintOption(request.options['hint']),
    variables,
  });
  return {
    read,
    namespace: `${database}.${name}`,
    run: function* run() {
      for (const document of compiled.rest(compiled.documents ?? documentsOf(read, request))) {
        yield encodeResult(document);
      }
    },
  };
}

function* documentsOf(read: Read, request: CommandRequest): Generator<Document> {
  for (const match of read.matches()) {
    request.checkTime();
    if (match) yield match.document;
  }
}

function encodeResult(document: Document): Uint8Array {
  const bytes = encode(document);
  if (bytes.length > MAX_DOCUMENT_BYTES) throw tooLarge(bytes.length);
  return bytes;
}

function count(request: CommandRequest): CommandReply {
  const { database, collection: name } = namespaceOf(request);
  const collection = request.server.storage.collection(database, name);
  const filter = documentOption(request, 'query') ?? {};
  const skip = nonNegative(request, 'skip') ?? 0;
  const limit = Math.abs(integerOption(request, 'limit') ?? 0);
  const hint = hintOption(request.options['hint']);
  if (Object.keys(filter).length === 0 && hint === undefined) {
    const rest = Math.max(0, (collection?.count() ?? 0) - skip);
    return { n: new Int32(limit === 0 ? rest : Math.min(rest, limit)) };
  }
  let n = 0;
  for (const match of planRead(collection, { filter, hint, skip, limit }).matches()) {
    request.checkTime();
    if (match) n++;
  }
  return { n: new Int32(n) };
}

function distinct(request: CommandRequest): CommandReply {
  const { database, collection: name } = namespaceOf(request);
  const key = stringOption(request, 'key');
  if (key === undefined || key === '') {
    throw new CommandError(
      'IDLFailedToParse',
      "BSON field 'distinct.key' is missing but a required field",
    );
  }
  const filter = documentOption(request, 'query') ?? {};
  const hint = hintOption(request.options['hint']);
  const read = planRead(request.server.storage.collection(database, name), { filter, hint });
  const path = key.split('.');
  const values = new Map<string, unknown>();
  for (const match of read.matches()) {
    request.checkTime();
    if (!match) continue;
    someValue(match.document, path, false, (value) => {
      for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (item !== MISSING && item !== undefined) values.set(groupKey(item), item);
      }
      return false;
    });
  }
  const reply = { values: [...values.values()].sort(compareValues) };
  encodeResult(reply);
  return reply;
}

export const aggregateCommands: CommandTable = {
  aggregate: { options: AGGREGATE_OPTIONS, run: aggregate },
  count: {
    options: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'],
    run: count,
  },
  distinct: { options: ['key', 'query', 'collation', 'hint'], run: distinct },
};
