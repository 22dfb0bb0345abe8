// Test support: inputs that no side may take, each as one operation on an engine.
import { Binary, ObjectId, serialize, type Document } from 'bson';
import { DocumentWriter, getElement, readBinary } from '../../bytes/index.ts';
import { converse } from './converse.ts';
import { type Engine, engineOf, type EngineOptions, masterKey, type Side } from './modules.ts';
import { parse, vaultKey, worldOf } from './vault.ts';

export interface BadInput {
  readonly title: string;
  /** Makes an engine and runs one operation; expected to throw. */
  readonly run: (side: Side) => unknown;
}

/** Bad inputs that the addon takes all the same, and goes on: here they are refused. */
export const takenByNative: ReadonlySet<string> = new Set([
  'options: a schema map that is no document',
  'reply: an empty one',
  'reply: one of blob type 0',
  'reply: one of blob type 99',
  'key document: a status that is text',
]);

/** Bad inputs that end the process of the addon: bytes without a length of their own. */
export const fatalToNative: ReadonlySet<string> = new Set([
  'encrypt: an empty key id',
  'encrypt: no bytes',
]);

const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const key = vaultKey(1);
const world = worldOf([key]);
const keyId = key.id;
const text = serialize({ v: 'text' });
const keyAltName = (name: unknown) => serialize({ keyAltName: name });

function onEngine(
  title: string,
  operate: (engine: Engine) => unknown,
  options: EngineOptions = {},
): BadInput {
  return { title, run: (side) => operate(engineOf(side, options)) };
}

const construct = (title: string, options: EngineOptions): BadInput => ({
  title: `options: ${title}`,
  run: (side) => engineOf(side, options),
});

const explicit = (title: string, options: object, value: Uint8Array = text): BadInput =>
  onEngine(`encrypt: ${title}`, (engine) =>
    converse(
      engine.makeExplicitEncryptionContext(value, {
        keyId,
        algorithm: deterministic,
        expressionMode: false,
        ...options,
      }),
      world,
    ),
  );

const createKey = (title: string, masterKeyOptions: Document, options: object = {}): BadInput =>
  onEngine(
    `data key: ${title}`,
    (engine) => converse(engine.makeDataKeyContext(serialize(masterKeyOptions), options)),
    {
      kmsProviders: {
        local: { key: masterKey },
        aws: { accessKeyId: 'a', secretAccessKey: 'b' },
        azure: { accessToken: 't' },
        gcp: { accessToken: 't' },
        kmip: { endpoint: 'kmip.example' },
      },
    },
  );

const ciphertext = (() => {
  const context = engineOf('ours').makeExplicitEncryptionContext(text, {
    keyId,
    algorithm: deterministic,
    expressionMode: false,
  });
  const element = getElement(converse(context, world).output, 'v');
  return Buffer.from(element ? readBinary(element.value).data : []);
})();

function changed(change: (bytes: Buffer) => Buffer): Uint8Array {
  return serialize({ v: new Binary(change(Buffer.from(ciphertext)), 6) });
}

function flipped(index: number): Uint8Array {
  return changed((bytes) => {
    bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    return bytes;
  });
}

const ciphertexts: readonly (readonly [title: string, message: Uint8Array])[] = [
  ['an empty one', changed(() => Buffer.alloc(0))],
  ['one of a single byte', changed((bytes) => bytes.subarray(0, 1))],
  ['one of 18 bytes', changed((bytes) => bytes.subarray(0, 18))],
  ['one without a tag', changed((bytes) => bytes.subarray(0, 34))],
  ['one cut by a byte', changed((bytes) => bytes.subarray(0, -1))],
  ['one cut by a block', changed((bytes) => bytes.subarray(0, -16))],
  ['one longer by a byte', changed((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))],
  ['one of blob type 0', changed((bytes) => Buffer.concat([Buffer.of(0), bytes.subarray(1)]))],
  ['one of blob type 99', changed((bytes) => Buffer.concat([Buffer.of(99), bytes.subarray(1)]))],
  ['another key id', flipped(1)],
  ['another BSON type', flipped(17)],
  ['another IV', flipped(18)],
  ['another ciphertext', flipped(40)],
  ['another tag', flipped(ciphertext.length - 1)],
];

const keyDocument = (title: string, change: (document: Document) => Document): BadInput =>
  onEngine(`key document: ${title}`, (engine) => {
    const document = serialize(change(parse(key.document)));
    return converse(engine.makeExplicitDecryptionContext(changed((bytes) => bytes)), {
      keys: () => [document],
    });
  });

function without(name: string): (document: Document) => Document {
  return (document) =>
    Object.fromEntries(Object.entries(document).filter(([field]) => field !== name));
}

const bytesOf = (value: unknown) => (value as Binary).buffer;

export const badInputs: readonly BadInput[] = [
  construct('no provider', { kmsProviders: {} }),
  construct('an unknown provider', { kmsProviders: { vault: { key: masterKey } } }),
  construct('a local key of 95 bytes', { kmsProviders: { local: { key: Buffer.alloc(95) } } }),
  construct('a local key that is no base64', { kmsProviders: { local: { key: '!'.repeat(128) } } }),
  construct('a local provider without a key', { kmsProviders: { local: { other: 1 } } }),
  construct('an unknown field', { kmsProviders: { local: { key: masterKey, more: 1 } } }),
  construct('an empty named provider', { kmsProviders: { 'aws:one': {} } }),
  construct('a name with a dash', { kmsProviders: { 'local:a-b': { key: masterKey } } }),
  construct('an empty name', { kmsProviders: { 'local:': { key: masterKey } } }),
  construct('half of the credentials of AWS', { kmsProviders: { aws: { accessKeyId: 'a' } } }),
  construct('half of the credentials of Azure', { kmsProviders: { azure: { tenantId: 'a' } } }),
  construct('half of the credentials of GCP', { kmsProviders: { gcp: { email: 'a' } } }),
  construct('a schema map that is no document', { schemaMap: { 'db.c': 1 } }),

  explicit('no key', { keyId: undefined }),
  explicit('a key id and an alt name', { keyAltName: keyAltName('key 1') }),
  explicit('a key id of 15 bytes', { keyId: Buffer.alloc(15) }),
  explicit('an empty key id', { keyId: Buffer.alloc(0) }),
  explicit('an alt name that is a number', { keyId: undefined, keyAltName: keyAltName(1) }),
  explicit('an alt name under another field', {
    keyId: undefined,
    keyAltName: serialize({ name: 'key 1' }),
  }),
  explicit('an unknown algorithm', { algorithm: 'ROT13' }),
  explicit('no algorithm', { algorithm: undefined }),
  explicit('no `expressionMode`', { expressionMode: undefined }),
  explicit('a key that is not there', { keyId: Buffer.alloc(16, 99) }),
  explicit('a name that is not there', { keyId: undefined, keyAltName: keyAltName('nobody') }),
  explicit('no `v`', {}, serialize({ x: 1 })),
  explicit('an empty document', {}, new DocumentWriter().finish()),
  explicit('bytes that are no BSON', {}, Buffer.from('no BSON')),
  explicit('no bytes', {}, Buffer.alloc(0)),
  explicit('BSON that is cut', {}, text.subarray(0, -2)),

  createKey('no provider', {}),
  createKey('an unknown provider', { provider: 'vault' }),
  createKey('a provider that is not configured', { provider: 'aws:other' }),
  createKey('a provider that is a number', { provider: 1 }),
  createKey('an option of local', { provider: 'local', key: 'k' }),
  createKey('AWS without a region', { provider: 'aws', key: 'k' }),
  createKey('AWS without a key', { provider: 'aws', region: 'r' }),
  createKey('AWS with an unknown option', { provider: 'aws', region: 'r', key: 'k', more: 1 }),
  createKey('AWS with a number', { provider: 'aws', region: 1, key: 'k' }),
  createKey('Azure without a vault', { provider: 'azure', keyName: 'k' }),
  createKey('Azure without a key', { provider: 'azure', keyVaultEndpoint: 'v.example' }),
  createKey('GCP without a ring', { provider: 'gcp', projectId: 'p', location: 'l', keyName: 'k' }),
  createKey('an unknown option of KMIP', { provider: 'kmip', keyID: '1' }),
  createKey('`delegated` that is no bool', { provider: 'kmip', delegated: 'yes' }),
  createKey(
    'material of 95 bytes',
    { provider: 'local' },
    {
      keyMaterial: serialize({ keyMaterial: new Binary(Buffer.alloc(95)) }),
    },
  ),
  createKey(
    'material that is text',
    { provider: 'local' },
    {
      keyMaterial: serialize({ keyMaterial: 'x'.repeat(96) }),
    },
  ),
  createKey(
    'material under another field',
    { provider: 'local' },
    {
      keyMaterial: serialize({ material: new Binary(Buffer.alloc(96)) }),
    },
  ),
  createKey(
    'the same alt name twice',
    { provider: 'local' },
    {
      keyAltNames: [keyAltName('a'), keyAltName('a')],
    },
  ),
  createKey(
    'an alt name that is a number',
    { provider: 'local' },
    { keyAltNames: [keyAltName(1)] },
  ),

  ...ciphertexts.map(([title, message]) =>
    onEngine(`decrypt: ${title}`, (engine) =>
      converse(engine.makeExplicitDecryptionContext(message), world),
    ),
  ),
  ...ciphertexts.map(([title, message]) =>
    onEngine(`reply: ${title}`, (engine) =>
      converse(engine.makeDecryptionContext(serialize({ a: [parse(message)] })), world),
    ),
  ),
  onEngine('decrypt: a value that is no binary', (engine) =>
    converse(engine.makeExplicitDecryptionContext(serialize({ v: 1 })), world),
  ),
  onEngine('decrypt: binary of subtype 0', (engine) =>
    converse(engine.makeExplicitDecryptionContext(serialize({ v: new Binary(ciphertext) })), world),
  ),
  onEngine('decrypt: no `v`', (engine) =>
    converse(engine.makeExplicitDecryptionContext(serialize({})), world),
  ),
  onEngine('reply: bytes that are no BSON', (engine) =>
    converse(engine.makeDecryptionContext(Buffer.from('no BSON')), world),
  ),
  {
    title: 'decrypt: another master key',
    run: (side) => {
      const engine = engineOf(side, { kmsProviders: { local: { key: Buffer.alloc(96, 8) } } });
      return converse(engine.makeExplicitDecryptionContext(changed((bytes) => bytes)), world);
    },
  },
  onEngine(
    'decrypt: a key of a provider that is not configured',
    (engine) => converse(engine.makeExplicitDecryptionContext(changed((bytes) => bytes)), world),
    { kmsProviders: { 'local:other': { key: masterKey } } },
  ),

  ...['_id', 'keyMaterial', 'creationDate', 'updateDate', 'status', 'masterKey'].map((name) =>
    keyDocument(`no \`${name}\``, without(name)),
  ),
  keyDocument('an unknown field', (document) => ({ ...document, more: 1 })),
  keyDocument('a version of 1', (document) => ({ ...document, version: 1 })),
  keyDocument('an id that is no UUID', (document) => ({ ...document, _id: new ObjectId() })),
  keyDocument('a status that is text', (document) => ({ ...document, status: 'enabled' })),
  keyDocument('a date that is text', (document) => ({ ...document, creationDate: 'today' })),
  keyDocument('alt names that are numbers', (document) => ({ ...document, keyAltNames: [1] })),
  keyDocument('the same alt name twice', (document) => ({ ...document, keyAltNames: ['a', 'a'] })),
  keyDocument('a master key without a provider', (document) => ({ ...document, masterKey: {} })),
  keyDocument('a master key of an unknown provider', (document) => ({
    ...document,
    masterKey: { provider: 'vault' },
  })),
  keyDocument('material of one byte less', (document) => ({
    ...document,
    keyMaterial: new Binary(bytesOf(document['keyMaterial']).subarray(0, -1)),
  })),
  keyDocument('material of one block less', (document) => ({
    ...document,
    keyMaterial: new Binary(bytesOf(document['keyMaterial']).subarray(0, -16)),
  })),
  keyDocument('no material', (document) => ({
    ...document,
    keyMaterial: new Binary(Buffer.alloc(0)),
  })),
  keyDocument('material with a flipped bit', (document) => ({
    ...document,
    keyMaterial: new Binary(
      bytesOf(document['keyMaterial']).map((byte, index) => (index === 50 ? byte ^ 1 : byte)),
    ),
  })),
  onEngine('rewrap: a key document that is damaged', (engine) =>
    converse(engine.makeRewrapManyDataKeyContext(serialize({}), serialize({ provider: 'local' })), {
      keys: () => [serialize(without('masterKey')(parse(key.document)))],
    }),
  ),
  onEngine('rewrap: a provider that is not configured', (engine) =>
    converse(engine.makeRewrapManyDataKeyContext(serialize({}), serialize({ provider: 'aws' })), {
      keys: () => [key.document],
    }),
  ),
  onEngine('rewrap: no provider', (engine) =>
    converse(engine.makeRewrapManyDataKeyContext(serialize({}), serialize({ region: 'r' })), {
      keys: () => [key.document],
    }),
  ),
];
