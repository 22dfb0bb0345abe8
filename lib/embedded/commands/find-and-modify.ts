// Commands: findAndModify: read, change and answer in one durable write.
import { CommandError } from '../errors.ts';
import { compileProjection } from '../query/projection.ts';
import { RawValue, splitDocument } from '../query/raw.ts';
import { compileUpdate } from '../query/update/compile.ts';
import { decode, type Document } from '../query/values.ts';
import type { Collection } from '../storage/types.ts';
import {
  booleanOption,
  type CommandReply,
  type CommandRequest,
  type CommandTable,
  documentOption,
  documentsOption,
  namespaceOf,
} from './command.ts';
import { collectionToWrite } from './insert.ts';
import { hintOption } from './query.ts';
import { type Match, planRead, type ReadSpecification } from './reading.ts';
import { applyUpdate, upsert, type UpdateStatement } from './update.ts';

const OPTIONS = [
  'query',
  'sort',
  'remove',
  'update',
  'new',
  'fields',
  'upsert',
  'bypassDocumentValidation',
  'collation',
  'arrayFilters',
  'hint',
  'let',
  'stmtId',
];

function findAndModify(request: CommandRequest): Promise<CommandReply> {
  const { database, collection: name } = namespaceOf(request);
  const remove = booleanOption(request, 'remove');
  const update = request.options['update'];
  checkCombination(request, remove, update);
  const filter = documentOption(request, 'query') ?? {};
  const specification: ReadSpecification = {
    filter,
    sort: documentOption(request, 'sort'),
    hint: hintOption(request.options['hint']),
    variables: documentOption(request, 'let'),
  };
  const project = compileProjection(documentOption(request, 'fields') ?? {}, filter);
  const value = (bytes: Uint8Array) => new RawValue(3, project({ bytes, document: decode(bytes) }));
  const scope = request.server.retries.scope(request.options);
  const write = request.server.storage.write(() =>
    scope.once(0, () => {
      const collection = request.server.storage.collection(database, name);
      const match = firstMatch(collection, specification, request);
      if (remove) return removed(collection, match, value);
      return changed(request, collection, match, filter, value);
    }),
  );
  return write.catch((error: unknown) => {
    scope.forget();
    throw error;
  });
}

function checkCombination(request: CommandRequest, remove: boolean, update: unknown): void {
  if (!remove && update === undefined) {
    throw new CommandError('FailedToParse', 'Either an update or remove=true must be specified');
  }
  if (!remove) return;
  const conflict =
    update === undefined ? ['new', 'upsert'].find((o) => booleanOption(request, o)) : 'update';
  if (conflict === undefined) return;
  throw new CommandError('FailedToParse', `Cannot specify both ${conflict} and remove=true`);
}

function firstMatch(
  collection: Collection | undefined,
  specification: ReadSpecification,
  request: CommandRequest,
): Match | undefined {
  for (const match of planRead(collection, { ...specification, limit: 1 }).matches()) {
    request.checkTime();
    if (match) return match;
  }
  return undefined;
}

type ToValue = (bytes: Uint8Array) => RawValue;

function removed(
  collection: Collection | undefined,
  match: Match | undefined,
  value: ToValue,
): CommandReply {
  if (!match || !collection) return { lastErrorObject: { n: 0 }, value: null };
  const before = value(match.bytes);
  collection.remove(match.recordId);
  return { lastErrorObject: { n: 1 }, value: before };
}

function changed(
  request: CommandRequest,
  collection: Collection | undefined,
  match: Match | undefined,
  filter: Document,
  value: ToValue,
): CommandReply {
  const returnNew = booleanOption(request, 'new');
  const statement: UpdateStatement = {
    filter,
    update: request.options['update'],
    raw: splitDocument(request.body).find((element) => element.name === 'update')?.value,
    arrayFilters: documentsOption(request, 'arrayFilters'),
    variables: documentOption(request, 'let'),
    bypassDocumentValidation: booleanOption(request, 'bypassDocumentValidation'),
  };
  const compiled = compileUpdate(statement.update, statement);
  if (match && collection) {
    const before = value(match.bytes);
    const { bytes } = applyUpdate(collection, match, statement, compiled);
    const lastErrorObject = { n: 1, updatedExisting: true };
    return { lastErrorObject, value: returnNew ? value(bytes) : before };
  }
  const lastErrorObject = { n: 0, updatedExisting: false };
  if (!booleanOption(request, 'upsert')) return { lastErrorObject, value: null };
  const { database, collection: name } = namespaceOf(request);
  const bytes = upsert(collectionToWrite(request, database, name), statement, compiled);
  return {
    lastErrorObject: { n: 1, updatedExisting: false, upserted: decode(bytes)['_id'] },
    value: returnNew ? value(bytes) : null,
  };
}

export const findAndModifyCommands: CommandTable = {
  findAndModify: { options: OPTIONS, run: findAndModify },
  findandmodify: { options: OPTIONS, run: findAndModify },
};
