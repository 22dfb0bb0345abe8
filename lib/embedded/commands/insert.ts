// Commands: insert. Documents stay the bytes that the client sent; only a missing `_id` is added in front.
import { CommandError } from '../errors.ts';
import { splitDocument, withLeadingId } from '../query/raw.ts';
import { MAX_DOCUMENT_BYTES } from '../query/values.ts';
import type { Collection } from '../storage/types.ts';
import {
  booleanOption,
  type CommandReply,
  type CommandRequest,
  type CommandTable,
  namespaceOf,
} from './command.ts';
import { runStatements, withErrors } from './write-errors.ts';

async function insert(request: CommandRequest): Promise<CommandReply> {
  const { database, collection: name } = namespaceOf(request);
  const documents = request.statements.get('documents');
  if (!documents) throw missingField('insert.documents');
  const bypassDocumentValidation = booleanOption(request, 'bypassDocumentValidation');
  const outcome = await runStatements(request, documents, (bytes) => {
    const document = checkedDocument(bytes);
    const collection = collectionToWrite(request, database, name);
    collection.insert(document, { bypassDocumentValidation });
    return 1;
  });
  return withErrors({ n: outcome.results.length }, outcome.writeErrors);
}

/** The collection, created if it does not exist. Only inside a write. */
export function collectionToWrite(
  request: CommandRequest,
  database: string,
  name: string,
): Collection {
  const { storage } = request.server;
  return storage.collection(database, name) ?? storage.createCollection(database, name);
}

/** Bytes fit to be stored. Throws BSONObjectTooLarge, or BadValue for an `_id` that no document may have. */
export function checkedDocument(bytes: Uint8Array): Uint8Array {
  const document = withLeadingId(bytes);
  if (document.length > MAX_DOCUMENT_BYTES) throw tooLarge(document.length);
  const [id] = splitDocument(document);
  if (id?.type === ARRAY || id?.type === REGEX || id?.type === UNDEFINED) {
    throw new CommandError(
      'InvalidIdField',
      "The '_id' value cannot be an array, a regex or undefined",
    );
  }
  return document;
}

const [ARRAY, UNDEFINED, REGEX] = [4, 6, 11];

export function tooLarge(length: number): CommandError {
  return new CommandError(
    'BSONObjectTooLarge',
    `Expected a document of at most ${MAX_DOCUMENT_BYTES} bytes, got ${length}`,
  );
}

export function missingField(path: string): CommandError {
  return new CommandError(
    'IDLFailedToParse',
    `BSON field '${path}' is missing but a required field`,
  );
}

export const insertCommands: CommandTable = {
  insert: {
    options: ['ordered', 'bypassDocumentValidation', 'stmtId', 'stmtIds'],
    statements: 'documents',
    run: insert,
  },
};
