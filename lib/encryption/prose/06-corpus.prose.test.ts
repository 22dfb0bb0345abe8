// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#6-corpus-test
// Every way to encrypt every BSON value either works, to the byte, or is refused; which of the two is
// written down in corpus.ts, values of our own. With the schema from the server, then from `schemaMap`.
import {
  Binary,
  BSON,
  ClientEncryption,
  type Collection,
  type Document,
  type MongoClient,
} from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerKind } from '../../testing/server.ts';
import { decryptExplicitly, encryptExplicitly } from '../context/explicit.ts';
import { parseKeyDocument } from '../format/index.ts';
import { sampleMessage } from '../testing/documents.ts';
import { makeKey, run, testEngine } from '../testing/drive.ts';
import {
  hasKmip,
  masterKeys,
  providerNames,
  startKmsServers,
  type KmsServers,
} from '../testing/kms-servers.ts';
import { algorithmOf, corpusKeyId, encryptOf, makeCorpus, type CorpusField } from './corpus.ts';
import {
  createWithSchema,
  deterministic,
  prepareSetting,
  random,
  type Setting,
} from './setting.ts';

const providers = providerNames.filter((provider) => provider !== 'kmip' || hasKmip);
const names = Object.fromEntries(providers.map((kms) => [`altname_${kms}`, kms]));
let setting: Setting;
let servers: KmsServers;
let clientEncryption: ClientEncryption;

/** A data key under each provider, all of the same material, each with an id of its own. */
async function createKeys(): Promise<void> {
  for (const kms of providers) {
    const masterKey = masterKeys[kms];
    const made = await clientEncryption.createDataKey(kms, {
      keyAltNames: [kms],
      keyMaterial: Buffer.alloc(96, 6),
      ...(masterKey && { masterKey }),
    });
    const document = await setting.keyVault.findOneAndDelete({ _id: made as Document });
    await setting.keyVault.insertOne({ ...document, _id: corpusKeyId(kms) } as Document);
  }
}

beforeAll(async () => {
  [setting, servers] = await Promise.all([prepareSetting('prose6'), startKmsServers()]);
  const { client, keyVaultNamespace } = setting;
  clientEncryption = new ClientEncryption(client, { keyVaultNamespace, ...servers.options });
  await createKeys();
});
afterAll(async () => {
  await setting.close();
  await servers.close();
});

function schemaOf(corpus: ReadonlyMap<string, CorpusField>): Document {
  const properties: Document = {};
  for (const [name, field] of corpus) {
    if (field.method !== 'auto' || !field.allowed) continue;
    properties[name] = { bsonType: 'object', properties: { value: encryptOf(field) } };
  }
  return { bsonType: 'object', properties };
}

async function encryptField(field: CorpusField): Promise<Binary> {
  const { kms, identifier, value } = field;
  const key = identifier === 'id' ? { keyId: corpusKeyId(kms) } : { keyAltName: kms };
  return clientEncryption.encrypt(value, { ...key, algorithm: algorithmOf(field) });
}

/** As the specification has it: explicit fields encrypted where that is allowed, all others as they are. */
async function copyEncrypted(corpus: ReadonlyMap<string, CorpusField>): Promise<Document> {
  const copy: Document = { _id: 'corpus', ...names };
  for (const [name, field] of corpus) {
    copy[name] = field;
    if (field.method === 'auto') continue;
    if (field.allowed) copy[name] = { ...field, value: await encryptField(field) };
    else await expect(encryptField(field)).rejects.toThrow(/^BSON type invalid for/);
  }
  return copy;
}

function valueAt(document: Document, name: string): unknown {
  return (document[name] as { value: unknown }).value;
}

const promoted = (value: unknown): unknown =>
  BSON.deserialize(BSON.serialize({ value }))['value'] as unknown;

function expectEncrypted(value: unknown): asserts value is Binary {
  expect(value).toMatchObject({ sub_type: Binary.SUBTYPE_ENCRYPTED });
}

/** What the server holds: ciphertext where allowed, and equal ciphertext for equal deterministic ways. */
async function expectStored(
  corpus: ReadonlyMap<string, CorpusField>,
  raw: Document,
): Promise<void> {
  const deterministicBlobs = new Map<string, string>();
  const randomBlobs = new Set<string>();
  for (const [name, field] of corpus) {
    const stored = valueAt(raw, name);
    if (!field.allowed) {
      expect(BSON.serialize({ stored })).toEqual(BSON.serialize({ stored: field.value }));
      continue;
    }
    expectEncrypted(stored);
    const blob = stored.toString('hex');
    expect(await clientEncryption.decrypt(stored)).toEqual(promoted(field.value));
    if (field.algo === 'rand') {
      expect(randomBlobs.has(blob)).toBe(false);
      randomBlobs.add(blob);
    } else {
      const value = name.replace(/_(auto|explicit)_(id|altname)_/, '_');
      expect(blob).toBe(deterministicBlobs.get(value) ?? blob);
      deterministicBlobs.set(value, blob);
    }
  }
  // A value under two ids has two ciphertexts, although the keys are of the same material.
  expect(new Set(deterministicBlobs.values()).size).toBe(deterministicBlobs.size);
}

describe('6. the corpus', () => {
  let plain: Collection;
  beforeEach(async () => {
    await setting.coll.drop();
    plain = setting.client
      .db(setting.database)
      .collection('coll', { promoteValues: false, bsonRegExp: true });
  });

  /** Writes the corpus; what an encrypting client reads, in bytes, and what the server holds. */
  async function writeAndRead(
    corpus: ReadonlyMap<string, CorpusField>,
    encrypted: MongoClient,
  ): Promise<{ read: Buffer; written: Buffer; stored: Document }> {
    const coll = encrypted.db(setting.database).collection('coll');
    await coll.insertOne(await copyEncrypted(corpus));
    const [bytes] = await coll.find({}, { raw: true }).toArray();
    const whole = { _id: 'corpus', ...names, ...Object.fromEntries(corpus) };
    return {
      read: Buffer.from(bytes as unknown as Uint8Array),
      written: Buffer.from(BSON.serialize(whole)),
      stored: (await plain.findOne({})) ?? {},
    };
  }

  // In parts: FerretDB takes no validator above 10 KB.
  const parts = providers.flatMap((kms) => [
    { kms, algo: 'rand' },
    { kms, algo: 'det' },
  ]);
  it.each(parts)('goes there and back with the schema of the server: $kms, $algo', async (part) => {
    const corpus = makeCorpus([part.kms]);
    for (const [name, { algo, method, identifier }] of corpus) {
      // FerretDB takes no JSON pointer in a validator; these fields are in the next test.
      const hasPointer = method === 'auto' && identifier === 'altname';
      const isRefusedThere = testServerKind() === 'ferretdb' && hasPointer;
      if (algo !== part.algo || isRefusedThere) corpus.delete(name);
    }
    await createWithSchema(setting.coll, schemaOf(corpus));
    const { keyVaultNamespace } = setting;
    const autoEncryption = { keyVaultNamespace, ...servers.options };
    const { read, written, stored } = await writeAndRead(
      corpus,
      await setting.connect({ autoEncryption }),
    );
    expect(read.equals(written)).toBe(true);
    await expectStored(corpus, stored);
  });

  it('goes there and back with the schema of the client', async () => {
    const corpus = makeCorpus(providers);
    const schemaMap = { [`${setting.database}.coll`]: schemaOf(corpus) };
    const { keyVaultNamespace } = setting;
    const autoEncryption = { keyVaultNamespace, ...servers.options, schemaMap };
    const { read, written, stored } = await writeAndRead(
      corpus,
      await setting.connect({ autoEncryption }),
    );
    expect(read.equals(written)).toBe(true);
    await expectStored(corpus, stored);
  });

  it('cannot be written automatically in a way that is not allowed', async () => {
    const refused = [...makeCorpus(['local'])].filter(
      ([, { method, allowed }]) => method === 'auto' && !allowed,
    );
    expect(refused.length).toBeGreaterThan(30);
    const { database, keyVaultNamespace } = setting;
    const schemaMap = Object.fromEntries(
      refused.map(([name, field]) => [
        `${database}.${name}`,
        { bsonType: 'object', properties: { value: encryptOf(field) } },
      ]),
    );
    const autoEncryption = { keyVaultNamespace, ...servers.options, schemaMap };
    const encrypted = await setting.connect({ autoEncryption });
    const accepted: string[] = [];
    for (const [name, { value }] of refused) {
      const coll = encrypted.db(database).collection(name);
      const error: unknown = await coll.insertOne({ ...names, value }).catch((e: unknown) => e);
      const isStored = (await setting.client.db(database).collection(name).countDocuments()) > 0;
      const isRefused = error instanceof Error && error.name === 'MongoCryptError';
      if (isStored || !isRefused) accepted.push(name);
    }
    expect(accepted).toEqual([]);
  });
});

// The driver's BSON library writes an undefined as null and cannot write a dbPointer.
describe('6. the types that JavaScript cannot write, as bytes', () => {
  const engine = testEngine();
  const key = makeKey(engine);
  const { keyId } = parseKeyDocument(key);
  const encrypt = (type: 'dbPointer' | 'undefined', algorithm: string) =>
    run(
      encryptExplicitly(engine, sampleMessage(type), { keyId, algorithm, expressionMode: false }),
      { keys: [key] },
    ).output;

  it.each([random, deterministic])('a dbPointer comes back from %s', (algorithm) => {
    const blob = encrypt('dbPointer', algorithm);
    const back = run(decryptExplicitly(engine, blob), { keys: [key] }).output;
    expect(back).toEqual(Buffer.from(sampleMessage('dbPointer')));
  });

  it.each([random, deterministic])('an undefined is refused by %s', (algorithm) => {
    expect(() => encrypt('undefined', algorithm)).toThrow('BSON type invalid for encryption');
  });
});
