// The official driver's ClientEncryption and its automatic decryption, over a socket. The encryption
// module is loaded as the driver loads it: this one from dist (npm run build:encryption), and in the
// project `integration-native` the official addon, of which all that stands here is true as well.
import {
  Binary,
  ClientEncryption,
  Decimal128,
  Double,
  Int32,
  Long,
  MongoClient,
  type MongoClientOptions,
  ObjectId,
  Timestamp,
  type Document,
} from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../testing/server.ts';

const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const masterKey = Buffer.alloc(96, 1);
const kmsProviders = { local: { key: masterKey } };
const database = uniqueName('csfle');
const keyVaultNamespace = `${database}.keyVault`;

/** A client that counts its finds on the key vault. */
async function connect(options: MongoClientOptions = {}) {
  const client = new MongoClient(testServerUri(), { ...options, monitorCommands: true });
  const finds: Document[] = [];
  client.on('commandStarted', (event) => {
    if (event.commandName === 'find' && event.command['find'] === 'keyVault') {
      finds.push(event.command['filter'] as Document);
    }
  });
  await client.connect();
  return { client, finds };
}

let plain: MongoClient;
let finds: Document[];
let encryption: ClientEncryption;

beforeAll(async () => {
  ({ client: plain, finds } = await connect());
  await plain
    .db(database)
    .collection('keyVault')
    .createIndex(
      { keyAltNames: 1 },
      { unique: true, partialFilterExpression: { keyAltNames: { $exists: true } } },
      {},
    );
  encryption = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
});

afterAll(async () => {
  await plain.db(database).dropDatabase();
  await plain.close();
});

describe('key management', () => {
  it('creates a data key with alt names and finds it by id and by name', async () => {
    const id = await encryption.createDataKey('local', { keyAltNames: ['one', 'uno'] });
    expect(id.sub_type).toBe(Binary.SUBTYPE_UUID);
    const byName = await encryption.getKeyByAltName('uno');
    expect(byName?._id.toString('hex')).toBe(id.toString('hex'));
    expect(byName?.masterKey).toEqual({ provider: 'local' });
    const stored = (await encryption.getKey(id))?.keyAltNames;
    expect(stored?.toSorted()).toEqual(['one', 'uno']);
    expect(await encryption.getKeyByAltName('none')).toBeNull();
  });

  it('refuses an alt name that another key has', async () => {
    await encryption.createDataKey('local', { keyAltNames: ['taken'] });
    await expect(encryption.createDataKey('local', { keyAltNames: ['taken'] })).rejects.toThrow(
      /duplicate key|E11000/i,
    );
  });

  it('uses the key material it is given: two keys of one material are interchangeable', async () => {
    const keyMaterial = Buffer.alloc(96, 3);
    const id = await encryption.createDataKey('local', { keyMaterial });
    const encrypted = await encryption.encrypt('x', { keyId: id, algorithm: random });
    await encryption.deleteKey(id);
    const again = await encryption.createDataKey('local', { keyMaterial });
    // The new key under the old id: only the material decides.
    const vault = plain.db(database).collection('keyVault');
    const document = await vault.findOne({ _id: again as unknown as ObjectId });
    await vault.deleteOne({ _id: again as unknown as ObjectId });
    await vault.insertOne({ ...document, _id: id as unknown as ObjectId });
    const fresh = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
    expect(await fresh.decrypt(encrypted)).toBe('x');
  });

  it('refuses key material that has not 96 bytes', async () => {
    await expect(
      encryption.createDataKey('local', { keyMaterial: Buffer.alloc(95) }),
    ).rejects.toThrow('keyMaterial should have length 96, but has length 95');
  });

  it('adds and removes alt names, returning the document before', async () => {
    const id = await encryption.createDataKey('local');
    const before = await encryption.addKeyAltName(id, 'added');
    expect(before?.keyAltNames).toBeUndefined();
    const added = await encryption.removeKeyAltName(id, 'added');
    expect(added?.keyAltNames).toEqual(['added']);
    expect(await encryption.getKey(id)).not.toHaveProperty('keyAltNames');
  });

  it('rewraps keys so that only the new key material opens them', async () => {
    const id = await encryption.createDataKey('local', { keyAltNames: ['rewrapped'] });
    const encrypted = await encryption.encrypt(7, { keyId: id, algorithm: random });
    const before = await encryption.getKey(id);
    const both = new ClientEncryption(plain, {
      keyVaultNamespace,
      kmsProviders: { ...kmsProviders, 'local:next': { key: Buffer.alloc(96, 2) } },
    });
    const result = await both.rewrapManyDataKey(
      { keyAltNames: 'rewrapped' },
      { provider: 'local:next' },
    );
    expect(result.bulkWriteResult?.modifiedCount).toBe(1);
    const after = await encryption.getKey(id);
    expect(after?.masterKey).toEqual({ provider: 'local:next' });
    expect(after?.keyMaterial).not.toEqual(before?.keyMaterial);
    expect(await both.decrypt(encrypted)).toBe(7);
    const old = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
    await expect(old.decrypt(encrypted)).rejects.toThrow(
      'KMS provider `local:next` is not configured',
    );
  });

  it('rewraps nothing when no key matches', async () => {
    expect(await encryption.rewrapManyDataKey({ keyAltNames: 'nobody' })).toEqual({});
  });

  it('lists and deletes keys', async () => {
    const id = await encryption.createDataKey('local');
    const ids = (await encryption.getKeys().toArray()).map((key) => key._id.toString('hex'));
    expect(ids).toContain(id.toString('hex'));
    expect((await encryption.deleteKey(id)).deletedCount).toBe(1);
    expect(await encryption.getKey(id)).toBeNull();
  });
});

describe('explicit encryption', () => {
  it.each<[string, unknown]>([
    ['a string', 'text'],
    ['an int', new Int32(1)],
    ['a long', Long.MAX_VALUE],
    ['a date', new Date(0)],
    ['an ObjectId', new ObjectId()],
    ['a regex', /^a/i],
    ['a timestamp', new Timestamp({ t: 1, i: 2 })],
    ['binary', new Binary(Buffer.from('x'), 4)],
  ])('is deterministic for %s, by id and by alt name', async (_, value) => {
    const id = await encryption.createDataKey('local', { keyAltNames: [uniqueName('det')] });
    const name = (await encryption.getKey(id))?.keyAltNames?.[0];
    const one = await encryption.encrypt(value, { keyId: id, algorithm: deterministic });
    const two = await encryption.encrypt(value, {
      ...(name === undefined ? {} : { keyAltName: name }),
      algorithm: deterministic,
    });
    expect(one.toString('hex')).toBe(two.toString('hex'));
    expect(one.sub_type).toBe(Binary.SUBTYPE_ENCRYPTED);
    expect(String(await encryption.decrypt(one))).toBe(String(value));
  });

  it.each<[string, unknown]>([
    ['an array', ['a', { b: 1 }]],
    ['a document', { a: { b: [1] } }],
    ['a double', 1.5],
    ['a decimal', Decimal128.fromString('1.10')],
    ['a bool', true],
  ])('takes %s with Random and refuses it with Deterministic', async (_, value) => {
    const keyId = await encryption.createDataKey('local');
    const encrypted = await encryption.encrypt(value, { keyId, algorithm: random });
    expect(await encryption.decrypt(encrypted)).toEqual(value);
    await expect(encryption.encrypt(value, { keyId, algorithm: deterministic })).rejects.toThrow(
      'BSON type invalid for deterministic encryption',
    );
  });

  it('refuses a key that is not there', async () => {
    const attempt = encryption.encrypt(1, { keyAltName: 'missing', algorithm: random });
    await expect(attempt).rejects.toThrow('not all keys requested were satisfied');
    await expect(attempt).rejects.toHaveProperty('name', 'MongoCryptError');
  });

  it('refuses a key that another local master key wraps', async () => {
    const keyId = await encryption.createDataKey('local');
    const wrong = new ClientEncryption(plain, {
      keyVaultNamespace,
      kmsProviders: { local: { key: Buffer.alloc(96, 9) } },
    });
    const attempt = wrong.encrypt(1, { keyId, algorithm: random });
    await expect(attempt).rejects.toThrow('HMAC validation failure');
  });

  it('asks the key vault once per key while keyExpirationMS lasts, and again after it', async () => {
    const keyId = await encryption.createDataKey('local');
    const options = { keyId, algorithm: random } as const;
    const count = async (keyExpirationMS: number, pause: number) => {
      const cached = new ClientEncryption(plain, {
        keyVaultNamespace,
        kmsProviders,
        keyExpirationMS,
      });
      const before = finds.length;
      await cached.encrypt(1, options);
      await new Promise((resolve) => setTimeout(resolve, pause));
      await cached.encrypt(1, options);
      return finds.length - before;
    };
    expect(await count(0, 20)).toBe(1);
    expect(await count(60_000, 0)).toBe(1);
    expect(await count(1, 20)).toBe(2);
  });
});

describe('bypassAutoEncryption', () => {
  it('decrypts replies anywhere, with one query for all keys, and encrypts nothing', async () => {
    const [one, two] = await Promise.all([
      encryption.createDataKey('local'),
      encryption.createDataKey('local'),
    ]);
    const secret = await encryption.encrypt('s', { keyId: one, algorithm: random });
    const records = await encryption.encrypt([{ w: 71.5 }], { keyId: two, algorithm: random });
    const { client, finds: seen } = await connect({
      autoEncryption: { keyVaultNamespace, kmsProviders, bypassAutoEncryption: true },
    });
    try {
      const collection = client.db(database).collection('patients');
      await collection.insertOne({ name: 'Jon', secret, deep: [{ records }], plain: 's' });
      seen.length = 0;
      const found = await collection.findOne({ name: 'Jon' }, { projection: { _id: 0 } });
      expect(found).toEqual({
        name: 'Jon',
        secret: 's',
        deep: [{ records: [{ w: 71.5 }] }],
        plain: 's',
      });
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({ $or: [{ _id: {} }, { keyAltNames: { $in: [] } }] });
      const raw = await plain.db(database).collection('patients').findOne({ name: 'Jon' });
      expect((raw?.['secret'] as Binary).sub_type).toBe(6);
      expect(raw?.['plain']).toBe('s');
    } finally {
      await client.close();
    }
  });

  it('fails to read a document whose key was deleted', async () => {
    const keyId = await encryption.createDataKey('local');
    const secret = await encryption.encrypt('gone', { keyId, algorithm: random });
    await plain.db(database).collection('patients').insertOne({ name: 'Erased', secret });
    await encryption.deleteKey(keyId);
    const { client } = await connect({
      autoEncryption: { keyVaultNamespace, kmsProviders, bypassAutoEncryption: true },
    });
    try {
      const patients = client.db(database).collection('patients');
      await expect(patients.findOne({ name: 'Erased' })).rejects.toThrow(
        'not all keys requested were satisfied',
      );
    } finally {
      await client.close();
    }
  });

  it('keeps a double that is whole a double', async () => {
    const keyId = await encryption.createDataKey('local');
    const encrypted = await encryption.encrypt(new Double(2), { keyId, algorithm: random });
    await plain.db(database).collection('patients').insertOne({ name: 'Two', encrypted });
    const { client } = await connect({
      autoEncryption: { keyVaultNamespace, kmsProviders, bypassAutoEncryption: true },
    });
    try {
      const patients = client.db(database).collection('patients');
      const found = await patients.findOne({ name: 'Two' }, { promoteValues: false });
      expect((found?.['encrypted'] as Double)._bsontype).toBe('Double');
    } finally {
      await client.close();
    }
  });
});

describe('bypassQueryAnalysis', () => {
  it('encrypts nothing by itself, passes ciphertext through and decrypts', async () => {
    const keyId = await encryption.createDataKey('local');
    const { client } = await connect({
      autoEncryption: { keyVaultNamespace, kmsProviders, bypassQueryAnalysis: true },
    });
    try {
      const secret = await encryption.encrypt('s', { keyId, algorithm: deterministic });
      const patients = client.db(database).collection('patients');
      await patients.insertOne({ name: 'Explicit', secret, plain: 's' });
      await patients.updateOne({ secret }, { $set: { also: secret } });
      const found = await patients.find({ secret }, { projection: { _id: 0 } }).toArray();
      expect(found).toEqual([{ name: 'Explicit', secret: 's', plain: 's', also: 's' }]);
      const raw = await plain.db(database).collection('patients').findOne({ name: 'Explicit' });
      expect((raw?.['also'] as Binary).toString('hex')).toBe(secret.toString('hex'));
      expect(raw?.['plain']).toBe('s');
    } finally {
      await client.close();
    }
  });

  it('refuses a command that automatic encryption does not support', async () => {
    const { client } = await connect({
      autoEncryption: { keyVaultNamespace, kmsProviders, bypassQueryAnalysis: true },
    });
    try {
      await expect(client.db(database).command({ mapReduce: 'patients' })).rejects.toThrow(
        'command not supported for auto encryption: mapReduce',
      );
    } finally {
      await client.close();
    }
  });
});
