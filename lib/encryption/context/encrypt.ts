// Layer context: automatic encryption of a command: schemas, analysis, keys, and the markings that
// analysis left replaced by ciphertext. Decides nothing about queries: `analysis/` does.
import { analyseCommand, classifyCommand, type EncryptionSchema } from '../analysis/index.ts';
import {
  BsonType,
  DocumentWriter,
  encodeArray,
  encodeBinary,
  encodeString,
  findBinaries,
  getElement,
  readString,
  spliceBinaries,
} from '../bytes/index.ts';
import { ContextError } from '../errors.ts';
import { encryptedSubtype, encryptValue, markingBlobType, parseMarking } from '../format/index.ts';
import { KeyBroker } from '../keys/index.ts';
import type { Engine } from './engine.ts';
import { fetchKeys } from './fetch-keys.ts';
import { pathOf, sameReference } from './places.ts';
import { changedNamespaces } from './schema-changes.ts';
import { ContextState, type Steps } from './steps.ts';

/** `listCollections` filter for one or more names of one database. */
function collectionFilter(names: readonly string[]): Uint8Array {
  const items = names.map((name) => ({ type: BsonType.string, value: encodeString(name) }));
  const [first] = items;
  const writer = new DocumentWriter();
  if (first && items.length === 1) return writer.append(first.type, 'name', first.value).finish();
  const condition = new DocumentWriter().append(BsonType.array, '$in', encodeArray(items)).finish();
  return writer.append(BsonType.object, 'name', condition).finish();
}

function collectionName(database: string, namespace: string): string {
  if (!namespace.startsWith(`${database}.`)) {
    throw new ContextError('option', `Expected every collection to be in database ${database}`);
  }
  return namespace.slice(database.length + 1);
}

function nameOf(collectionInfo: Uint8Array): string {
  const name = getElement(collectionInfo, 'name');
  if (name?.type !== BsonType.string) {
    throw new ContextError('option', 'Expected `name` in a reply of listCollections');
  }
  return readString(name.value);
}

/** The schema of each namespace that has one, asking the server once for all it must be asked. */
function* resolveSchemas(
  engine: Engine,
  database: string,
  namespaces: readonly string[],
): Steps<Map<string, EncryptionSchema>> {
  const schemas = new Map<string, EncryptionSchema>();
  const keep = (namespace: string, schema: EncryptionSchema | 'none' | 'unknown') => {
    if (schema !== 'none' && schema !== 'unknown') schemas.set(namespace, schema);
    return schema;
  };
  const unknown = new Map(
    namespaces
      .filter((namespace) => keep(namespace, engine.schemas.get(namespace)) === 'unknown')
      .map((namespace) => [collectionName(database, namespace), namespace]),
  );
  if (unknown.size === 0) return schemas;
  const replies = yield {
    state: ContextState.MONGOCRYPT_CTX_NEED_MONGO_COLLINFO,
    filter: collectionFilter([...unknown.keys()]),
  };
  const answers = new Map(replies.map((reply) => [nameOf(reply), reply]));
  for (const [name, namespace] of unknown) {
    keep(namespace, engine.schemas.put(namespace, answers.get(name)));
  }
  return schemas;
}

/** Replaces every marking of an analysed command by its ciphertext. `target` names it in errors. */
function* encryptMarkings(engine: Engine, command: Uint8Array, target: string): Steps<Uint8Array> {
  // Other blobs of this subtype are ciphertext that the application brought: they stay.
  const marked = findBinaries(command, encryptedSubtype)
    .filter(({ data }) => data[0] === markingBlobType)
    .map((slot) => ({ slot, marking: parseMarking(slot.data) }));
  const broker = new KeyBroker(engine.keyCache);
  try {
    for (const { marking } of marked) broker.request(marking.key);
    yield* fetchKeys(broker, engine.kmsProviders, (reference) => {
      const first = marked.find(({ marking }) => sameReference(marking.key, reference));
      return first ? `\`${pathOf(command, first.slot)}\` of ${target}` : target;
    });
    const splices = marked.map(({ slot, marking }) => {
      const { keyId, material } = broker.key(marking.key);
      const blob = encryptValue(marking.algorithm, keyId, material, marking);
      return { slot, type: BsonType.binData, value: encodeBinary(encryptedSubtype, blob) };
    });
    return spliceBinaries(command, splices);
  } finally {
    broker.dispose();
  }
}

/**
 * The command to send. Its own bytes come back when nothing is to be encrypted.
 * Throws whatever makes it unsafe to send: `AnalysisError`, `KeyError`, `ContextError`.
 */
export function* encryptCommand(
  engine: Engine,
  database: string,
  command: Uint8Array,
): Steps<Uint8Array> {
  // The list of commands holds without analysis too, as in libmongocrypt.
  const { action, name, namespaces } = classifyCommand(database, command);
  for (const changed of changedNamespaces(database, name, command)) engine.schemas.forget(changed);
  if (action === 'bypass' || engine.bypassQueryAnalysis) return command;
  const schemas = yield* resolveSchemas(engine, database, namespaces);
  const analysed = analyseCommand(database, command, schemas);
  if (!analysed.hasPlaceholders) return command;
  const target = `${name} on \`${namespaces[0] ?? database}\``;
  return yield* encryptMarkings(engine, analysed.command, target);
}
