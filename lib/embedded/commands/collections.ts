// Commands: databases and collections: create, drop, rename, list, change, measure.
import { Binary, Long } from 'bson';

import { CommandError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { type Document, encode, isDocument, isNumeric, toInteger } from '../query/values.ts';
import type { Collection, CollectionOptions } from '../storage/types.ts';
import {
  booleanOption,
  checkCollectionName,
  checkDatabaseName,
  type CommandReply,
  type CommandRequest,
  type CommandTable,
  documentOption,
  namespaceOf,
  stringOption,
  typeMismatch,
} from './command.ts';
import { DEFAULT_FIRST_BATCH } from './cursors.ts';
import { sessionKey } from './retries.ts';

const VALIDATION_OPTIONS = ['validator', 'validationLevel', 'validationAction'];
const CREATE_REFUSED = [
  'capped',
  'size',
  'max',
  'timeseries',
  'expireAfterSeconds',
  'clusteredIndex',
  'changeStreamPreAndPostImages',
  'viewOn',
  'pipeline',
  'storageEngine',
  'indexOptionDefaults',
  'encryptedFields',
  'autoIndexId',
];

function validationOptions(request: CommandRequest): CollectionOptions {
  const validator = documentOption(request, 'validator');
  const level = stringOption(request, 'validationLevel');
  const action = stringOption(request, 'validationAction');
  if (level !== undefined && level !== 'off' && level !== 'strict' && level !== 'moderate') {
    throw new CommandError('BadValue', 'Expected `validationLevel` to be off, strict or moderate');
  }
  if (action !== undefined && action !== 'error' && action !== 'warn') {
    throw new CommandError('BadValue', 'Expected `validationAction` to be error or warn');
  }
  return {
    ...(validator && { validator }),
    ...(level !== undefined && { validationLevel: level }),
    ...(action !== undefined && { validationAction: action }),
  };
}

async function create(request: CommandRequest): Promise<CommandReply> {
  const { database, collection } = namespaceOf(request);
  const options = validationOptions(request);
  const { storage } = request.server;
  await storage.write(() => {
    const existing = storage.collection(database, collection);
    if (existing && sameOptions(existing.options, options)) return;
    storage.createCollection(database, collection, options);
  });
  return {};
}

/** MongoDB: creating a collection again with the same options succeeds. */
function sameOptions(left: CollectionOptions, right: CollectionOptions): boolean {
  const bytes = (options: CollectionOptions) =>
    encode({
      validator: options.validator ?? {},
      level: options.validationLevel ?? 'strict',
      action: options.validationAction ?? 'error',
    });
  return Buffer.compare(bytes(left), bytes(right)) === 0;
}

async function drop(request: CommandRequest): Promise<CommandReply> {
  const { database, collection: name } = namespaceOf(request);
  const { storage } = request.server;
  return storage.write(() => {
    const nIndexesWas = storage.collection(database, name)?.indexes().length;
    if (nIndexesWas === undefined) return {};
    storage.dropCollection(database, name);
    return { nIndexesWas, ns: `${database}.${name}` };
  });
}

async function dropDatabase(request: CommandRequest): Promise<CommandReply> {
  const { database, server } = request;
  const dropped = await server.storage.write(() => server.storage.dropDatabase(database));
  return dropped ? { dropped: database } : {};
}

async function renameCollection(request: CommandRequest): Promise<CommandReply> {
  const from = namespaceOption(request, 'renameCollection');
  const to = namespaceOption(request, 'to');
  if (from === to)
    throw new CommandError('IllegalOperation', "Can't rename a collection to itself");
  const { storage } = request.server;
  const dropTarget = booleanOption(request, 'dropTarget');
  await storage.write(() => storage.renameCollection(from, to, dropTarget));
  return {};
}

function namespaceOption(request: CommandRequest, name: string): string {
  const value = stringOption(request, name) ?? '';
  const dot = value.indexOf('.');
  checkDatabaseName(value.slice(0, Math.max(0, dot)));
  checkCollectionName(value.slice(dot + 1));
  return value;
}

function listCollections(request: CommandRequest): Promise<CommandReply> {
  const { database, server } = request;
  const filter = documentOption(request, 'filter') ?? {};
  const nameOnly = booleanOption(request, 'nameOnly');
  const test = compileFilter(filter);
  const entries = server.storage
    .collections(database)
    .map(describe)
    .filter((entry) => test(entry))
    .map(({ name, type, ...rest }) => encode(nameOnly ? { name, type } : { name, type, ...rest }));
  return openList(request, `${database}.$cmd.listCollections`, entries);
}

function describe(collection: Collection): Document {
  return {
    name: collection.name,
    type: 'collection',
    options: { ...collection.options },
    info: { readOnly: false, uuid: new Binary(collection.uuid, Binary.SUBTYPE_UUID) },
    idIndex: { v: 2, key: { _id: 1 }, name: '_id_' },
  };
}

/** A cursor over a list that is already there. */
export function openList(
  request: CommandRequest,
  namespace: string,
  entries: readonly Uint8Array[],
): Promise<CommandReply> {
  const cursor = documentOption(request, 'cursor') ?? {};
  const size = cursor['batchSize'];
  const batchSize = size === undefined ? undefined : toInteger(size);
  if (size !== undefined && (batchSize === undefined || batchSize < 0)) {
    throw typeMismatch(request.name, 'cursor.batchSize', 'long');
  }
  return request.server.cursors.open(entries.values(), {
    namespace,
    batchSize: batchSize ?? DEFAULT_FIRST_BATCH,
    singleBatch: false,
    session: sessionKey(request.options['lsid']),
    checkTime: request.checkTime,
  });
}

function listDatabases(request: CommandRequest): CommandReply {
  if (request.database !== 'admin') {
    throw new CommandError(
      'Unauthorized',
      'listDatabases may only be run against the admin database.',
    );
  }
  const { storage } = request.server;
  const test = compileFilter(documentOption(request, 'filter') ?? {});
  const databases = storage
    .databases()
    .map((name): Document => {
      const size = storage.collections(name).reduce((sum, one) => sum + one.stats().size, 0);
      return { name, sizeOnDisk: Long.fromNumber(size), empty: false };
    })
    .filter((entry) => test(entry));
  if (booleanOption(request, 'nameOnly')) {
    return { databases: databases.map(({ name }) => ({ name })) };
  }
  const totalSize = databases.reduce(
    (sum, { sizeOnDisk }) => sum + (toInteger(sizeOnDisk) ?? 0),
    0,
  );
  return { databases, totalSize: Long.fromNumber(totalSize) };
}

/** The collection of the command. Throws NamespaceNotFound. */
export function requireCollection(request: CommandRequest): Collection {
  const { database, collection: name } = namespaceOf(request);
  const collection = request.server.storage.collection(database, name);
  if (collection) return collection;
  throw new CommandError('NamespaceNotFound', `ns does not exist: ${database}.${name}`);
}

function collMod(request: CommandRequest): Promise<CommandReply> {
  const options = validationOptions(request);
  const index = documentOption(request, 'index');
  return request.server.storage.write(() => {
    const collection = requireCollection(request);
    if (Object.keys(options).length > 0) collection.setOptions(options);
    return index ? changeExpiry(collection, index) : {};
  });
}

function changeExpiry(collection: Collection, index: Document): CommandReply {
  const { name, keyPattern, expireAfterSeconds: seconds, ...rest } = index;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new CommandError('CommandNotSupported', `collMod cannot change \`index.${unknown}\``);
  }
  const target = typeof name === 'string' ? name : isDocument(keyPattern) ? keyPattern : undefined;
  const value = toInteger(seconds);
  if (target === undefined || !isNumeric(seconds) || value === undefined || value < 0) {
    throw new CommandError(
      'InvalidOptions',
      'Expected `index` with name or keyPattern, and expireAfterSeconds',
    );
  }
  const before = collection
    .indexes()
    .find((one) => one.name === target || sameKey(one.key, target))?.expireAfterSeconds;
  collection.setExpiry(target, value);
  return {
    ...(before === undefined ? {} : { expireAfterSeconds_old: Long.fromNumber(before) }),
    expireAfterSeconds_new: Long.fromNumber(value),
  };
}

function sameKey(key: Readonly<Record<string, 1 | -1>>, pattern: string | Document): boolean {
  if (typeof pattern === 'string') return false;
  const text = (fields: Document) =>
    JSON.stringify(Object.entries(fields).map(([field, order]) => [field, toInteger(order)]));
  return text(key) === text(pattern);
}

function collStats(request: CommandRequest): CommandReply {
  const { database, collection: name } = namespaceOf(request);
  const collection = request.server.storage.collection(database, name);
  const stats = collection?.stats() ?? { count: 0, size: 0, avgObjSize: 0, nindexes: 0 };
  return {
    ns: `${database}.${name}`,
    ...stats,
    avgObjSize: Math.round(stats.avgObjSize),
    storageSize: stats.size,
    capped: false,
    scaleFactor: 1,
  };
}

function dbStats(request: CommandRequest): CommandReply {
  const all = request.server.storage.collections(request.database).map((one) => one.stats());
  const sum = (field: 'count' | 'size' | 'nindexes') =>
    all.reduce((total, stats) => total + stats[field], 0);
  const [objects, dataSize] = [sum('count'), sum('size')];
  return {
    db: request.database,
    collections: all.length,
    views: 0,
    objects,
    avgObjSize: objects === 0 ? 0 : dataSize / objects,
    dataSize,
    storageSize: dataSize,
    indexes: sum('nindexes'),
    scaleFactor: 1,
  };
}

export const collectionCommands: CommandTable = {
  create: { options: [...VALIDATION_OPTIONS, 'collation'], refused: CREATE_REFUSED, run: create },
  drop: { options: [], run: drop },
  dropDatabase: { options: [], run: dropDatabase },
  renameCollection: { options: ['to', 'dropTarget'], run: renameCollection },
  listCollections: {
    options: ['filter', 'nameOnly', 'cursor', 'authorizedCollections'],
    run: listCollections,
  },
  listDatabases: {
    options: ['filter', 'nameOnly', 'authorizedDatabases'],
    run: listDatabases,
  },
  collMod: { options: [...VALIDATION_OPTIONS, 'index'], refused: CREATE_REFUSED, run: collMod },
  collStats: { options: [], refused: ['scale'], run: collStats },
  dbStats: { options: [], refused: ['scale', 'freeStorage'], run: dbStats },
};
