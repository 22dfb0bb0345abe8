// Fuzzing: fixed keys, schemas and documents, so that the corpus is the same wherever it is written.
// The secrets are marked: whatever finds one of them where it must not be has found a leak.
import { serialize, UUID, type Document } from 'bson';
import { createHash } from 'node:crypto';
import { BsonType, encodeBinary, encodeString } from '../bytes/index.ts';
import { sealWithIv } from '../crypto/aead.ts';
import { encryptValue, serializeKeyDocument } from '../format/index.ts';
import { KeyCache } from '../keys/index.ts';
import { KmsProviders } from '../kms/index.ts';
import { type Engine, SchemaStore } from '../context/index.ts';

/** Bytes that look random and are always the same. */
export function fixedBytes(label: string, length: number): Buffer {
  const parts = [0, 1].map((part) => createHash('sha512').update(`${label} ${part}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

export const localMasterKey = fixedBytes('master key', 96);
export const dataKey = fixedBytes('data key', 96);
export const otherDataKey = fixedBytes('other data key', 96);
export const keyId = fixedBytes('key id', 16);
export const otherKeyId = fixedBytes('other key id', 16);
export const keySecrets: readonly Buffer[] = [localMasterKey, dataKey, otherDataKey];

/** Text that stands in encrypted fields only. */
export const canary = 'kanarienvogel';
export const canarySecret: readonly Buffer[] = [Buffer.from(canary)];

const created = new Date('2026-01-02T03:04:05.678Z');
const wrapped = (key: Buffer): Buffer =>
  sealWithIv(localMasterKey, fixedBytes('iv', 16), new Uint8Array(0), key);

export const keyDocument = serializeKeyDocument(
  {
    keyId,
    keyAltNames: ['patient-1', 'zweiter Name'],
    keyMaterial: wrapped(dataKey),
    masterKey: serialize({ provider: 'local' }),
  },
  created,
);
export const otherKeyDocument = serializeKeyDocument(
  {
    keyId: otherKeyId,
    keyAltNames: [],
    keyMaterial: wrapped(otherDataKey),
    masterKey: serialize({ provider: 'local' }),
  },
  created,
);

interface Sealed {
  readonly blob: Buffer;
  readonly type: number;
  readonly value: Uint8Array;
}

function sealed(type: number, value: Uint8Array, id = keyId, key = dataKey): Sealed {
  return { blob: encryptValue('Deterministic', id, key, { type, value }), type, value };
}

function sealedRandomly(type: number, value: Uint8Array): Sealed {
  const header = Buffer.concat([Buffer.of(2), keyId, Buffer.of(type)]);
  const body = sealWithIv(dataKey, fixedBytes('blob iv', 16), header, value);
  return { blob: Buffer.concat([header, body]), type, value };
}

/** Valid blobs by their bytes in hex, with the type and value inside. */
export const blobs: ReadonlyMap<string, Sealed> = new Map(
  [
    sealed(BsonType.string, encodeString(canary)),
    sealed(BsonType.int, Buffer.of(42, 0, 0, 0)),
    sealed(BsonType.binData, encodeBinary(0, Buffer.from(canary))),
    sealedRandomly(BsonType.object, serialize({ note: canary })),
    sealedRandomly(BsonType.bool, Buffer.of(1)),
    sealed(BsonType.long, Buffer.alloc(8, 1), otherKeyId, otherDataKey),
  ].map((each) => [each.blob.toString('hex'), each]),
);

const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const shared = [new UUID(keyId)];

export const database = 'clinic';
export const namespace = 'clinic.patients';

/** Every encrypted path of `patientSchema`, the fields below included. */
export const encryptedPaths = ['ssn', 'name.last', 'visits', 'note', 'blob'];

export const patientSchema: Document = {
  bsonType: 'object',
  encryptMetadata: { keyId: shared },
  properties: {
    ssn: { encrypt: { bsonType: 'string', algorithm: deterministic } },
    name: {
      bsonType: 'object',
      properties: { last: { encrypt: { bsonType: 'string', algorithm: deterministic } } },
    },
    visits: { encrypt: { bsonType: 'array', algorithm: random } },
    note: { encrypt: { algorithm: random, keyId: '/keyName' } },
    blob: { encrypt: { bsonType: ['string', 'object'], algorithm: random } },
  },
};

export const patternSchema: Document = {
  bsonType: 'object',
  patternProperties: {
    '^s': { encrypt: { bsonType: 'string', algorithm: deterministic, keyId: shared } },
  },
  additionalProperties: { bsonType: 'object', properties: {} },
};

export const remoteSchema: Document = {
  ...patientSchema,
  required: ['ssn'],
  title: 'patients',
  properties: {
    ...(patientSchema['properties'] as Document),
    age: { bsonType: 'int', minimum: 0, maximum: 150 },
    tags: { bsonType: 'array', items: { bsonType: 'string', pattern: '^[a-z]+$' } },
    kind: { enum: ['a', 'b', null] },
    any: { anyOf: [{ bsonType: 'string' }, { bsonType: 'int' }] },
  },
};

/** An engine with the master key of both data keys. It asks the server for schemas that `schemaMap` has not. */
export function newEngine(schemaMap: Document = { [namespace]: patientSchema }): Engine {
  const now = (): number => 0;
  return {
    kmsProviders: new KmsProviders(serialize({ local: { key: localMasterKey } })),
    keyCache: new KeyCache(0, now),
    schemas: new SchemaStore(serialize(schemaMap), now),
    bypassQueryAnalysis: false,
  };
}
