// Layer context: explicit encryption and decryption of one value, BSON `{ v: ... }` in and out.
import {
  BsonType,
  DocumentWriter,
  type Element,
  elements,
  encodeBinary,
  getElement,
  readBinary,
  readString,
  typeName,
} from '../bytes/index.ts';
import { ContextError } from '../errors.ts';
import {
  type Algorithm,
  algorithmNames,
  type BsonValue,
  decryptValue,
  encryptedSubtype,
  encryptValue,
  type KeyReference,
  parseCiphertext,
  requireEncryptable,
  uuidLength,
} from '../format/index.ts';
import { KeyBroker } from '../keys/index.ts';
import type { Engine } from './engine.ts';
import { fetchKeys } from './fetch-keys.ts';
import { atPlace, withKeyId } from './places.ts';
import type { Steps } from './steps.ts';

/** The options of `makeExplicitEncryptionContext`, as the binding declares them. */
export interface ExplicitEncryptionOptions {
  keyId?: Uint8Array;
  /** BSON `{ keyAltName: <string> }`. */
  keyAltName?: Uint8Array;
  algorithm?: string;
  rangeOptions?: Uint8Array;
  textOptions?: Uint8Array;
  contentionFactor?: bigint | number;
  queryType?: string;
  expressionMode: boolean;
}

const queryableOptions = ['rangeOptions', 'textOptions', 'contentionFactor', 'queryType'] as const;
const queryableAlgorithms = ['indexed', 'unindexed', 'range', 'string', 'textpreview'];

function queryable(what: string): ContextError {
  return new ContextError(
    'queryable-encryption',
    `Queryable Encryption is not supported (${what})`,
  );
}

function requireAlgorithm(algorithm: string | undefined): Algorithm {
  if (algorithm === undefined) {
    throw new ContextError('option', 'Expected the option `algorithm`, got none');
  }
  // libmongocrypt compares without regard to case.
  const wanted = algorithm.toLowerCase();
  if (queryableAlgorithms.includes(wanted)) throw queryable(`algorithm ${algorithm}`);
  for (const [name, value] of Object.entries(algorithmNames)) {
    if (name.toLowerCase() === wanted) return value;
  }
  const known = Object.keys(algorithmNames).join(' or ');
  throw new ContextError('option', `Expected \`algorithm\` to be ${known}`);
}

/**
 * The one field of an option that is a document, BSON `{ <name>: <value> }`.
 * Throws `ContextError` (`option`).
 */
export function readOption(document: Uint8Array, name: string): Element | undefined {
  let found: Element | undefined;
  for (const element of elements(document)) {
    if (element.key !== name || found) {
      throw new ContextError('option', `Unexpected field: '${element.key}' in \`${name}\``);
    }
    found = element;
  }
  return found;
}

/** Reads BSON `{ keyAltName: <string> }`. Throws `ContextError` (`option`). */
export function readKeyAltName(document: Uint8Array): string {
  const element = readOption(document, 'keyAltName');
  if (element?.type !== BsonType.string) {
    const got = element ? typeName(element.type) : 'none';
    throw new ContextError('option', `Expected \`keyAltName\` to be a string, got ${got}`);
  }
  const name = readString(element.value);
  if (name === '') throw new ContextError('option', 'Expected `keyAltName` not to be empty');
  return name;
}

function requireKey(options: ExplicitEncryptionOptions): KeyReference {
  const { keyId, keyAltName } = options;
  if (keyId && keyAltName) {
    throw new ContextError('option', 'cannot have both key id and key alt name');
  }
  if (keyAltName) return { keyAltName: readKeyAltName(keyAltName) };
  if (!keyId) throw new ContextError('option', 'either key id or key alt name required');
  if (keyId.byteLength !== uuidLength) {
    throw new ContextError(
      'option',
      `Expected \`keyId\` to be a UUID of ${uuidLength} bytes, got ${keyId.byteLength} bytes`,
    );
  }
  return { keyId: new Uint8Array(keyId) };
}

function requireMessage(message: Uint8Array): BsonValue {
  const element = getElement(message, 'v');
  if (!element) throw new ContextError('type', 'Expected a document with the field `v`');
  return element;
}

function messageOf({ type, value }: BsonValue): Uint8Array {
  return new DocumentWriter(value.byteLength + 16).append(type, 'v', value).finish();
}

/**
 * Encrypts `{ v: <any> }` to `{ v: <BinData 6> }`. Throws `ContextError` for options that do not
 * fit, `FormatError` for a type that the algorithm cannot encrypt, `KeyError` for the key.
 */
export function* encryptExplicitly(
  engine: Engine,
  message: Uint8Array,
  options: ExplicitEncryptionOptions,
): Steps<Uint8Array> {
  if (options.expressionMode) throw queryable('encryptExpression');
  for (const option of queryableOptions) {
    if (options[option] !== undefined) throw queryable(`option \`${option}\``);
  }
  const key = requireKey(options);
  const algorithm = requireAlgorithm(options.algorithm);
  const plain = requireMessage(message);
  requireEncryptable(algorithm, plain.type, plain.value);

  const broker = new KeyBroker(engine.keyCache);
  try {
    broker.request(key);
    yield* fetchKeys(broker, engine.kmsProviders, () => 'explicit encryption');
    const { keyId, material } = broker.key(key);
    const blob = encryptValue(algorithm, keyId, material, plain);
    return messageOf({ type: BsonType.binData, value: encodeBinary(encryptedSubtype, blob) });
  } finally {
    broker.dispose();
  }
}

/** Decrypts `{ v: <BinData 6> }` to `{ v: <any> }`. Throws as its parts do. */
export function* decryptExplicitly(engine: Engine, message: Uint8Array): Steps<Uint8Array> {
  const { type, value } = requireMessage(message);
  if (type !== BsonType.binData) {
    throw new ContextError(
      'type',
      `decryption expected BSON binary subtype 6, got BSON ${typeName(type)}`,
    );
  }
  const { subtype, data } = readBinary(value);
  if (subtype !== encryptedSubtype) {
    throw new ContextError('type', `decryption expected BSON binary subtype 6, got ${subtype}`);
  }
  const place = () => 'an explicitly encrypted value';
  const ciphertext = atPlace(place, () => parseCiphertext(data));
  const broker = new KeyBroker(engine.keyCache);
  try {
    broker.request(ciphertext);
    yield* fetchKeys(broker, engine.kmsProviders, () => 'explicit decryption');
    const { material } = broker.key(ciphertext);
    const plain = atPlace(
      () => withKeyId(place(), ciphertext),
      () => decryptValue(ciphertext, material),
    );
    return messageOf(plain);
  } finally {
    broker.dispose();
  }
}
