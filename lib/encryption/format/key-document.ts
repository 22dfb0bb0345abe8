// Layer format: the key vault's document for one data key (wrapped), read strictly and written in
// the specified order. Knows nothing of KMS providers beyond the `masterKey` document's bytes.
import {
  BsonType,
  DocumentWriter,
  type Element,
  elements,
  encodeArray,
  encodeBinary,
  encodeDate,
  encodeInt32,
  encodeString,
  getElement,
  readBinary,
  readDocument,
  readInt32,
  readInt64,
  readString,
  typeName,
} from '../bytes/index.ts';
import { FormatError } from '../errors.ts';
import { uuidLength } from './uuid.ts';

export interface KeyDocument {
  readonly keyId: Uint8Array;
  readonly keyAltNames: readonly string[];
  /** Wrapped: ciphertext of the provider's master key. */
  readonly keyMaterial: Uint8Array;
  /** BSON `{ provider, ... }`, as the provider wrote it. */
  readonly masterKey: Uint8Array;
}

function malformed(problem: string): FormatError {
  return new FormatError('key-document', `invalid key document: ${problem}`);
}

function requireType(element: Element, ...types: readonly number[]): Uint8Array {
  if (!types.includes(element.type)) {
    const expected = types.map((type) => typeName(type)).join(' or ');
    throw malformed(`expected \`${element.key}\` to be ${expected}, got ${typeName(element.type)}`);
  }
  return element.value;
}

function readKeyId(element: Element): Uint8Array {
  const { subtype, data } = readBinary(requireType(element, BsonType.binData));
  if (subtype !== 4 || data.byteLength !== uuidLength) {
    throw malformed('expected `_id` to be a UUID, BinData subtype 4 of 16 bytes');
  }
  return data;
}

function readAltNames(element: Element): string[] {
  const names = [...elements(requireType(element, BsonType.array))].map((name) => {
    if (name.type !== BsonType.string) throw malformed('expected `keyAltNames` to hold strings');
    return readString(name.value);
  });
  requireDistinctAltNames(names);
  return names;
}

// The driver reads the key document into JavaScript and writes it back, so an int can come as any
// numeric type that js-bson chooses.
function readWholeNumber(element: Element): bigint {
  const value = requireType(element, BsonType.int, BsonType.long);
  return element.type === BsonType.int ? BigInt(readInt32(value)) : readInt64(value);
}

/** Throws `FormatError` when a name comes twice. */
export function requireDistinctAltNames(names: readonly string[]): void {
  if (new Set(names).size !== names.length) {
    throw malformed('unexpected duplicate keyAltNames');
  }
}

/** The `provider` of a master key document. Throws `FormatError` when it is not a string. */
export function readProvider(masterKey: Uint8Array): string {
  const provider = getElement(masterKey, 'provider');
  if (provider?.type !== BsonType.string) throw malformed('expected `provider` to be a string');
  return readString(provider.value);
}

/**
 * Reads a key vault document. Throws `FormatError` (`key-document`) for a missing, unknown or
 * repeated field, a wrong type, or a `version` other than 0.
 */
export function parseKeyDocument(document: Uint8Array): KeyDocument {
  const fields = new Map<string, Element>();
  for (const element of elements(document)) {
    if (fields.has(element.key)) throw malformed(`field \`${element.key}\` comes twice`);
    fields.set(element.key, element);
  }
  const take = (name: string): Element => {
    const element = fields.get(name);
    if (!element) throw malformed(`field \`${name}\` is missing`);
    fields.delete(name);
    return element;
  };
  const altNames = fields.has('keyAltNames') ? readAltNames(take('keyAltNames')) : [];
  const keyMaterial = readBinary(requireType(take('keyMaterial'), BsonType.binData));
  if (keyMaterial.subtype !== 0) throw malformed('expected `keyMaterial` to have subtype 0');
  if (keyMaterial.data.byteLength === 0) throw malformed('`keyMaterial` is empty');
  requireType(take('creationDate'), BsonType.date);
  requireType(take('updateDate'), BsonType.date);
  readWholeNumber(take('status'));
  if (fields.has('version') && readWholeNumber(take('version')) !== 0n) {
    throw malformed('expected `version` to be 0');
  }
  const keyId = readKeyId(take('_id'));
  const masterKey = readDocument(requireType(take('masterKey'), BsonType.object));
  readProvider(masterKey);
  const [unknown] = fields.keys();
  if (unknown !== undefined) throw malformed(`unknown field \`${unknown}\``);
  return { keyId, keyAltNames: altNames, keyMaterial: keyMaterial.data, masterKey };
}

/** Writes a new key document. CSFLE spec, "Key vault collection schema": `status` 0 is enabled. */
export function serializeKeyDocument(key: KeyDocument, now: Date): Uint8Array {
  requireDistinctAltNames(key.keyAltNames);
  const writer = new DocumentWriter(512);
  writer.append(BsonType.binData, '_id', encodeBinary(4, key.keyId));
  if (key.keyAltNames.length > 0) {
    const names = key.keyAltNames.map((name) => ({
      type: BsonType.string,
      value: encodeString(name),
    }));
    writer.append(BsonType.array, 'keyAltNames', encodeArray(names));
  }
  writer.append(BsonType.binData, 'keyMaterial', encodeBinary(0, key.keyMaterial));
  writer.append(BsonType.date, 'creationDate', encodeDate(now));
  writer.append(BsonType.date, 'updateDate', encodeDate(now));
  writer.append(BsonType.int, 'status', encodeInt32(0));
  writer.append(BsonType.object, 'masterKey', key.masterKey);
  return writer.finish();
}
