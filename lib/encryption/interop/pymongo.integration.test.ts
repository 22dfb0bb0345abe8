// Ciphertexts across languages: PyMongo with libmongocrypt and the official driver with this module, on
// the same key vault and collection. Skipped by name where Python or its package index cannot be had.
import * as fc from 'fast-check';
import { BSON, Binary, type ClientEncryption, type MongoClient, type UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ensurePymongo,
  type Pymongo,
  type PymongoParty,
  startPymongo,
} from '../../../peers/pymongo.ts';
import { BsonType, type BsonTypeName, DocumentWriter, getElement } from '../bytes/index.ts';
import { decryptExplicitly, encryptExplicitly } from '../context/explicit.ts';
import { anyDocument, sampleMessage, typeNames } from '../testing/documents.ts';
import { run, testEngine } from '../testing/drive.ts';
import { deterministic, openSharedVault, random, type SharedVault } from './testing/key-vault.ts';

const never: BsonTypeName[] = ['undefined', 'null', 'minKey', 'maxKey'];
const randomOnly: BsonTypeName[] = [
  'double',
  'decimal',
  'bool',
  'object',
  'array',
  'javascriptWithScope',
];
const forRandom = typeNames.filter((name) => !never.includes(name));
const forDeterministic = forRandom.filter((name) => !randomOnly.includes(name));
const cases = [
  ...forRandom.map((type) => ({ type, algorithm: random, name: 'Random' })),
  ...forDeterministic.map((type) => ({ type, algorithm: deterministic, name: 'Deterministic' })),
];
const refused = [
  ...never.map((type) => ({ type, algorithm: random, name: 'Random' })),
  ...[...never, ...randomOnly].map((type) => ({
    type,
    algorithm: deterministic,
    name: 'Deterministic',
  })),
];
/** PyMongo has no values of these types, only bytes. */
const withoutValue: BsonTypeName[] = ['dbPointer', 'symbol'];

const masterKey = Buffer.alloc(96, 0x2b);

describe.runIf(await ensurePymongo())('PyMongo and this module', () => {
  let pymongo: Pymongo;
  let vault: SharedVault;
  let theirs: PymongoParty;
  let ours: ClientEncryption;
  let automatic: MongoClient;
  let keyId: UUID;
  let values: string;
  beforeAll(async () => {
    pymongo = await startPymongo();
    vault = await openSharedVault(pymongo, { kmsProviders: { local: { key: masterKey } } });
    values = `${vault.database}.values`;
    theirs = await vault.theirs();
    ours = vault.ours();
    automatic = await vault.automatic();
    keyId = await theirs.createDataKey('local', { keyAltNames: ['shared'] });
  });
  afterAll(async () => {
    await vault.close();
    await pymongo.stop();
  });

  /** This module's own encryption, on bytes: the driver has no value of dbPointer. */
  async function encryptHere(message: Uint8Array, algorithm: string): Promise<Buffer> {
    const [key] = await vault.keys.find({ keyAltNames: 'shared' }, { raw: true }).toArray();
    const options = { keyId: keyId.value(), algorithm, expressionMode: false };
    const engine = testEngine({ key: masterKey });
    const keys = [key as unknown as Uint8Array];
    return run(encryptExplicitly(engine, message, options), { keys }).output;
  }

  async function decryptHere(message: Uint8Array): Promise<Buffer> {
    const [key] = await vault.keys.find({ keyAltNames: 'shared' }, { raw: true }).toArray();
    const keys = [key as unknown as Uint8Array];
    return run(decryptExplicitly(testEngine({ key: masterKey }), message), { keys }).output;
  }

  /** Stores a ciphertext under an id of its own, through a client that encrypts nothing. */
  async function store(v: Binary): Promise<string> {
    const _id = new BSON.ObjectId().toHexString();
    await vault.plain
      .db(vault.database)
      .collection<{ _id: string; v: Binary }>('values')
      .insertOne({ _id, v });
    return _id;
  }

  /** What this module's automatic decryption makes of it, as bytes. */
  async function foundHere(_id: string | undefined): Promise<Uint8Array> {
    const collection = automatic.db(vault.database).collection('values');
    const [found] = await collection.find({ _id: _id as never }, { raw: true }).toArray();
    return found as unknown as Uint8Array;
  }

  const valueOf = (document: Uint8Array | undefined, field: string) => {
    const element = document && getElement(document, field);
    if (!element) throw new TypeError(`Expected a field \`${field}\``);
    return { type: element.type, value: Buffer.from(element.value).toString('hex') };
  };

  it.each(cases)('$name: what PyMongo encrypts of a $type, this module reads', async (each) => {
    const message = sampleMessage(each.type);
    const encrypted = await theirs.encryptMessage(message, each.algorithm, keyId);
    expect(valueOf(encrypted, 'v').type).toBe(BsonType.binData);
    const found = await foundHere(await store(ciphertextIn(encrypted)));
    expect(valueOf(found, 'v')).toEqual(valueOf(message, 'v'));
  });

  it.each(cases)('$name: what this module encrypts of a $type, PyMongo reads', async (each) => {
    const message = sampleMessage(each.type);
    const encrypted = await encryptHere(message, each.algorithm);
    const explicitly = await theirs.decryptMessage(encrypted);
    expect(Buffer.from(explicitly).toString('hex')).toBe(Buffer.from(message).toString('hex'));
    const _id = await store(ciphertextIn(encrypted));
    const [found] = await theirs.find(values, { _id });
    expect(valueOf(found, 'v')).toEqual(valueOf(message, 'v'));
  });

  it.each(forDeterministic)(
    'both encrypt a %s deterministically to the same bytes',
    async (type) => {
      const message = sampleMessage(type);
      const here = await encryptHere(message, deterministic);
      const there = await theirs.encryptMessage(message, deterministic, keyId);
      expect(here.toString('hex')).toBe(Buffer.from(there).toString('hex'));
    },
  );

  it.each(forDeterministic.filter((type) => !withoutValue.includes(type)))(
    "so do the two drivers' own methods, for a %s",
    async (type) => {
      const { v } = BSON.deserialize(sampleMessage(type), {
        promoteValues: false,
        bsonRegExp: true,
      });
      const options = { keyAltName: 'shared', algorithm: deterministic } as const;
      const [here, there] = [await ours.encrypt(v, options), await theirs.encrypt(v, options)];
      expect(here.toString('hex')).toBe(there.toString('hex'));
      expect(await theirs.decrypt(here)).toEqual(await ours.decrypt(there));
    },
  );

  it.each(refused)('$name: neither encrypts a $type', async ({ type, algorithm }) => {
    const message = sampleMessage(type);
    const words = /BSON type invalid for (deterministic )?encryption/;
    await expect(theirs.encryptMessage(message, algorithm, keyId)).rejects.toThrow(words);
    await expect(encryptHere(message, algorithm)).rejects.toThrow(words);
  });

  it('any document comes back byte for byte, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(anyDocument, async (document) => {
        const message = new DocumentWriter().append(BsonType.object, 'v', document).finish();
        const want = Buffer.from(message).toString('hex');
        const there = await theirs.decryptMessage(await encryptHere(message, random));
        expect(Buffer.from(there).toString('hex')).toBe(want);
        const fromThere = await theirs.encryptMessage(message, random, keyId);
        expect((await decryptHere(fromThere)).toString('hex')).toBe(want);
      }),
      { numRuns: 100 },
    );
  });

  it('neither finds by a number of another type: int 5, long 5 and double 5 differ', async () => {
    const options = { keyAltName: 'shared', algorithm: deterministic } as const;
    const int = await theirs.encrypt(new BSON.Int32(5), options);
    const long = await theirs.encrypt(BSON.Long.fromNumber(5), options);
    expect(long.toString('hex')).not.toBe(int.toString('hex'));
    expect((await ours.encrypt(new BSON.Int32(5), options)).toString('hex')).toBe(
      int.toString('hex'),
    );
    expect((await ours.encrypt(BSON.Long.fromNumber(5), options)).toString('hex')).toBe(
      long.toString('hex'),
    );
    const double = new BSON.Double(5);
    await expect(theirs.encrypt(double, options)).rejects.toThrow('BSON type invalid');
    await expect(ours.encrypt(double, options)).rejects.toThrow('BSON type invalid');
  });

  const places = [
    ['its key id', 5],
    ['its BSON type', 17],
    ['its IV', 20],
    ['its ciphertext', 36],
    ['its tag', -1],
  ] as const;

  it.each(places)('both refuse what the other wrote once a bit of %s is flipped', async (_, at) => {
    for (const algorithm of [deterministic, random] as const) {
      const options = { keyAltName: 'shared', algorithm };
      const fromUs = flipped(await ours.encrypt('a secret', options), at);
      const fromThem = flipped(await theirs.encrypt('a secret', options), at);
      await expect(theirs.decrypt(fromUs)).rejects.toThrow();
      await expect(ours.decrypt(fromThem)).rejects.toThrow();
      const ids = [await store(fromUs), await store(fromThem)];
      await expect(theirs.find(values, { _id: ids[0] })).rejects.toThrow();
      await expect(foundHere(ids[1])).rejects.toThrow();
    }
  });

  it('neither takes a ciphertext of another kind for plaintext; we refuse to pass it on', async () => {
    for (const algorithm of [deterministic, random] as const) {
      const wrong = flipped(await theirs.encrypt('x', { keyAltName: 'shared', algorithm }), 0);
      await expect(theirs.decrypt(wrong)).rejects.toThrow();
      await expect(ours.decrypt(wrong)).rejects.toThrow();
      const _id = await store(wrong);
      await expect(foundHere(_id)).rejects.toThrow();
      // libmongocrypt may leave it as it is in a reply: ciphertext still.
      const there = await theirs.find(values, { _id }).catch(() => undefined);
      const kept = there?.map((document) => valueOf(document, 'v'));
      expect(kept ?? []).toEqual(kept && [valueOf(BSON.serialize({ v: wrong }), 'v')]);
    }
  });

  it('both refuse what the other wrote once its data key is deleted', async () => {
    const doomed = await ours.createDataKey('local');
    const options = { keyId: doomed, algorithm: random } as const;
    const [here, there] = [await ours.encrypt('x', options), await theirs.encrypt('x', options)];
    await ours.deleteKey(doomed);
    const gone = 'not all keys requested were satisfied';
    await expect((await vault.theirs()).decrypt(here)).rejects.toThrow(gone);
    await expect(vault.ours().decrypt(there)).rejects.toThrow(gone);
  });

  it('both refuse to open a key of the other with another master key', async () => {
    const wrong = { kmsProviders: { local: { key: Buffer.alloc(96, 9) } } };
    const options = { keyId: await ours.createDataKey('local'), algorithm: random } as const;
    const failure = 'HMAC validation failure';
    await expect((await vault.theirs(wrong)).encrypt(1, options)).rejects.toThrow(failure);
    await expect(vault.ours(wrong).encrypt(1, { ...options, keyId })).rejects.toThrow(failure);
  });
});

function ciphertextIn(message: Uint8Array): Binary {
  return (BSON.deserialize(message) as { v: Binary }).v;
}

function flipped(ciphertext: Binary, at: number): Binary {
  const bytes = Buffer.from(ciphertext.value());
  const offset = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  return new Binary(bytes, 6);
}
