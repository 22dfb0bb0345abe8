// Test inputs of layer analysis: builds commands and schemas with the `bson` package.
// Only tests import this; the engine itself never turns a value into JavaScript.
import { Binary, deserialize, type Document, serialize, UUID } from 'bson';
import { BsonType, elements, readBinary } from '../../bytes/index.ts';
import { encryptedSubtype, parseMarking } from '../../format/index.ts';
import { rewriteDocument } from '../documents.ts';
import { analyseCommand, compileSchema, type EncryptionSchema } from '../index.ts';

export const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
export const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
export const sharedKey = new UUID('11111111-1111-4111-8111-111111111111');
export const otherKey = new UUID('22222222-2222-4222-8222-222222222222');

export const database = 'medicalRecords';
export const namespace = 'medicalRecords.patients';

/** The patient schema of the guide, with JSON pointers for the two Random fields. */
export const patientSchema: Document = {
  bsonType: 'object',
  encryptMetadata: { keyId: [sharedKey] },
  properties: {
    insurance: {
      bsonType: 'object',
      properties: { policyNumber: { encrypt: { bsonType: 'int', algorithm: deterministic } } },
    },
    ssn: { encrypt: { bsonType: 'int', algorithm: deterministic } },
    nickname: { encrypt: { bsonType: 'string', algorithm: deterministic } },
    diagnosis: { encrypt: { bsonType: 'string', algorithm: random } },
    anything: { encrypt: { algorithm: random } },
    bloodType: { encrypt: { bsonType: 'string', algorithm: random, keyId: '/keyAltName' } },
    medicalRecords: { encrypt: { bsonType: 'array', algorithm: random, keyId: '/keyAltName' } },
  },
};

export function compiled(schema: Document, origin: 'local' | 'remote' = 'local'): EncryptionSchema {
  return compileSchema(serialize(schema), origin, namespace);
}

export function schemas(
  schema: Document = patientSchema,
  others: Readonly<Record<string, Document>> = {},
): ReadonlyMap<string, EncryptionSchema> {
  return new Map([
    [namespace, compiled(schema)],
    ...Object.entries(others).map(([name, other]): [string, EncryptionSchema] => [
      `${database}.${name}`,
      compiled(other),
    ]),
  ]);
}

const patients = schemas();

export function toBytes(command: Document): Uint8Array {
  return serialize(command, { ignoreUndefined: false });
}

/** Every value, markings as `{ $marked: v, det: boolean, key }`, so that results read well. */
function readable(value: unknown): unknown {
  if (value instanceof Binary && value.sub_type === encryptedSubtype && value.buffer[0] === 0) {
    const {
      algorithm,
      key,
      type,
      value: inner,
    } = parseMarking(Uint8Array.from(value.buffer.subarray(0, value.position)));
    const document = deserialize(wrapped(type, inner));
    const name =
      'keyAltName' in key ? key.keyAltName : Buffer.from(key.keyId).toString('hex', 0, 1);
    return new Marked(document['v'], algorithm, name);
  }
  if (Array.isArray(value)) return value.map(readable);
  if (
    value !== null &&
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item)]));
  }
  return value;
}

/** A marking, as tests compare it: the value, the algorithm, the first key byte or the alt name. */
export class Marked {
  readonly value: unknown;
  readonly algorithm: string;
  readonly key: string;

  constructor(value: unknown, algorithm: string, key: string) {
    this.value = value;
    this.algorithm = algorithm;
    this.key = key;
  }
}

export const det = (value: unknown, key = '11') => new Marked(value, 'Deterministic', key);
export const rnd = (value: unknown, key = '11') => new Marked(value, 'Random', key);

function wrapped(type: number, value: Uint8Array): Uint8Array {
  const length = value.byteLength + 8;
  const size = Buffer.alloc(4);
  size.writeInt32LE(length);
  return Buffer.concat([size, Uint8Array.of(type, 0x76, 0), value, Uint8Array.of(0)]);
}

/** Analyses a command (on the patient schema) and reads the result with `Marked` in it. */
export function analysed(command: Document, known = patients): unknown {
  const result = analyseCommand(database, toBytes(command), known);
  return readable(deserialize(result.command));
}

/** Whether a command comes back as the very same bytes. */
export function passes(command: Document, known = patients): boolean {
  const bytes = toBytes(command);
  const result = analyseCommand(database, bytes, known);
  return result.command === bytes && !result.hasPlaceholders;
}

/** Puts the value of every marking back in its place. */
export function withoutMarkings(document: Uint8Array): Uint8Array {
  return rewriteDocument(document, (element) => {
    if (element.type === BsonType.object || element.type === BsonType.array) {
      const value = withoutMarkings(element.value);
      return value === element.value ? element : { ...element, value };
    }
    if (element.type !== BsonType.binData) return element;
    const { subtype, data } = readBinary(element.value);
    if (subtype !== encryptedSubtype || data[0] !== 0) return element;
    const { type, value } = parseMarking(data);
    return { type, key: element.key, value };
  });
}

/** The document with every marking emptied, to search for what is left in clear. */
export function clearPart(document: Uint8Array): Uint8Array {
  return rewriteDocument(document, (element) => {
    if (element.type === BsonType.object || element.type === BsonType.array) {
      return { ...element, value: clearPart(element.value) };
    }
    if (element.type !== BsonType.binData) return element;
    const { subtype, data } = readBinary(element.value);
    if (subtype !== encryptedSubtype || data[0] !== 0) return element;
    return { type: BsonType.null, key: element.key, value: new Uint8Array(0) };
  });
}

/** Number of elements, nested ones included. */
export function countElements(document: Uint8Array): number {
  let count = 0;
  for (const { type, value } of elements(document)) {
    count += 1;
    if (type === BsonType.object || type === BsonType.array) count += countElements(value);
  }
  return count;
}
