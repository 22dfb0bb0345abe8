// Aggregation through the official driver over collections with different schemas and keys: answers come
// back decrypted and right, and no value of an encrypted field is sent in clear.
import {
  ClientEncryption,
  type Db,
  type Document,
  type Filter,
  MongoClient,
  type MongoClientOptions,
  type UUID,
} from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerUri, uniqueName } from '../testing/server.ts';

const database = uniqueName('aggregation');
const keyVaultNamespace = `${database}.keyVault`;
const kmsProviders = { local: { key: Buffer.alloc(96, 2) } };
const algorithm = (name: string) => `AEAD_AES_256_CBC_HMAC_SHA_512-${name}`;

const det = (bsonType: string, keyId: UUID) => ({
  encrypt: { bsonType, algorithm: algorithm('Deterministic'), keyId: [keyId] },
});
const rnd = (bsonType: string, keyId: UUID) => ({
  encrypt: { bsonType, algorithm: algorithm('Random'), keyId: [keyId] },
});

/** Both have a `name` of their own key; `ssn` and `patient` share key and type. */
const schemas = (first: UUID, second: UUID) => ({
  patients: {
    bsonType: 'object',
    properties: {
      ssn: det('int', first),
      name: det('string', first),
      blood: rnd('string', first),
      insurance: { bsonType: 'object', properties: { policy: det('string', first) } },
    },
  },
  visits: {
    bsonType: 'object',
    properties: {
      patient: det('int', first),
      name: det('string', second),
      note: rnd('string', second),
    },
  },
});

const ann = { _id: 1, ssn: 901_010_001, name: 'secret Ann', blood: 'secret A', ward: 'north' };
const bob = { _id: 2, ssn: 902_020_002, name: 'secret Bob', blood: 'secret B', ward: 'south' };
const eve = { _id: 3, ssn: 903_030_003, name: 'secret Ann', ward: 'south' };
const patients: (Document & { ssn: number })[] = [
  { ...ann, insurance: { policy: 'secret P1', plan: 'basic' } },
  { ...bob, insurance: { policy: 'secret P2', plan: 'full' } },
  eve,
];
const visits: Document[] = [
  { _id: 11, patient: ann.ssn, name: 'secret Dr Dee', note: 'secret cough', room: 4 },
  { _id: 12, patient: ann.ssn, name: 'secret Dr Fox', note: 'secret fever', room: 5 },
  { _id: 13, patient: bob.ssn, name: 'secret Dr Dee', room: 4 },
];
const rooms: Document[] = [
  { _id: 4, name: 'green' },
  { _id: 5, name: 'blue' },
];

const clients: MongoClient[] = [];
let sent: Document[] = [];
let doctor: Db;
let plain: Db;

async function connect(options: MongoClientOptions = {}): Promise<MongoClient> {
  const client = new MongoClient(testServerUri(), { ...options, monitorCommands: true });
  client.on('commandStarted', ({ command }) => sent.push(command));
  clients.push(client);
  return client.connect();
}

beforeAll(async () => {
  const client = await connect();
  plain = client.db(database);
  const encryption = new ClientEncryption(client, { keyVaultNamespace, kmsProviders });
  const [first, second] = [
    await encryption.createDataKey('local'),
    await encryption.createDataKey('local'),
  ];
  const schemaMap = Object.fromEntries(
    Object.entries(schemas(first, second)).map(([name, schema]) => [`${database}.${name}`, schema]),
  );
  const encrypted = await connect({
    autoEncryption: { keyVaultNamespace, kmsProviders, schemaMap },
  });
  doctor = encrypted.db(database);
  await doctor.collection('patients').insertMany(patients);
  await doctor.collection('visits').insertMany(visits);
  await doctor.collection('rooms').insertMany(rooms);
});

beforeEach(() => {
  sent = [];
});

afterAll(async () => {
  await plain.dropDatabase();
  await Promise.all(clients.map((client) => client.close()));
});

const aggregate = (from: string, pipeline: Document[]) =>
  doctor.collection(from).aggregate(pipeline).toArray();

/** What was sent since the test began, each number of an encrypted field spelt as itself. */
function requireNothingInClear(): void {
  const text = sent.map((command) => JSON.stringify(command)).join('\n');
  expect(sent.map((command) => Object.keys(command)[0])).toContain('aggregate');
  for (const secret of ['secret ', ...patients.map(({ ssn }) => String(ssn))]) {
    expect(text).not.toContain(secret);
  }
}

describe('one collection', () => {
  it('is stored as ciphertext, with a key per collection', async () => {
    const [patient, visit] = [
      await plain.collection('patients').findOne({}),
      await plain.collection('visits').findOne({}),
    ];
    expect(patient).toMatchObject({
      name: { sub_type: 6 },
      blood: { sub_type: 6 },
      insurance: { policy: { sub_type: 6 }, plan: 'basic' },
    });
    expect(visit).toMatchObject({ name: { sub_type: 6 }, note: { sub_type: 6 }, room: 4 });
    const keyIn = (value: { buffer: Uint8Array }) => Buffer.from(value.buffer.subarray(1, 17));
    expect(keyIn(patient?.['name'] as never)).not.toEqual(keyIn(visit?.['name'] as never));
  });

  it('can be grouped by a Deterministic field', async () => {
    const found = await aggregate('patients', [
      { $group: { _id: '$name', n: { $sum: 1 }, first: { $push: '$ssn' } } },
      { $match: { _id: 'secret Ann' } },
    ]);
    expect(found).toEqual([{ _id: 'secret Ann', n: 2, first: [ann.ssn, eve.ssn] }]);
    requireNothingInClear();
  });

  it('can be matched by the new name of a field, and no more by the old name', async () => {
    const found = await aggregate('patients', [
      { $project: { number: '$ssn', policy: '$insurance.policy', ssn: { $literal: 7 } } },
      { $match: { number: bob.ssn, policy: 'secret P2', ssn: 7 } },
    ]);
    expect(found).toEqual([{ _id: 2, number: bob.ssn, policy: 'secret P2', ssn: 7 }]);
    requireNothingInClear();
  });

  it('can be asked with $expr, and with a computed projection', async () => {
    const either = { $in: ['$name', ['secret Bob', 'secret Cid']] };
    const bobs = doctor.collection('patients').find({ $expr: either } as Filter<Document>);
    const isAnn = { _id: 1, ann: { $eq: ['secret Ann', '$name'] } };
    expect(await bobs.project(isAnn).toArray()).toEqual([{ _id: 2, ann: false }]);
    expect(JSON.stringify(sent)).not.toContain('secret');
  });

  it('can be asked several things at once', async () => {
    const found = await aggregate('patients', [
      {
        $facet: {
          bobs: [{ $match: { name: 'secret Bob' } }, { $project: { blood: 1 } }],
          wards: [{ $sortByCount: '$ward' }],
        },
      },
    ]);
    const wards = [
      { _id: 'south', count: 2 },
      { _id: 'north', count: 1 },
    ];
    expect(found).toEqual([{ bobs: [{ _id: 2, blood: 'secret B' }], wards }]);
    requireNothingInClear();
  });
});

describe('several collections', () => {
  it('can be joined by fields that share key and type, and matched behind $unwind', async () => {
    const found = await aggregate('patients', [
      { $match: { ssn: ann.ssn } },
      { $lookup: { from: 'visits', localField: 'ssn', foreignField: 'patient', as: 'visit' } },
      { $unwind: '$visit' },
      { $match: { 'visit.name': 'secret Dr Fox' } },
      { $project: { name: 1, visit: { note: 1, name: 1 } } },
    ]);
    const visit = { name: 'secret Dr Fox', note: 'secret fever' };
    expect(found).toEqual([{ _id: 1, name: 'secret Ann', visit }]);
    requireNothingInClear();
  });

  it('are matched in a joined pipeline by their own schema and key', async () => {
    const pipeline = [
      { $match: { name: 'secret Dr Dee', $expr: { $eq: ['$room', '$$room'] } } },
      { $sort: { _id: 1 } },
    ];
    const found = await aggregate('rooms', [
      { $lookup: { from: 'visits', let: { room: '$_id' }, pipeline, as: 'visits' } },
      { $match: { visits: { $ne: [] } } },
    ]);
    expect(found).toEqual([{ _id: 4, name: 'green', visits: [visits[0], visits[2]] }]);
    requireNothingInClear();
  });

  it('can follow each other, each matched by its own schema', async () => {
    const found = await aggregate('patients', [
      { $match: { name: 'secret Bob' } },
      { $project: { name: 1 } },
      { $unionWith: { coll: 'visits', pipeline: [{ $match: { name: 'secret Dr Fox' } }] } },
      { $project: { name: 1 } },
    ]);
    expect(found).toEqual([
      { _id: 2, name: 'secret Bob' },
      { _id: 12, name: 'secret Dr Fox' },
    ]);
    requireNothingInClear();
  });

  it('can be walked as a graph', async () => {
    const found = await aggregate('patients', [
      { $match: { _id: 1 } },
      {
        $graphLookup: {
          from: 'visits',
          startWith: '$ssn',
          connectFromField: 'patient',
          connectToField: 'patient',
          restrictSearchWithMatch: { name: 'secret Dr Dee' },
          as: 'visits',
        },
      },
      { $project: { 'visits.note': 1 } },
    ]);
    expect(found).toEqual([{ _id: 1, visits: [{ note: 'secret cough' }] }]);
    requireNothingInClear();
  });

  it.each<[string, Document[], string]>([
    [
      'a join by fields with different keys',
      [{ $lookup: { from: 'visits', localField: 'name', foreignField: 'name', as: 'x' } }],
      '$lookup cannot join by these fields',
    ],
    [
      'a match on a field with two keys',
      [{ $unionWith: 'visits' }, { $match: { name: 'secret Bob' } }],
      'the collections that were combined do not agree on its encryption',
    ],
    [
      'a copy of what was joined',
      [{ $lookup: { from: 'visits', pipeline: [], as: 'x' } }, { $out: 'copy' }],
      'Aggregation stage not supported for auto encryption: $out',
    ],
  ])('refuse %s, and no data is sent', async (_name, pipeline, message) => {
    await expect(aggregate('patients', pipeline)).rejects.toThrow(message);
    expect(sent.filter((command) => !('listCollections' in command))).toEqual([]);
  });
});
