import { Binary, deserialize, Int32, type Document, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { parseKeyDocument } from '../format/index.ts';
import { type Answers, drive, makeKey, run, testEngine } from '../testing/drive.ts';
import { Context } from './context.ts';
import { decryptReply } from './decrypt.ts';
import { encryptCommand } from './encrypt.ts';
import { SchemaStore } from './schema-store.ts';

const shared = makeKey(testEngine(), { keyAltNames: ['shared'] });
const own = makeKey(testEngine(), { keyAltNames: ['patient-1'] });
const keys = [shared, own];
const sharedId = new UUID(Buffer.from(parseKeyDocument(shared).keyId));
const field = (bsonType: string, kind: 'Deterministic' | 'Random', keyId?: string) => ({
  encrypt: {
    bsonType,
    algorithm: `AEAD_AES_256_CBC_HMAC_SHA_512-${kind}`,
    ...(keyId === undefined ? {} : { keyId }),
  },
});
const schema = {
  bsonType: 'object',
  encryptMetadata: { keyId: [sharedId] },
  properties: {
    ssn: field('int', 'Deterministic'),
    bloodType: field('string', 'Random', '/keyName'),
  },
};
const local = () => new SchemaStore(serialize({ 'm.patients': schema }), () => 0);
const engineWith = (schemas: SchemaStore) => testEngine({ schemas });
const encrypt = (command: Document, schemas = local(), answers: Answers = { keys }) =>
  run(encryptCommand(engineWith(schemas), 'm', serialize(command)), answers);

const jon = {
  name: 'Jon Doe',
  keyName: 'patient-1',
  ssn: new Int32(901_010_001),
  bloodType: 'AB-',
};
const graph = {
  from: 'visits',
  startWith: '$a',
  connectFromField: 'a',
  connectToField: 'b',
  as: 'v',
};
const insert = { insert: 'patients', documents: [jon], ordered: true };

describe('automatic encryption of a command', () => {
  it('encrypts each schema field, with one key vault query for ids and names together', () => {
    const { output, states, filters } = encrypt(insert);
    expect(states).toEqual([3, 5]);
    expect(deserialize(filters[0] ?? Buffer.alloc(0))).toMatchObject({
      $or: [{ _id: { $in: [sharedId] } }, { keyAltNames: { $in: ['patient-1'] } }],
    });
    const [document] = (deserialize(output) as { documents: Document[] }).documents;
    expect(document).toMatchObject({ name: 'Jon Doe', keyName: 'patient-1' });
    expect((document?.['ssn'] as Binary).sub_type).toBe(6);
    expect((document?.['bloodType'] as Binary).sub_type).toBe(6);
    expect(output.includes('AB-')).toBe(false);
  });

  it('is undone by automatic decryption, byte for byte in the documents', () => {
    const { output } = encrypt(insert);
    const decrypted = run(decryptReply(testEngine(), output), { keys }).output;
    const { documents } = deserialize(decrypted) as { documents: Document[] };
    expect(serialize(documents[0] ?? {})).toEqual(serialize(jon));
  });

  it('gives a filter the same ciphertext as the insert', () => {
    const stored = deserialize(encrypt(insert).output) as { documents: { ssn: Binary }[] };
    const found = encrypt({ find: 'patients', filter: { ssn: jon.ssn } }).output;
    const ciphertext = stored.documents[0]?.ssn.buffer ?? Buffer.alloc(1);
    expect(found.includes(Buffer.from(ciphertext))).toBe(true);
  });

  it('returns the command’s own bytes when nothing is to be encrypted', () => {
    const command = serialize({ find: 'patients', filter: { name: 'Jon Doe' } });
    const { output, states } = run(encryptCommand(engineWith(local()), 'm', command));
    expect(output.buffer).toBe(command.buffer);
    expect(states).toEqual([5]);
  });

  it('passes a bypassed command without asking for a schema', () => {
    const remote = new SchemaStore(undefined, () => 0);
    expect(encrypt({ ping: 1 }, remote).states).toEqual([5]);
    expect(encrypt({ getMore: 1, collection: 'patients' }, remote).states).toEqual([5]);
  });

  it('fails, and encrypts nothing, when a key is missing', () => {
    expect(() => encrypt(insert, local(), { keys: [shared] })).toThrow(
      'not all keys requested were satisfied: no data key with alt name `patient-1` for `documents.0.bloodType` of insert on `m.patients`;',
    );
    const filter = { ssn: new Int32(1) };
    expect(() => encrypt({ explain: { find: 'patients', filter } }, local(), { keys: [] })).toThrow(
      `no data key with id ${sharedId.toString()} for \`explain.filter.ssn\` of explain on \`m.patients\``,
    );
  });

  it('refuses a command and a query that cannot be analysed', () => {
    expect(() => encrypt({ mapReduce: 'patients' })).toThrow(
      'command not supported for auto encryption: mapReduce',
    );
    expect(() => encrypt({ find: 'patients', filter: { bloodType: 'AB-' } })).toThrow(
      'Cannot query on fields encrypted with the randomized encryption',
    );
  });

  it('leaves a command alone with bypassQueryAnalysis, and refuses what is not on the list', () => {
    const command = serialize(insert);
    const engine = { ...engineWith(local()), bypassQueryAnalysis: true };
    expect(run(encryptCommand(engine, 'm', command)).output).toEqual(Buffer.from(command));
    expect(() => run(encryptCommand(engine, 'm', serialize({ mapReduce: 'c' })))).toThrow(
      'command not supported for auto encryption: mapReduce',
    );
  });
});

describe('the schema of the server', () => {
  const collections = [
    serialize({
      name: 'patients',
      type: 'collection',
      options: { validator: { $jsonSchema: schema } },
    }),
  ];
  const remote = () => new SchemaStore(undefined, () => 0);

  it('is asked for once, by name, and used', () => {
    const schemas = remote();
    const first = encrypt(insert, schemas, { keys, collections });
    expect(first.states).toEqual([1, 3, 5]);
    expect(deserialize(first.filters[0] ?? Buffer.alloc(0))).toEqual({ name: 'patients' });
    expect(first.output.includes('AB-')).toBe(false);
    expect(encrypt(insert, schemas, { keys, collections }).states).toEqual([3, 5]);
  });

  it('is not asked for when schemaMap has the namespace: the server cannot weaken it', () => {
    const lying = [serialize({ name: 'patients', type: 'collection', options: {} })];
    const { states, output } = encrypt(insert, local(), { keys, collections: lying });
    expect(states).toEqual([3, 5]);
    expect(output.includes('AB-')).toBe(false);
  });

  it('is asked for once for several collections at once, and only for those unknown', () => {
    const schemas = remote();
    const pipeline = [{ $lookup: { from: 'visits', localField: 'a', foreignField: 'b', as: 'c' } }];
    const aggregate = (of: string) =>
      encrypt({ aggregate: of, pipeline, cursor: {} }, schemas, { keys, collections: [] });
    const both = aggregate('wards');
    expect(both.states).toEqual([1, 5]);
    expect(deserialize(both.filters[0] ?? Buffer.alloc(0))).toEqual({
      name: { $in: ['wards', 'visits'] },
    });
    expect(aggregate('wards').states).toEqual([5]);
    const one = aggregate('beds');
    expect(deserialize(one.filters[0] ?? Buffer.alloc(0))).toEqual({ name: 'beds' });
  });

  it('is asked for of the collections that schemaMap lacks, in every stage that names one', () => {
    const pipeline = [
      { $graphLookup: graph },
      { $unionWith: 'wards' },
      {
        $facet: {
          a: [{ $lookup: { from: 'patients', pipeline: [{ $unionWith: 'beds' }], as: 'x' } }],
        },
      },
    ];
    const { filters } = encrypt({ aggregate: 'rooms', pipeline, cursor: {} }, local(), {
      keys,
      collections: [],
    });
    expect(filters.map((filter) => deserialize(filter))).toEqual([
      { name: { $in: ['rooms', 'visits', 'wards', 'beds'] } },
    ]);
  });

  it.each<[string, string, Document]>([
    ['create', 'm', { create: 'patients', validator: { $jsonSchema: schema } }],
    ['collMod', 'm', { collMod: 'patients', validator: { $jsonSchema: schema } }],
    ['drop', 'm', { drop: 'patients' }],
    ['renameCollection', 'admin', { renameCollection: 'm.old', to: 'm.patients' }],
  ])('is asked for anew after %s, although it was known that there is none', (_, db, command) => {
    const schemas = remote();
    const engine = engineWith(schemas);
    const inserted = (answers: Answers) =>
      run(encryptCommand(engine, 'm', serialize(insert)), { keys, ...answers });
    expect(inserted({ collections: [] }).states).toEqual([1, 5]);
    expect(inserted({ collections: [] }).states).toEqual([5]);
    run(encryptCommand(engine, db, serialize(command)), { collections: [] });
    const after = inserted({ collections });
    expect(after.states).toEqual([1, 3, 5]);
    expect(after.output.includes('AB-')).toBe(false);
  });

  it('may be asked for by two commands at once', () => {
    const engine = engineWith(remote());
    const start = () => new Context(encryptCommand(engine, 'm', serialize(insert)));
    const contexts = [start(), start()];
    const filters = contexts.map((context) => context.nextMongoOperation());
    expect(filters[0]).toEqual(filters[1]);
    const driven = contexts.reverse().map((context) => drive(context, { keys, collections }));
    expect(driven.map(({ states }) => states)).toEqual([
      [1, 3, 5],
      [1, 5],
    ]);
    expect(run(encryptCommand(engine, 'm', serialize(insert)), { keys }).states).toEqual([5]);
  });

  it('refuses a view', () => {
    const view = [serialize({ name: 'patients', type: 'view', options: {} })];
    expect(() => encrypt(insert, remote(), { collections: view })).toThrow(
      'cannot auto encrypt a view: m.patients',
    );
  });

  it('is taken from the collection of the right name only', () => {
    const other = [
      serialize({ name: 'other', type: 'collection', options: { validator: {} } }),
      ...collections,
    ];
    const { output } = encrypt(insert, remote(), { keys, collections: other });
    expect(output.includes('AB-')).toBe(false);
  });
});
