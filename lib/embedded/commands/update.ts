// Commands: update and delete. Every statement is planned, applied and checked inside one durable write.

import { CommandError } from '../errors.ts';
import { splitDocument } from '../query/raw.ts';
import { compileUpdate } from '../query/update/compile.ts';
import { documentFromFilter } from '../query/update/upsert.ts';
import { decode, type Document, encode, isDocument, toInteger } from '../query/values.ts';
import type { Collection } from '../storage/types.ts';
import {
  booleanOption,
  type CommandReply,
  type CommandRequest,
  type CommandTable,
  documentOption,
  namespaceOf,
} from './command.ts';
import { checkCollation } from './dispatch-checks.ts';
import { checkedDocument, collectionToWrite, missingField } from './insert.ts';
import { hintOption } from './query.ts';
import { type Match, planRead } from './reading.ts';
import { runStatements, withErrors } from './write-errors.ts';

/** One update as `update` and `findAndModify` know it. */
export interface UpdateStatement {
  filter: Document;
  update: unknown;
  raw: Uint8Array | undefined;
  arrayFilters: readonly Document[] | undefined;
  variables: Document | undefined;
  bypassDocumentValidation: boolean;
}

const UPDATE_FIELDS = [
  'q',
  'u',
  'c',
  'multi',
  'upsert',
  'arrayFilters',
  'collation',
  'hint',
  'sort',
];
const DELETE_FIELDS = ['q', 'limit', 'collation', 'hint'];

interface UpdateOutcome {
  matched: number;
  modified: number;
  upserted?: unknown;
}

async function update(request: CommandRequest): Promise<CommandReply> {
  const { database, collection: name } = namespaceOf(request);
  const statements = request.statements.get('updates');
  if (!statements) throw missingField('update.updates');
  const outcome = await runStatements(request, statements, (bytes) =>
    updateOne(request, database, name, bytes),
  );
  let [n, nModified] = [0, 0];
  const upserted: Document[] = [];
  for (const { index, result } of outcome.results) {
    n += result.matched;
    nModified += result.modified;
    if ('upserted' in result) {
      n += 1;
      upserted.push({ index, _id: result.upserted });
    }
  }
  const reply = { n, nModified, ...(upserted.length > 0 ? { upserted } : {}) };
  return withErrors(reply, outcome.writeErrors);
}

function updateOne(
  request: CommandRequest,
  database: string,
  name: string,
  bytes: Uint8Array,
): UpdateOutcome {
  const options = statementOptions(bytes, 'update.updates', UPDATE_FIELDS);
  const filter = requiredFilter(options, 'update.updates.q');
  const arrayFilters = options['arrayFilters'];
  if (arrayFilters !== undefined && !isDocuments(arrayFilters)) {
    throw new CommandError('TypeMismatch', 'Expected `arrayFilters` to be an array of objects');
  }
  const constants = isDocument(options['c']) ? options['c'] : {};
  const statement: UpdateStatement = {
    filter,
    update: options['u'],
    raw: splitDocument(bytes).find((element) => element.name === 'u')?.value,
    arrayFilters,
    variables: { ...documentOption(request, 'let'), ...constants },
    bypassDocumentValidation: booleanOption(request, 'bypassDocumentValidation'),
  };
  const multi = options['multi'] === true;
  const compiled = compileUpdate(statement.update, statement);
  if (multi && compiled.kind === 'replacement') {
    throw new CommandError(
      'FailedToParse',
      'multi update is not supported for replacement-style update',
    );
  }
  const collection = request.server.storage.collection(database, name);
  const sort = isDocument(options['sort']) ? options['sort'] : undefined;
  if (sort && multi) throw new CommandError('FailedToParse', 'Cannot specify sort with multi=true');
  const hint = hintOption(options['hint']);
  const read = planRead(collection, { filter, hint, sort, variables: statement.variables });
  const outcome: UpdateOutcome = { matched: 0, modified: 0 };
  for (const match of read.matches()) {
    request.checkTime();
    if (!match || !collection) continue;
    outcome.matched++;
    if (applyUpdate(collection, match, statement, compiled).modified) outcome.modified++;
    if (!multi) break;
  }
  if (outcome.matched === 0 && options['upsert'] === true) {
    const inserted = upsert(collectionToWrite(request, database, name), statement, compiled);
    outcome.upserted = decode(inserted)['_id'];
  }
  return outcome;
}

type Compiled = ReturnType<typeof compileUpdate>;

/** Changes one stored document, if the update changes it at all. */
export function applyUpdate(
  collection: Collection,
  match: Match,
  statement: UpdateStatement,
  compiled: Compiled,
): { modified: boolean; bytes: Uint8Array } {
  const bytes = compiled.apply({ ...match, inserting: false });
  if (Buffer.compare(bytes, match.bytes) === 0) return { modified: false, bytes };
  const { bypassDocumentValidation } = statement;
  collection.replace(match.recordId, checkedDocument(bytes), { bypassDocumentValidation });
  return { modified: true, bytes };
}

/** Inserts what the filter and the update make together. Returns the new document's bytes. */
export function upsert(
  collection: Collection,
  statement: UpdateStatement,
  compiled: Compiled,
): Uint8Array {
  const document = documentFromFilter(statement.filter, compiled.kind === 'replacement');
  const updated = compiled.apply({ bytes: encode(document), document, inserting: true });
  const bytes = checkedDocument(updated);
  collection.insert(bytes, { bypassDocumentValidation: statement.bypassDocumentValidation });
  return bytes;
}

async function remove(request: CommandRequest): Promise<CommandReply> {
  const { database, collection: name } = namespaceOf(request);
  const statements = request.statements.get('deletes');
  if (!statements) throw missingField('delete.deletes');
  const outcome = await runStatements(request, statements, (bytes) => {
    const options = statementOptions(bytes, 'delete.deletes', DELETE_FIELDS);
    const filter = requiredFilter(options, 'delete.deletes.q');
    const limit = toInteger(options['limit']);
    if (limit !== 0 && limit !== 1) {
      throw new CommandError('FailedToParse', 'The limit field in delete objects must be 0 or 1');
    }
    const collection = request.server.storage.collection(database, name);
    const variables = documentOption(request, 'let');
    const read = planRead(collection, { filter, hint: hintOption(options['hint']), variables });
    let removed = 0;
    for (const match of read.matches()) {
      request.checkTime();
      if (!match) continue;
      if (collection?.remove(match.recordId) === true) removed++;
      if (limit === 1) break;
    }
    return removed;
  });
  const n = outcome.results.reduce((sum, { result }) => sum + result, 0);
  return withErrors({ n }, outcome.writeErrors);
}

function statementOptions(bytes: Uint8Array, path: string, known: readonly string[]): Document {
  const options = decode(bytes);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CommandError(
      'IDLUnknownField',
      `BSON field '${path}.${unknown}' is an unknown field.`,
    );
  }
  checkCollation(options);
  return options;
}

function requiredFilter(options: Document, path: string): Document {
  const filter = options['q'];
  if (isDocument(filter)) return filter;
  throw filter === undefined
    ? missingField(path)
    : new CommandError(
        'TypeMismatch',
        `BSON field '${path}' is the wrong type, expected type 'object'`,
      );
}

function isDocuments(value: unknown): value is Document[] {
  return Array.isArray(value) && value.every(isDocument);
}

export const updateCommands: CommandTable = {
  update: {
    options: ['ordered', 'bypassDocumentValidation', 'let', 'stmtId', 'stmtIds'],
    statements: 'updates',
    run: update,
  },
  delete: {
    options: ['ordered', 'let', 'stmtId', 'stmtIds'],
    statements: 'deletes',
    run: remove,
  },
};
