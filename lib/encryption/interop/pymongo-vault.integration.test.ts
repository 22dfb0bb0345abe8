// One key vault that PyMongo with libmongocrypt and this module keep together: alt names, deletion, and
// documents that both refuse. Skipped by name where Python or its package index cannot be had.
import { BSON, type Binary, type ClientEncryption, type Document, type UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ensurePymongo,
  type Pymongo,
  type PymongoParty,
  startPymongo,
} from '../../../peers/pymongo.ts';
import { uniqueName } from '../../testing/server.ts';
import { openSharedVault, random, type SharedVault } from './testing/key-vault.ts';

/** FerretDB passes PostgreSQL's own words on for an update. */
const taken = /E11000|duplicate key|exclusion constraint/i;

describe.runIf(await ensurePymongo())('a key vault of PyMongo and of this module', () => {
  let pymongo: Pymongo;
  let vault: SharedVault;
  let theirs: PymongoParty;
  let ours: ClientEncryption;
  beforeAll(async () => {
    pymongo = await startPymongo();
    vault = await openSharedVault(pymongo, {
      kmsProviders: { local: { key: Buffer.alloc(96, 0x11) } },
    });
    theirs = await vault.theirs();
    ours = vault.ours();
  });
  afterAll(async () => {
    await vault.close();
    await pymongo.stop();
  });

  const namesIn = (document: Uint8Array | null): unknown =>
    document && BSON.deserialize(document)['keyAltNames'];

  it('neither makes a second key with an alt name that the other has taken', async () => {
    const [here, there] = [uniqueName('here'), uniqueName('there')];
    const keyId = await ours.createDataKey('local', { keyAltNames: [here] });
    await theirs.createDataKey('local', { keyAltNames: [there] });
    const taking = theirs.createDataKey('local', { keyAltNames: ['free', here] });
    await expect(taking).rejects.toMatchObject({
      name: 'PymongoError',
      message: expect.stringMatching(taken) as string,
    });
    await expect(ours.createDataKey('local', { keyAltNames: ['free', there] })).rejects.toThrow(
      taken,
    );
    await expect(ours.addKeyAltName(keyId, there)).rejects.toThrow(taken);
    await expect(theirs.addKeyAltName(keyId, there)).rejects.toThrow(taken);
    expect(await ours.getKeyByAltName('free')).toBeNull();
  });

  it('alt names that one adds and removes the other sees', async () => {
    const [one, two] = [uniqueName('one'), uniqueName('two')];
    const keyId = await theirs.createDataKey('local', { keyAltNames: [one] });
    const before = await ours.addKeyAltName(keyId, two);
    expect(before?.keyAltNames).toEqual([one]);
    expect(namesIn(await theirs.getKeyByAltName(two))).toEqual([one, two]);
    expect(namesIn(await theirs.removeKeyAltName(keyId, one))).toEqual([one, two]);
    expect((await ours.getKey(keyId))?.keyAltNames).toEqual([two]);
    expect((await ours.removeKeyAltName(keyId, two))?.keyAltNames).toEqual([two]);
    const left = await theirs.getKey(keyId);
    expect(left && Object.keys(BSON.deserialize(left))).not.toContain('keyAltNames');
    expect(await theirs.getKeyByAltName(one)).toBeNull();
    expect(await ours.getKeyByAltName(two)).toBeNull();
  });

  it('both read the same bytes of a key document', async () => {
    for (const keyId of [await ours.createDataKey('local'), await theirs.createDataKey('local')]) {
      const [raw] = await vault.keys.find({ _id: keyId as never }, { raw: true }).toArray();
      const there = await theirs.getKey(keyId);
      expect(there && Buffer.from(there)).toEqual(Buffer.from(raw as unknown as Buffer));
    }
  });

  it('a key that one deletes the other cannot use', async () => {
    const [here, there] = [await ours.createDataKey('local'), await theirs.createDataKey('local')];
    expect(await theirs.deleteKey(here)).toBe(1);
    expect((await ours.deleteKey(there)).deletedCount).toBe(1);
    const gone = 'not all keys requested were satisfied';
    const refusals = [here, there].flatMap((keyId) => [
      theirs.encrypt('x', { keyId, algorithm: random }),
      ours.encrypt('x', { keyId, algorithm: random }),
    ]);
    for (const refusal of await Promise.allSettled(refusals)) {
      expect(refusal).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringContaining(gone) as string },
      });
    }
  });

  const spoiled: [string, Document | Document[]][] = [
    ['an unknown field', { $set: { note: 'x' } }],
    ['no key material', { $unset: { keyMaterial: 1 } }],
    ['key material of another type', { $set: { keyMaterial: 'text' } }],
    ['no status', { $unset: { status: 1 } }],
    ['no creation date', { $unset: { creationDate: 1 } }],
    ['a creation date that is none', { $set: { creationDate: 1 } }],
    ['no update date', { $unset: { updateDate: 1 } }],
    ['no master key', { $unset: { masterKey: 1 } }],
    ['a master key of an unknown provider', { $set: { masterKey: { provider: 'another' } } }],
    ['a master key with an unknown field', { $set: { 'masterKey.region': 'x' } }],
    ['alt names that are no strings', { $set: { keyAltNames: [1] } }],
    ['alt names that are no array', { $set: { keyAltNames: 'x' } }],
    ['a version that is not known', { $set: { version: 1 } }],
  ];

  it.each(spoiled)('neither opens a key document with %s', async (_, update) => {
    for (const keyId of [await ours.createDataKey('local'), await theirs.createDataKey('local')]) {
      const spoiling = await vault.keys.updateOne({ _id: keyId as never }, update);
      expect(spoiling.modifiedCount).toBe(1);
      await expectBothToRefuse(keyId);
      await vault.keys.deleteOne({ _id: keyId as never });
    }
  });

  it.each([0, 16, 100, 159])('neither opens key material with a flipped bit at %d', async (at) => {
    for (const keyId of [await ours.createDataKey('local'), await theirs.createDataKey('local')]) {
      const filter = { _id: keyId as never };
      const stored = await vault.keys.findOne(filter);
      const keyMaterial = Buffer.from((stored?.['keyMaterial'] as Binary).value());
      keyMaterial.writeUInt8(keyMaterial.readUInt8(at) ^ 0x80, at);
      const spoiling = await vault.keys.updateOne(filter, { $set: { keyMaterial } });
      expect(spoiling.modifiedCount).toBe(1);
      await expectBothToRefuse(keyId, /HMAC validation failure/);
    }
  });

  async function expectBothToRefuse(keyId: UUID, words = /./): Promise<void> {
    const options = { keyId, algorithm: random } as const;
    await expect(vault.ours().encrypt('x', options)).rejects.toThrow(words);
    await expect(theirs.encrypt('x', options)).rejects.toThrow(words);
  }
});
