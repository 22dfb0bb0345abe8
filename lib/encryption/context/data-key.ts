// Layer context: making data keys: a new key document, and key documents wrapped anew.
import {
  BsonType,
  DocumentWriter,
  encodeArray,
  encodeBinary,
  getElement,
  readBinary,
  readString,
  typeName,
} from '../bytes/index.ts';
import { randomKey, keyLength } from '../crypto/index.ts';
import { ContextError } from '../errors.ts';
import {
  newUuid,
  parseKeyDocument,
  readProvider,
  requireDistinctAltNames,
  serializeKeyDocument,
} from '../format/index.ts';
import type { KmsOutcome } from '../kms/index.ts';
import type { Engine } from './engine.ts';
import { readKeyAltName, readOption } from './explicit.ts';
import { unwrapAll } from './fetch-keys.ts';
import { runKms, withCredentials } from './kms.ts';
import { ContextState, type Steps } from './steps.ts';

/** The options of `makeDataKeyContext`, as the binding declares them. */
export interface DataKeyOptions {
  /** Each BSON `{ keyAltName: <string> }`. */
  keyAltNames?: Uint8Array[] | undefined;
  /** BSON `{ keyMaterial: <96 bytes> }`; random when left out. */
  keyMaterial?: Uint8Array | undefined;
}

function readKeyMaterial(document: Uint8Array): Buffer {
  const element = readOption(document, 'keyMaterial');
  if (element?.type !== BsonType.binData) {
    const got = element ? typeName(element.type) : 'none';
    throw new ContextError('option', `Expected \`keyMaterial\` to be binary, got ${got}`);
  }
  const { data } = readBinary(element.value);
  if (data.byteLength !== keyLength) {
    const got = data.byteLength;
    const expected = `keyMaterial should have length ${keyLength}, but has length ${got}`;
    throw new ContextError('option', expected);
  }
  return Buffer.from(data);
}

function requireProvider(options: Uint8Array): string {
  const provider = getElement(options, 'provider');
  if (provider?.type !== BsonType.string) {
    throw new ContextError('option', 'Expected `provider` to be the name of a KMS provider');
  }
  return readString(provider.value);
}

/** A new key vault document. `masterKeyOptions` is BSON `{ provider, ... }`. */
export function* createDataKey(
  engine: Engine,
  masterKeyOptions: Uint8Array,
  options: DataKeyOptions,
): Steps<Uint8Array> {
  const keyAltNames = (options.keyAltNames ?? []).map(readKeyAltName);
  requireDistinctAltNames(keyAltNames);
  const id = requireProvider(masterKeyOptions);
  // Kept over the conversation with the KMS: the caller may reuse its buffer.
  const stated = new Uint8Array(masterKeyOptions);
  const material = options.keyMaterial ? readKeyMaterial(options.keyMaterial) : randomKey();
  try {
    const provider = (yield* withCredentials(engine.kmsProviders, [id])).get(id);
    const masterKey = yield* runOne(provider.masterKey(stated));
    const keyMaterial = yield* runOne(provider.wrap(material, masterKey));
    const document = { keyId: newUuid(), keyAltNames, keyMaterial, masterKey };
    return serializeKeyDocument(document, new Date());
  } finally {
    material.fill(0);
  }
}

function* runOne(outcome: KmsOutcome): Steps<Buffer> {
  const [result] = yield* runKms([outcome]);
  if (!result) throw new ContextError('state', 'The KMS provider gave no result');
  return result;
}

/**
 * Unwraps every key that `filter` matches and wraps it anew, under `masterKeyOptions` or its own
 * master key. Returns `{ v: [{ _id, keyMaterial, masterKey }] }`, empty when nothing matched.
 */
export function* rewrapManyDataKey(
  engine: Engine,
  filter: Uint8Array,
  masterKeyOptions: Uint8Array | undefined,
): Steps<Uint8Array> {
  const target = masterKeyOptions && {
    id: requireProvider(masterKeyOptions),
    options: new Uint8Array(masterKeyOptions),
  };
  // An unknown provider is refused before the key vault is read.
  if (target) engine.kmsProviders.get(target.id);
  const replies = yield { state: ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS, filter };
  const documents = replies.map(parseKeyDocument);
  if (documents.length === 0)
    return new DocumentWriter().append(BsonType.array, 'v', encodeArray([])).finish();
  const providers = yield* withCredentials(engine.kmsProviders, [
    ...documents.map(({ masterKey }) => readProvider(masterKey)),
    ...(target ? [target.id] : []),
  ]);
  const materials = yield* unwrapAll(documents, providers);
  try {
    // One new master key for all, made on the KMS at most once.
    const newMasterKey =
      target && (yield* runOne(providers.get(target.id).masterKey(target.options)));
    const masterKeys = documents.map(({ masterKey }) => newMasterKey ?? masterKey);
    const wrapped = yield* runKms(
      masterKeys.map((masterKey, index) => {
        const provider = providers.get(readProvider(masterKey));
        return provider.wrap(materials[index] ?? Buffer.alloc(0), masterKey);
      }),
    );
    const rewrapped = documents.map(({ keyId }, index) => {
      const writer = new DocumentWriter(512)
        .append(BsonType.binData, '_id', encodeBinary(4, keyId))
        .append(BsonType.binData, 'keyMaterial', encodeBinary(0, wrapped[index] ?? Buffer.alloc(0)))
        .append(BsonType.object, 'masterKey', masterKeys[index] ?? new Uint8Array(0));
      return { type: BsonType.object, value: writer.finish() };
    });
    return new DocumentWriter().append(BsonType.array, 'v', encodeArray(rewrapped)).finish();
  } finally {
    for (const material of materials) material.fill(0);
  }
}
