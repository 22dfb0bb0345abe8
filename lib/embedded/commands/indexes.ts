// Commands: indexes. What an index may be is storage's business; here are only the protocol's forms.
import { CommandError } from '../errors.ts';
import { type Document, encode, isDocument } from '../query/values.ts';
import {
  type CommandReply,
  type CommandRequest,
  type CommandTable,
  documentsOption,
  namespaceOf,
} from './command.ts';
import { openList, requireCollection } from './collections.ts';
import { checkCollation } from './dispatch-checks.ts';
import { collectionToWrite, missingField } from './insert.ts';

async function createIndexes(request: CommandRequest): Promise<CommandReply> {
  const { database, collection: name } = namespaceOf(request);
  const specifications = documentsOption(request, 'indexes');
  if (!specifications) throw missingField('createIndexes.indexes');
  if (specifications.length === 0) {
    throw new CommandError('BadValue', 'Must specify at least one index to create');
  }
  specifications.forEach(checkCollation);
  return request.server.storage.write(() => {
    const existed = request.server.storage.collection(database, name) !== undefined;
    const collection = collectionToWrite(request, database, name);
    const result = collection.createIndexes(specifications.map(withoutCollation));
    return {
      numIndexesBefore: result.numIndexesBefore,
      numIndexesAfter: result.numIndexesAfter,
      createdCollectionAutomatically: !existed,
      ...(result.created.length === 0 ? { note: 'all indexes already exist' } : {}),
    };
  });
}

/** Only the simple collation has come this far. */
function withoutCollation(specification: Document): Document {
  return Object.fromEntries(Object.entries(specification).filter(([name]) => name !== 'collation'));
}

function dropIndexes(request: CommandRequest): Promise<CommandReply> {
  const index = request.options['index'];
  const targets = Array.isArray(index) ? (index as unknown[]) : [index];
  return request.server.storage.write(() => {
    const collection = requireCollection(request);
    const nIndexesWas = collection.indexes().length;
    for (const target of targets) {
      if (typeof target !== 'string' && !isDocument(target)) {
        throw new CommandError('TypeMismatch', "BSON field 'dropIndexes.index' is the wrong type");
      }
      collection.dropIndexes(target);
    }
    return { nIndexesWas };
  });
}

function listIndexes(request: CommandRequest): Promise<CommandReply> {
  const collection = requireCollection(request);
  const entries = collection.indexes().map((index) => encode({ ...index }));
  return openList(request, collection.namespace, entries);
}

export const indexCommands: CommandTable = {
  createIndexes: { options: ['indexes'], refused: ['commitQuorum'], run: createIndexes },
  dropIndexes: { options: ['index'], run: dropIndexes },
  deleteIndexes: { options: ['index'], run: dropIndexes },
  listIndexes: { options: ['cursor'], run: listIndexes },
};
