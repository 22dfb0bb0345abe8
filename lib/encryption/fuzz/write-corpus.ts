// Fuzzing: writes the valid objects from which the inputs are made: `tsx lib/encryption/fuzz/write-corpus.ts`.
// They follow from fixed keys, so that writing them again changes nothing.
import { Binary, Decimal128, Int32, Long, ObjectId, serialize, Timestamp, UUID } from 'bson';
import { BsonType, DocumentWriter, encodeString } from '../bytes/index.ts';
import { serializeMarking } from '../format/index.ts';
import { structure, text, bytes, enumeration, integer } from '../kms/ttlv.ts';
import { Tag } from '../kms/kmip-messages.ts';
import { commandSeeds } from './command-seeds.ts';
import { writeCorpusFile } from './corpus.ts';
import {
  blobs,
  canary,
  dataKey,
  fixedBytes,
  keyDocument,
  keyId,
  localMasterKey,
  otherKeyDocument,
  patientSchema,
  patternSchema,
  remoteSchema,
} from './fixtures.ts';
import { httpReply } from './kms-replies.ts';

function write(target: string, seeds: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, seed] of Object.entries(seeds)) {
    writeCorpusFile(target, `seed-${name}.bin`, seed);
  }
}

const blobList = [...blobs.keys()].map((hex) => Buffer.from(hex, 'hex'));
const numbered = (list: readonly Uint8Array[]): Record<string, Uint8Array> =>
  Object.fromEntries(list.map((item, index) => [String(index), item]));

const everyType = serialize({
  double: 1.5,
  string: 'a',
  object: { a: 1, b: { c: [] } },
  array: [1, 'a', { b: 2 }],
  binary: new Binary(Buffer.from('abc'), 0),
  oldBinary: new Binary(Buffer.from('abc'), 2),
  uuid: new UUID(keyId),
  sealed: new Binary(Buffer.from('abc'), 6),
  id: new ObjectId(Buffer.alloc(12, 1)),
  yes: true,
  date: new Date(0),
  nothing: null,
  regex: /a+/i,
  int: new Int32(5),
  time: new Timestamp({ t: 1, i: 2 }),
  long: Long.fromNumber(6),
  decimal: Decimal128.fromString('1.5'),
});
const oldTypes = new DocumentWriter()
  .append(BsonType.dbPointer, 'p', Buffer.concat([encodeString('a.b'), Buffer.alloc(12)]))
  .append(BsonType.javascript, 'j', encodeString('f'))
  .append(BsonType.symbol, 's', encodeString('s'))
  .append(BsonType.javascriptWithScope, 'w', codeWithScope('f', serialize({ a: 1 })))
  .append(BsonType.minKey, 'm', new Uint8Array(0))
  .append(BsonType.maxKey, 'M', new Uint8Array(0))
  .append(BsonType.undefined, 'u', new Uint8Array(0))
  .finish();

function codeWithScope(code: string, scope: Uint8Array): Buffer {
  const inner = Buffer.concat([Buffer.alloc(4), encodeString(code), scope]);
  inner.writeInt32LE(inner.length, 0);
  return inner;
}

const sealed = (blob: Uint8Array): Binary => new Binary(blob, 6);
const marked = (key: { keyId: Uint8Array } | { keyAltName: string }): Uint8Array =>
  serializeMarking({
    algorithm: 'Random',
    key,
    type: BsonType.string,
    value: encodeString(canary),
  });

write('bson', { every: everyType, old: oldTypes, empty: serialize({}) });
write('marking', { id: marked({ keyId }), name: marked({ keyAltName: 'patient-1' }) });
write('ciphertext', numbered(blobList));
write('reply', {
  find: serialize({
    cursor: {
      firstBatch: blobList.map((blob, index) => ({ _id: index, v: sealed(blob), a: [{ b: 1 }] })),
      id: Long.ZERO,
      ns: 'clinic.patients',
    },
    ok: 1,
  }),
  modify: serialize({ value: { a: [[sealed(blobList[0] ?? Buffer.alloc(0))]] }, ok: 1 }),
  plain: everyType,
});

const masterKeys = [
  { provider: 'aws', region: 'r', key: 'k', endpoint: 'kms.test:443' },
  { provider: 'azure', keyVaultEndpoint: 'v.test', keyName: 'k', keyVersion: '1' },
  { provider: 'gcp', projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' },
  { provider: 'kmip', keyId: '1', delegated: true },
];
write('key-document', {
  local: keyDocument,
  other: otherKeyDocument,
  versioned: serialize({
    _id: new UUID(keyId),
    keyAltNames: ['a'],
    version: Long.ZERO,
    keyMaterial: new Binary(fixedBytes('m', 160)),
    creationDate: new Date(0),
    updateDate: new Date(0),
    status: 1,
    masterKey: masterKeys[0],
  }),
});
const slowSchema = {
  ...patternSchema,
  patternProperties: { ...(patternSchema['patternProperties'] as object), '(s+)+$': {} },
};
const schemas = {
  slow: slowSchema,
  patients: patientSchema,
  patterns: patternSchema,
  remote: remoteSchema,
};
for (const [name, schema] of Object.entries(schemas)) {
  write('schema', { [name]: serialize(schema) });
  const options = { validator: { $jsonSchema: schema, age: { $gt: 0 } }, capped: false };
  const info = { name: 'patients', type: 'collection', options, info: { readOnly: false } };
  write('collection-info', { [name]: serialize(info) });
}
write('collection-info', {
  view: serialize({ name: 'patients', type: 'view', options: { viewOn: 'a', pipeline: [] } }),
  bare: serialize({ name: 'patients', type: 'collection', options: {} }),
});
write(
  'command',
  Object.fromEntries(commandSeeds.map(([name, seed]) => [name, serialize(seed)] as const)),
);
write('options', {
  providers: serialize({
    local: { key: new Binary(localMasterKey) },
    'local:b': { key: localMasterKey.toString('base64') },
    aws: { accessKeyId: 'id', secretAccessKey: canary, sessionToken: `token ${canary}` },
    azure: { tenantId: 't', clientId: 'c', clientSecret: canary },
    'azure:b': { accessToken: canary },
    gcp: { accessToken: canary },
    kmip: { endpoint: 'kmip.test:5696' },
    'aws:b': { accessKeyId: 'id', secretAccessKey: canary },
  }),
  ...Object.fromEntries(masterKeys.map((key) => [key.provider, serialize(key)])),
  name: serialize({ keyAltName: 'patient-1' }),
  material: serialize({ keyMaterial: new Binary(dataKey) }),
  message: serialize({ v: 'a' }),
  schemas: serialize({ 'clinic.patients': patientSchema, 'clinic.visits': patternSchema }),
  privateKey: serialize({ gcp: { email: 'e', privateKey: `${canary}=` } }),
  local: serialize({ provider: 'local' }),
});

const base64 = dataKey.toString('base64');
write('kms-http', {
  aws: httpReply(200, { Plaintext: base64, KeyId: 'k' }),
  awsWrapped: httpReply(200, { CiphertextBlob: base64, KeyId: 'k' }, true),
  azure: httpReply(200, { value: dataKey.toString('base64url'), kid: 'k' }),
  gcp: httpReply(200, { plaintext: base64, name: 'n' }, true),
  token: httpReply(200, { access_token: `token-${canary}`, expires_in: 3599 }),
  awsError: httpReply(400, { __type: 'NotFoundException', message: 'No such key' }),
  busy: httpReply(503, { error: { code: 503, status: 'UNAVAILABLE', message: 'busy' } }),
  oauthError: httpReply(401, { error: 'invalid_client', error_description: 'wrong' }, true),
});

const response = (...payload: Buffer[]): Buffer =>
  structure(
    Tag.responseMessage,
    structure(
      0x42007a,
      structure(
        Tag.protocolVersion,
        integer(Tag.protocolVersionMajor, 1),
        integer(Tag.protocolVersionMinor, 0),
      ),
      integer(Tag.batchCount, 1),
    ),
    structure(Tag.batchItem, enumeration(Tag.operation, 10), ...payload),
  );
const done = (...payload: Buffer[]): Buffer =>
  response(enumeration(Tag.resultStatus, 0), structure(Tag.responsePayload, ...payload));
const identifier = text(Tag.uniqueIdentifier, '1');
write('kmip', {
  get: done(
    enumeration(Tag.objectType, 7),
    identifier,
    structure(
      Tag.secretData,
      enumeration(Tag.secretDataType, 2),
      structure(
        Tag.keyBlock,
        enumeration(Tag.keyFormatType, 2),
        structure(Tag.keyValue, bytes(Tag.keyMaterial, localMasterKey)),
      ),
    ),
  ),
  registered: done(identifier),
  encrypted: done(
    identifier,
    bytes(Tag.data, fixedBytes('data', 112)),
    bytes(Tag.ivCounterNonce, fixedBytes('nonce', 16)),
  ),
  refused: response(
    enumeration(Tag.resultStatus, 1),
    enumeration(Tag.resultReason, 1),
    text(Tag.resultMessage, 'Could not locate object'),
  ),
});

// The first byte is what the context is for, the others are calls; see targets/state-machine.ts.
write('state-machine', {
  command: Buffer.of(0, 0, 1, 2, 6),
  askedSchema: Buffer.of(1, 0, 22, 2, 0, 1, 2, 6),
  explicit: Buffer.of(2, 0, 1, 2, 6),
  reply: Buffer.of(3, 0, 1, 8, 2, 6),
  dataKey: Buffer.of(4, 5, 3, 4, 6),
  rewrap: Buffer.of(5, 0, 1, 2, 5, 3, 4, 6),
});
