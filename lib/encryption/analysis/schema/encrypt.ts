// Layer analysis: the keywords `encrypt` and `encryptMetadata`.
// Knows which algorithm takes which BSON type; nothing about where in a schema they may stand.
import {
  BsonType,
  type BsonTypeName,
  type Element,
  elements,
  encodeBinary,
  readBinary,
  readString,
  typeName,
} from '../../bytes/index.ts';
import { FormatError } from '../../errors.ts';
import {
  type Algorithm,
  algorithmNames,
  requireEncryptable,
  uuidLength,
} from '../../format/index.ts';
import { refusal } from '../errors.ts';
import { parsePointer } from '../pointers.ts';
import type { Encryption, KeyId } from './tree.ts';

/** What `encryptMetadata` hands down, key by key; `bsonType` is never inherited. */
export interface Metadata {
  readonly algorithm?: Algorithm;
  readonly keyId?: KeyId;
}

const algorithms: ReadonlyMap<string, Algorithm> = new Map(Object.entries(algorithmNames));

const anyBinary = encodeBinary(0, new Uint8Array(0));

/** Whether the algorithm takes values of this type at all; the facts are the format layer's. */
export function takesType(algorithm: Algorithm, type: number): boolean {
  try {
    requireEncryptable(algorithm, type, anyBinary);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** An `AnalysisError` for a schema with encryption, with JSON path and broken rule. */
export function invalid(path: string, rule: string) {
  return refusal('schema', "Invalid schema containing the 'encrypt' keyword.", { path, rule });
}

/** The fields of a schema object. Throws `AnalysisError` when a name is given twice. */
export function fieldsOf(document: Uint8Array, path: string): Map<string, Element> {
  const fields = new Map<string, Element>();
  for (const element of elements(document)) {
    if (fields.has(element.key)) {
      throw refusal('schema', 'Invalid schema', {
        path,
        rule: `\`${element.key}\` is given twice`,
      });
    }
    fields.set(element.key, element);
  }
  return fields;
}

/** What a schema states, in words: a schema holds no secrets. */
function stated({ type, value }: Element): string {
  return type === BsonType.string ? `'${readString(value)}'` : typeName(type);
}

function parseAlgorithm(element: Element, path: string): Algorithm {
  const algorithm =
    element.type === BsonType.string ? algorithms.get(readString(element.value)) : undefined;
  if (algorithm) return algorithm;
  const expected = `expected one of ${[...algorithms.keys()].join(', ')}`;
  throw invalid(`${path}.algorithm`, `${expected}, found ${stated(element)}`);
}

const howToNameKeys = '`keyId: [id]` takes what `createDataKey` returned, not its text';

function parseKeyId(element: Element, path: string): KeyId {
  const place = `${path}.keyId`;
  if (element.type === BsonType.string) {
    const pointer = parsePointer(readString(element.value));
    if (!pointer) {
      const expected = "expected a JSON pointer that starts with '/' and names a field (RFC 6901)";
      throw invalid(place, `${expected}, found ${stated(element)}`);
    }
    return { kind: 'pointer', pointer };
  }
  if (element.type !== BsonType.array) {
    const found = typeName(element.type);
    const expected = 'expected an array with one UUID or a JSON pointer';
    throw invalid(place, `${expected}, found ${found}; ${howToNameKeys}`);
  }
  const [id, ...more] = elements(element.value);
  if (!id || more.length > 0) {
    throw invalid(place, `expected exactly one UUID, found ${id ? more.length + 1 : 0} elements`);
  }
  if (id.type !== BsonType.binData) {
    const found = `Array elements must have type BinData, found ${typeName(id.type)}`;
    throw invalid(place, `${found}; ${howToNameKeys}`);
  }
  const { subtype, data } = readBinary(id.value);
  if (subtype !== 4 || data.byteLength !== uuidLength) {
    const found = `found subtype ${subtype} and ${data.byteLength} bytes`;
    throw invalid(place, `expected a UUID: BinData of subtype 4 and 16 bytes, ${found}`);
  }
  return { kind: 'uuid', id: Uint8Array.from(data) };
}

function parseType(element: Element, path: string): number {
  const name = element.type === BsonType.string ? readString(element.value) : undefined;
  if (name === undefined || !Object.hasOwn(BsonType, name)) {
    const expected = 'expected the name of a BSON type';
    throw invalid(`${path}.bsonType`, `${expected}, found ${stated(element)}`);
  }
  return BsonType[name as BsonTypeName];
}

function parseTypes(element: Element, path: string): ReadonlySet<number> {
  if (element.type !== BsonType.array) return new Set([parseType(element, path)]);
  const listed = [...elements(element.value)].map((item) => parseType(item, path));
  if (listed.length === 0 || new Set(listed).size !== listed.length) {
    throw invalid(`${path}.bsonType`, 'expected one or more different BSON types');
  }
  return new Set(listed);
}

function requireTypes(encryption: Encryption, path: string): void {
  const { algorithm, types } = encryption;
  const place = `${path}.bsonType`;
  if (algorithm === 'Deterministic' && types?.size !== 1) {
    throw invalid(place, 'Deterministic needs a single `bsonType`');
  }
  for (const type of types ?? []) {
    if (takesType(algorithm, type)) continue;
    throw invalid(place, `${algorithm} cannot encrypt ${typeName(type)}`);
  }
}

/** The `encryptMetadata` of a subschema on top of what it inherits. Throws `AnalysisError`. */
export function parseMetadata(document: Uint8Array, path: string, inherited: Metadata): Metadata {
  const fields = fieldsOf(document, path);
  if (fields.size === 0) throw invalid(path, 'expected `algorithm` or `keyId`, found nothing');
  let metadata = inherited;
  for (const [name, element] of fields) {
    if (name === 'algorithm') metadata = { ...metadata, algorithm: parseAlgorithm(element, path) };
    else if (name === 'keyId') metadata = { ...metadata, keyId: parseKeyId(element, path) };
    else throw invalid(path, `unknown field \`${name}\``);
  }
  return metadata;
}

/** The `encrypt` of a field, completed from what it inherits. Throws `AnalysisError`. */
export function parseEncrypt(document: Uint8Array, path: string, inherited: Metadata): Encryption {
  let { algorithm, keyId } = inherited;
  let types: ReadonlySet<number> | null = null;
  for (const [name, element] of fieldsOf(document, path)) {
    if (name === 'algorithm') algorithm = parseAlgorithm(element, path);
    else if (name === 'keyId') keyId = parseKeyId(element, path);
    else if (name === 'bsonType') types = parseTypes(element, path);
    else throw invalid(path, `unknown field \`${name}\``);
  }
  if (!algorithm) throw invalid(path, 'no `algorithm`, here or inherited');
  if (!keyId) throw invalid(path, 'no `keyId`, here or inherited');
  if (algorithm === 'Deterministic' && keyId.kind === 'pointer') {
    throw invalid(path, 'Deterministic needs a UUID `keyId`, found a JSON pointer');
  }
  const encryption: Encryption = { algorithm, keyId, types };
  requireTypes(encryption, path);
  return encryption;
}
