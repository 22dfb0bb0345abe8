// What the driver does around this module (csfle.md B.2): seen from its events and errors, so that a
// change of the driver or of the surface shows here. Behaviour of the module itself has other files.
import {
  Binary,
  ClientEncryption,
  type Collection,
  type CommandStartedEvent,
  type Document,
  Int32,
  Long,
  MongoClient,
  type MongoClientOptions,
  MongoCryptError,
  type UUID,
} from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../testing/server.ts';

const database = uniqueName('driver');
const keyVaultNamespace = `${database}.keys`;
const kmsProviders = { local: { key: Buffer.alloc(96, 5) } };
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const namespace = `${database}.patients`;
const clients: MongoClient[] = [];
let sent: CommandStartedEvent[] = [];
let replies: Document[] = [];
let plain: MongoClient;
let keyId: UUID;
let schema: Document;

async function connect(options: MongoClientOptions = {}): Promise<MongoClient> {
  const client = new MongoClient(testServerUri(), { ...options, monitorCommands: true });
  client.on('commandStarted', (event) => sent.push(event));
  client.on('commandSucceeded', ({ reply }) => replies.push(reply as Document));
  clients.push(client);
  return client.connect();
}

const encrypting = (autoEncryption: MongoClientOptions['autoEncryption'] = {}) =>
  connect({
    autoEncryption: {
      keyVaultNamespace,
      kmsProviders,
      schemaMap: { [namespace]: schema },
      ...autoEncryption,
    },
  });
const patientsOf = (client: MongoClient): Collection => client.db(database).collection('patients');
const named = (name: string) => sent.filter(({ commandName }) => commandName === name);

beforeAll(async () => {
  plain = await connect();
  keyId = await new ClientEncryption(plain, { keyVaultNamespace, kmsProviders }).createDataKey(
    'local',
  );
  const field = (bsonType: string) => ({ encrypt: { bsonType, algorithm, keyId: [keyId] } });
  schema = { bsonType: 'object', properties: { ssn: field('int'), note: field('string') } };
});

beforeEach(async () => {
  await patientsOf(plain).deleteMany({});
  sent = [];
  replies = [];
});

afterAll(async () => {
  await plain.db(database).dropDatabase();
  await Promise.all(clients.map((client) => client.close()));
});

const isCiphertext = (value: unknown) => value instanceof Binary && value.sub_type === 6;

describe('events', () => {
  it('show ciphertext in commands and in replies, and every query of the key vault', async () => {
    const patients = patientsOf(await encrypting());
    await patients.insertOne({ ssn: 1 });
    expect(await patients.findOne({ ssn: 1 })).toMatchObject({ ssn: 1 });
    const [insert] = named('insert');
    expect((insert?.command['documents'] as Document[])[0]?.['ssn']).toSatisfy(isCiphertext);
    const found = replies
      .map(({ cursor }) => cursor as Document | undefined)
      .find((cursor) => cursor?.['ns'] === namespace);
    expect((found?.['firstBatch'] as Document[])[0]?.['ssn']).toSatisfy(isCiphertext);
    const queries = named('find').filter(({ command }) => command['find'] === 'keys');
    expect(queries).toHaveLength(1);
    expect(queries[0]?.command).toMatchObject({ readConcern: { level: 'majority' } });
  });

  it('show that the schema never leaves: neither its own command nor a field of another', async () => {
    const patients = patientsOf(await encrypting());
    await patients.insertOne({ ssn: 1 });
    await patients.find({ ssn: 1 }).toArray();
    expect(named('listCollections')).toEqual([]);
    const names = JSON.stringify(sent.map(({ command }) => command));
    for (const word of ['jsonSchema', 'isRemoteSchema', 'csfleEncryptionSchemas', 'encrypt"']) {
      expect(names).not.toContain(word);
    }
  });

  it('show data keys that are written with the majority', async () => {
    const encryption = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
    const id = await encryption.createDataKey('local');
    expect(named('insert')[0]?.command).toMatchObject({ writeConcern: { w: 'majority' } });
    await encryption.rewrapManyDataKey({ _id: id });
    expect(named('update')[0]?.command).toMatchObject({ writeConcern: { w: 'majority' } });
  });
});

describe('options of the driver', () => {
  it('keyVaultNamespace is admin.datakeys where none is given', async () => {
    const patients = patientsOf(await encrypting({ keyVaultNamespace: '' }));
    await expect(patients.insertOne({ ssn: 1 })).rejects.toThrow(
      `no data key with id ${keyId.toString()} for \`documents.0.ssn\` of insert on \`${namespace}\`; looked in the collection that \`keyVaultNamespace\` names (by default \`admin.datakeys\`)`,
    );
    expect(named('find')[0]).toMatchObject({
      databaseName: 'admin',
      command: { find: 'datakeys' },
    });
    expect(named('insert')).toEqual([]);
  });

  it('bypassAutoEncryption encrypts nothing, asks for no schema, and decrypts', async () => {
    await patientsOf(await encrypting()).insertOne({ ssn: 1 });
    const bypassing = patientsOf(await encrypting({ bypassAutoEncryption: true, schemaMap: {} }));
    sent = [];
    expect(await bypassing.findOne({})).toMatchObject({ ssn: 1 });
    await bypassing.insertOne({ ssn: 2 });
    expect(named('listCollections')).toEqual([]);
    expect(await patientsOf(plain).findOne({ ssn: 2 })).not.toBeNull();
  });

  it('schemaMap may be BSON, and fields that it does not name stay as they are', async () => {
    const { BSON } = await import('mongodb');
    const schemaMap = BSON.serialize({ [namespace]: schema });
    const client = await encrypting({ schemaMap: schemaMap as unknown as Document });
    await patientsOf(client).insertOne({ ssn: 1, other: 5 });
    const raw = await patientsOf(plain).findOne({ other: 5 });
    expect(raw?.['ssn']).toSatisfy(isCiphertext);
  });

  it('a proxy and a connection callback exclude each other', () => {
    const autoEncryption = {
      kmsProviders,
      proxyOptions: { proxyHost: '127.0.0.1' },
      kmsConnectCallback: () => Promise.reject(new Error('never called')),
    };
    expect(() => new MongoClient(testServerUri(), { autoEncryption })).toThrow(
      'Cannot set both proxyOptions and kmsConnectCallback',
    );
  });
});

const aws = { region: 'eu-west-1', key: 'arn', endpoint: 'kms.test:4430' };

describe('a KMS', () => {
  const attempt = (options: Document) =>
    new ClientEncryption(plain, {
      keyVaultNamespace,
      kmsProviders: { aws: { accessKeyId: 'a', secretAccessKey: 's' } },
      ...options,
    }).createDataKey('aws', { masterKey: aws });

  it.each([
    ['tlsInsecure', true],
    ['tlsAllowInvalidCertificates', true],
    ['tlsAllowInvalidHostnames', true],
  ])('cannot be trusted blindly: %s', async (option, value) => {
    await expect(attempt({ tlsOptions: { aws: { [option]: value } } })).rejects.toThrow(
      'Insecure TLS options prohibited',
    );
  });

  it('is reached by the callback, at the endpoint that the module states', async () => {
    const asked: unknown[] = [];
    const kmsConnectCallback = ({ host, port }: { host: string; port: number }) => {
      asked.push([host, port]);
      return Promise.reject(new Error('no way there'));
    };
    await expect(attempt({ kmsConnectCallback })).rejects.toThrow('KMS request failed');
    expect(asked).toEqual([['kms.test', 4430]]);
  });

  it('is given credentials on demand by the driver, never for a named provider', async () => {
    const kmsConnectCallback = () => Promise.reject(new Error('no way there'));
    // The driver asks for them (state 7), and sends what it was given.
    let asked = 0;
    const credentialProviders = {
      aws: () => {
        asked += 1;
        return Promise.resolve({ accessKeyId: 'AKIDTEST', secretAccessKey: 'made-up secret' });
      },
    };
    const onDemand = { kmsProviders: { aws: {} }, credentialProviders, kmsConnectCallback };
    await expect(attempt(onDemand)).rejects.toThrow('KMS request failed');
    expect(asked).toBe(1);
    await expect(attempt({ kmsConnectCallback })).rejects.toThrow('KMS request failed');
    expect(asked).toBe(1);
    await expect(async () => attempt({ credentialProviders })).rejects.toThrow(
      'Can only provide a custom AWS credential provider',
    );
    await expect(async () => attempt({ kmsProviders: { 'aws:eu': {} } })).rejects.toThrow(
      "Unexpected empty document for named KMS provider: 'aws:eu'",
    );
  });
});

describe('errors', () => {
  it('are the driver’s, with the module’s as cause where they come at once', async () => {
    const patients = patientsOf(await encrypting());
    const refusal = await patients.findOne({ ssn: { $gt: 1 } }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(MongoCryptError);
    expect(refusal).toMatchObject({ cause: { name: 'AnalysisError', code: 'query' } });
    const encryption = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
    const missing = await encryption
      .encrypt(1, { algorithm, keyAltName: 'nobody' })
      .catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(MongoCryptError);
    const both = encryption.encrypt(1, { algorithm, keyAltName: 'a', keyId });
    await expect(both).rejects.toThrow('cannot contain both');
    await expect(encryption.encrypt(1, { algorithm })).rejects.toThrow(
      'either key id or key alt name required',
    );
    const rewrap = { masterKey: {} } as unknown as { provider: 'local' };
    await expect(encryption.rewrapManyDataKey({}, rewrap)).rejects.toThrow('provider');
  });

  it('of Queryable Encryption say that it is not supported', async () => {
    const encryption = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
    const indexed = { algorithm: 'Indexed', keyId, contentionFactor: 0 } as const;
    const unsupported = 'Queryable Encryption is not supported';
    await expect(encryption.encrypt(1, indexed)).rejects.toThrow(unsupported);
    const autoEncryption = { kmsProviders, encryptedFieldsMap: { [namespace]: { fields: [] } } };
    expect(() => new MongoClient(testServerUri(), { autoEncryption })).toThrow(unsupported);
  });
});

describe('what the driver does to commands and results', () => {
  it('splits an encrypted batch at two MiB, and only an encrypted one', async () => {
    const large = () => ({ text: 'x'.repeat(1_100_000) });
    await patientsOf(await encrypting()).insertMany([large(), large()]);
    expect(named('insert')).toHaveLength(2);
    sent = [];
    await patientsOf(plain).insertMany([large(), large()]);
    expect(named('insert')).toHaveLength(1);
  });

  it('keeps the order of sort and index keys that look like numbers', async () => {
    const patients = patientsOf(await encrypting());
    const order: [string, 1 | -1][] = [
      ['2', 1],
      ['1', -1],
    ];
    await patients.find({ ssn: 1 }).sort(order).toArray();
    const find = named('find').find(({ command }) => command['find'] === 'patients');
    expect([...(find?.command['sort'] as Map<string, number>).entries()]).toEqual(order);
    await patients.createIndex(new Map(order));
    const [index] = named('createIndexes')[0]?.command['indexes'] as { key: Map<string, number> }[];
    expect([...(index?.key.entries() ?? [])]).toEqual(order);
  });

  it('keeps the types of numbers around what is encrypted', async () => {
    const patients = patientsOf(await encrypting());
    const numbers = { int: new Int32(1), long: Long.fromNumber(1) };
    await patients.insertOne({ ssn: 1, note: 'x', ...numbers });
    const raw = await patientsOf(plain).findOne({}, { promoteValues: false, promoteLongs: false });
    expect(raw).toMatchObject(numbers);
  });

  it('names the decrypted fields of a result where it is asked to', async () => {
    const client = await encrypting();
    const { autoEncrypter } = client.options as unknown as { autoEncrypter: object };
    Object.assign(autoEncrypter, { [Symbol.for('@@mdb.decorateDecryptionResult')]: true });
    await patientsOf(client).insertOne({ ssn: 1, note: 'x', other: 1 });
    const found = await patientsOf(client).findOne({});
    expect(Reflect.get(found ?? {}, Symbol.for('@@mdb.decryptedKeys'))).toEqual(['ssn', 'note']);
  });

  it('refuses a bulk write over a whole client, as it does with every package', async () => {
    const client = await encrypting();
    const models = [{ name: 'insertOne', namespace, document: { ssn: 1 } }] as const;
    await expect(client.bulkWrite(models)).rejects.toThrow(
      'MongoClient bulkWrite does not currently support automatic encryption.',
    );
    expect(sent).toEqual([]);
  });
});
