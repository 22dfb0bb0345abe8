// The official driver's automatic encryption on this module, over a socket: what is stored, what is
// sent, what comes back, and what is refused. The module is loaded from dist, as the driver does it.
import {
  Binary,
  ClientEncryption,
  type Collection,
  type Document,
  Int32,
  MongoClient,
  type MongoClientOptions,
  type UUID,
} from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../testing/server.ts';

const database = uniqueName('autofle');
const keyVaultNamespace = `${database}.keyVault`;
const kmsProviders = { local: { key: Buffer.alloc(96, 1) } };
const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

const schemaWith = (keyId: UUID) => ({
  bsonType: 'object',
  encryptMetadata: { keyId: [keyId] },
  properties: {
    ssn: { encrypt: { bsonType: 'int', algorithm: deterministic } },
    bloodType: { encrypt: { bsonType: 'string', algorithm: random, keyId: '/keyName' } },
    medicalRecords: { encrypt: { bsonType: 'array', algorithm: random, keyId: '/keyName' } },
    insurance: {
      bsonType: 'object',
      properties: { policyNumber: { encrypt: { bsonType: 'int', algorithm: deterministic } } },
    },
  },
});

const ssn = 901_020_003;
const bloodType = 'unmistakable blood type';
const note = 'unmistakable note';
const jon = () => ({
  name: 'Jon Doe',
  keyName: 'patient-1',
  ssn,
  bloodType,
  medicalRecords: [{ weight: 71.5, note }],
  insurance: { provider: 'MaestCare', policyNumber: 123_142 },
});

const clients: MongoClient[] = [];
let plain: Collection;
let doctor: Collection;
let sent: Document[] = [];
let sharedKeyId: UUID;

/** A client whose started commands, as they go to the server, are recorded in `sent`. */
async function connect(options: MongoClientOptions = {}): Promise<MongoClient> {
  const client = new MongoClient(testServerUri(), { ...options, monitorCommands: true });
  client.on('commandStarted', ({ command }) => sent.push(command));
  clients.push(client);
  return client.connect();
}

beforeAll(async () => {
  const plainClient = await connect();
  plain = plainClient.db(database).collection('patients');
  const encryption = new ClientEncryption(plainClient, { keyVaultNamespace, kmsProviders });
  const keyId = await encryption.createDataKey('local', { keyAltNames: ['shared'] });
  await encryption.createDataKey('local', { keyAltNames: ['patient-1'] });
  sharedKeyId = keyId;
  const schemaMap = { [`${database}.patients`]: schemaWith(keyId) };
  const client = await connect({ autoEncryption: { keyVaultNamespace, kmsProviders, schemaMap } });
  doctor = client.db(database).collection('patients');
});

beforeEach(async () => {
  await plain.deleteMany({});
  await doctor.insertOne(jon());
  sent = [];
});

afterAll(async () => {
  await plain.drop();
  await clients[0]?.db(database).dropDatabase();
  await Promise.all(clients.map((client) => client.close()));
});

const isCiphertext = (value: unknown) => value instanceof Binary && value.sub_type === 6;

async function expectRawCiphertext(filter: Document = { name: 'Jon Doe' }): Promise<void> {
  const raw = await plain.findOne(filter);
  const insurance = raw?.['insurance'] as Document;
  for (const value of [
    raw?.['ssn'],
    raw?.['bloodType'],
    raw?.['medicalRecords'],
    insurance['policyNumber'],
  ]) {
    expect(value).toSatisfy(isCiphertext);
  }
  expect(insurance['provider']).toBe('MaestCare');
}

describe('automatic encryption', () => {
  it('stores ciphertext and reads plaintext, as in the guide’s example', async () => {
    await expectRawCiphertext();
    const { _id: id, ...found } = (await doctor.findOne({ ssn })) ?? {};
    expect(id).toBeDefined();
    expect(found).toEqual(jon());
  });

  it('finds nothing by SSN through a client without keys', async () => {
    expect(await plain.findOne({ ssn })).toBeNull();
    expect(await doctor.findOne({ ssn: 901_020_004 })).toBeNull();
  });

  it('sends no plaintext of an encrypted field, in any command', async () => {
    await doctor.insertOne({ ...jon(), name: 'Jane' });
    await doctor.findOne({ ssn });
    await doctor.updateOne({ ssn, keyName: 'patient-1' }, { $set: { bloodType } });
    await doctor.deleteOne({ ssn });
    const all = JSON.stringify(sent);
    expect(all).not.toContain(String(ssn));
    expect(all).not.toContain(bloodType);
    expect(all).not.toContain(note);
    expect(sent.length).toBeGreaterThan(3);
  });

  it('keeps every kind of update encrypted', async () => {
    await doctor.updateOne({ ssn }, { $set: { ssn: new Int32(ssn), 'insurance.policyNumber': 5 } });
    await expectRawCiphertext();
    const records = [{ weight: 1 }, { weight: 2 }];
    await doctor.updateOne({ ssn, keyName: 'patient-1' }, { $set: { medicalRecords: records } });
    await expectRawCiphertext();
    const after = await doctor.findOneAndUpdate(
      { 'insurance.policyNumber': 5, keyName: 'patient-1' },
      { $set: { bloodType: 'B+' } },
      { returnDocument: 'after' },
    );
    expect(after).toMatchObject({ bloodType: 'B+', medicalRecords: records, ssn });
    await expectRawCiphertext();
  });

  it('counts, lists distinct values, aggregates and deletes by ciphertext', async () => {
    await doctor.insertOne({ ...jon(), ssn: 901_020_005 });
    expect(await doctor.countDocuments({ ssn: { $in: [ssn, 1] } })).toBe(1);
    expect((await doctor.distinct('ssn')).sort()).toEqual([ssn, 901_020_005]);
    const found = await doctor.aggregate([{ $match: { ssn } }]).toArray();
    expect(found).toMatchObject([{ bloodType }]);
    expect((await doctor.deleteMany({ ssn })).deletedCount).toBe(1);
    expect(await plain.countDocuments()).toBe(1);
  });

  it('decrypts across getMore', async () => {
    await doctor.insertMany(Array.from({ length: 20 }, (_, index) => ({ ...jon(), ssn: index })));
    const all = await doctor.find({}, { batchSize: 3 }).toArray();
    expect(all.map((patient) => patient['bloodType'] as string)).toEqual(
      Array.from({ length: 21 }, () => bloodType),
    );
  });

  it('writes and reads in bulk', async () => {
    await doctor.bulkWrite([
      { insertOne: { document: { ...jon(), ssn: 901_020_006 } } },
      { updateOne: { filter: { ssn }, update: { $set: { 'insurance.policyNumber': 9 } } } },
    ]);
    expect(await doctor.countDocuments({ 'insurance.policyNumber': 9 })).toBe(1);
    await expectRawCiphertext({ name: 'Jon Doe' });
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a query on a random field',
      () => doctor.findOne({ bloodType }),
      'Cannot query on fields encrypted with the randomized encryption',
    ],
    [
      'a range query',
      () => doctor.find({ ssn: { $gt: 1 } }).toArray(),
      'Invalid match expression operator on encrypted field',
    ],
    [
      'a value of another type',
      () => doctor.insertOne({ ...jon(), ssn: 'text' }),
      'Cannot encrypt element of type',
    ],
    [
      '$push to an encrypted array',
      () => doctor.updateOne({ ssn }, { $push: { medicalRecords: 1 } } as Document),
      '$push not allowed on encrypted values',
    ],
    [
      'an unknown command',
      () => doctor.db.command({ mapReduce: 'patients' }),
      'command not supported for auto encryption',
    ],
    [
      'a data key that is not there',
      () => doctor.insertOne({ ...jon(), keyName: 'nobody' }),
      'not all keys requested were satisfied: no data key with alt name `nobody`',
    ],
  ])('refuses %s and sends nothing', async (_, attempt, message) => {
    await expect(attempt()).rejects.toThrow(message);
    expect(sent.filter((command) => command['find'] !== 'keyVault')).toEqual([]);
  });

  it('starts no process', () => {
    expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap');
  });
});

describe('bypassQueryAnalysis', () => {
  it('encrypts nothing by itself, passes ciphertext through and decrypts', async () => {
    const client = await connect({
      autoEncryption: { keyVaultNamespace, kmsProviders, bypassQueryAnalysis: true },
    });
    const encryption = new ClientEncryption(client, { keyVaultNamespace, kmsProviders });
    const secret = await encryption.encrypt('s', { keyAltName: 'shared', algorithm: random });
    const collection = client.db(database).collection('patients');
    await collection.insertOne({ name: 'Explicit', secret });
    expect(await collection.findOne({ name: 'Explicit' })).toMatchObject({ secret: 's' });
    expect((await plain.findOne({ name: 'Explicit' }))?.['secret']).toSatisfy(isCiphertext);
  });
});

describe('the schema of the server', () => {
  it('is used when schemaMap has none', async () => {
    const name = 'remote';
    // FerretDB refuses a JSON pointer as `keyId` in a validator, so only a key id is used here.
    const encrypt = { algorithm: deterministic, bsonType: 'int', keyId: [sharedKeyId] };
    const properties = { ssn: { encrypt } };
    const validator = { $jsonSchema: { bsonType: 'object', properties } };
    await plain.db.createCollection(name, { validator });
    // FerretDB ignores the validator of `create` and takes that of `collMod`; MongoDB takes both.
    await plain.db.command({ collMod: name, validator });
    const client = await connect({ autoEncryption: { keyVaultNamespace, kmsProviders } });
    const patients = client.db(database).collection(name);
    await patients.insertOne({ name: 'Remote', ssn });
    expect((await plain.db.collection(name).findOne({}))?.['ssn']).toSatisfy(isCiphertext);
    expect(await patients.findOne({ ssn })).toMatchObject({ name: 'Remote', ssn });
    expect(sent.filter((command) => 'listCollections' in command)).toHaveLength(1);
  });
});
