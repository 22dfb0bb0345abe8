// Data keys across languages: what PyMongo with libmongocrypt makes and rewraps with each KMS provider,
// this module opens, and the reverse. Skipped by name where Python or its package index cannot be had.
import {
  BSON,
  type ClientEncryption,
  type ClientEncryptionDataKeyProvider,
  type Document,
  type UUID,
} from 'mongodb';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ensurePymongo,
  type Pymongo,
  type PymongoParty,
  startPymongo,
} from '../../../peers/pymongo.ts';
import { uniqueName } from '../../testing/server.ts';
import { elements, typeName } from '../bytes/index.ts';
import { encryptExplicitly } from '../context/explicit.ts';
import { makeKey, run, testEngine } from '../testing/drive.ts';
import { deterministic, openSharedVault, random, type SharedVault } from './testing/key-vault.ts';
import {
  providerCases as cases,
  type ProviderServers,
  startProviderServers,
} from './testing/providers.ts';

describe.runIf(await ensurePymongo())('data keys of PyMongo and of this module', () => {
  let servers: ProviderServers;
  let pymongo: Pymongo;
  let vault: SharedVault;
  let theirs: PymongoParty;
  let ours: ClientEncryption;
  beforeAll(async () => {
    [servers, pymongo] = await Promise.all([startProviderServers(), startPymongo()]);
    vault = await openSharedVault(pymongo, servers.options);
    theirs = await vault.theirs();
    ours = vault.ours();
  });
  afterAll(async () => {
    await vault.close();
    await pymongo.stop();
    await servers.close();
  });

  const dataKeyOptions = (masterKey: object | undefined, keyAltName: string) => ({
    ...(masterKey && { masterKey }),
    keyAltNames: [keyAltName, `${keyAltName}, too`],
    keyMaterial: randomBytes(96),
  });
  const createHere = (provider: string, options: object) =>
    ours.createDataKey(provider as ClientEncryptionDataKeyProvider, options);

  /** The ciphertext that this id and material must give, from no key of the vault. */
  function expected(keyId: UUID, keyMaterial: Buffer): string {
    const engine = testEngine();
    const document = BSON.deserialize(makeKey(engine, { keyMaterial }));
    const keys = [BSON.serialize({ ...document, _id: keyId })];
    const options = { keyId: keyId.value(), algorithm: deterministic, expressionMode: false };
    const { output } = run(encryptExplicitly(engine, BSON.serialize({ v: 'probe' }), options), {
      keys,
    });
    return Buffer.from((BSON.deserialize(output) as { v: BSON.Binary }).v.value()).toString('hex');
  }

  /** A new client of each side opens the key, by id and by alt name. */
  async function opensHere(keyId: UUID, keyAltName: string): Promise<string> {
    const fresh = vault.ours();
    const byId = await fresh.encrypt('probe', { keyId, algorithm: deterministic });
    const byName = await vault.ours().encrypt('probe', { keyAltName, algorithm: random });
    expect(await fresh.decrypt(byName)).toBe('probe');
    return byId.toString('hex');
  }
  async function opensThere(keyId: UUID, keyAltName: string): Promise<string> {
    const fresh = await vault.theirs();
    const byId = await fresh.encrypt('probe', { keyId, algorithm: deterministic });
    const byName = await fresh.encrypt('probe', { keyAltName, algorithm: random });
    expect(await fresh.decrypt(byName)).toBe('probe');
    await fresh.close();
    return byId.toString('hex');
  }

  describe.each(cases)('$title', ({ provider, masterKey, runs }) => {
    const name = uniqueName('key');

    it.runIf(runs)('what PyMongo makes this module opens, by id and alt name', async () => {
      const options = dataKeyOptions(masterKey, `${name} there`);
      const keyId = await theirs.createDataKey(provider, options);
      const want = expected(keyId, options.keyMaterial);
      expect(await opensHere(keyId, `${name} there, too`)).toBe(want);
      expect(await opensThere(keyId, `${name} there`)).toBe(want);
    });

    it.runIf(runs)('what this module makes PyMongo opens, by id and alt name', async () => {
      const options = dataKeyOptions(masterKey, `${name} here`);
      const keyId = await createHere(provider, options);
      const want = expected(keyId, options.keyMaterial);
      expect(await opensThere(keyId, `${name} here, too`)).toBe(want);
      expect(await opensHere(keyId, `${name} here`)).toBe(want);
    });

    it.runIf(runs)('both write documents of one shape', async () => {
      const shapes = ['here', 'there'].map(async (side) => {
        const document = await theirs.getKeyByAltName(`${name} ${side}`);
        return document && shape(document);
      });
      const [here, there] = await Promise.all(shapes);
      expect(here).toEqual(there);
      expect(here?.map(([field]) => field)).toEqual([
        '_id',
        'keyAltNames',
        'keyMaterial',
        'creationDate',
        'updateDate',
        'status',
        'masterKey',
      ]);
    });

    it.runIf(runs)('neither opens what the other made with wrong credentials', async () => {
      const options = { keyAltName: `${name} here`, algorithm: random } as const;
      const wrongParty = await vault.theirs(servers.wrong);
      await expect(wrongParty.encrypt('x', options)).rejects.toThrow();
      const opening = vault.ours(servers.wrong);
      await expect(
        opening.encrypt('x', { ...options, keyAltName: `${name} there` }),
      ).rejects.toThrow();
      expect(await opensThere((await keyNamed(`${name} here`))._id, `${name} here`)).toMatch(/^01/);
    });
  });

  const keyNamed = async (name: string) => {
    const found = await ours.getKeyByAltName(name);
    if (found === null) throw new TypeError('Expected a data key');
    return found;
  };

  const steps = cases.map((from, index) => {
    const to = cases[(index + 2) % cases.length] ?? from;
    return { from, to, title: `from ${from.title} to ${to.title}`, runs: from.runs && to.runs };
  });

  describe.each(steps)('rewrapped $title', ({ from, to, runs }) => {
    it.runIf(runs)('by this module, PyMongo opens its own key', async () => {
      const keyAltName = uniqueName('rewrapped');
      const options = dataKeyOptions(from.masterKey, keyAltName);
      const keyId = await theirs.createDataKey(from.provider, options);
      const before = await keyNamed(keyAltName);
      const result = await ours.rewrapManyDataKey(
        { _id: keyId },
        {
          provider: to.provider as ClientEncryptionDataKeyProvider,
          ...given(to.masterKey),
        },
      );
      expect(result.bulkWriteResult?.modifiedCount).toBe(1);
      expect(await opensThere(keyId, keyAltName)).toBe(expected(keyId, options.keyMaterial));
      expectRewrapped(before, await keyNamed(keyAltName), to.provider);
    });

    it.runIf(runs)('by PyMongo, this module opens its own key', async () => {
      const keyAltName = uniqueName('rewrapped');
      const options = dataKeyOptions(from.masterKey, keyAltName);
      const keyId = await createHere(from.provider, options);
      const before = await keyNamed(keyAltName);
      expect(await theirs.rewrap({ _id: keyId }, to.provider, to.masterKey)).toBe(1);
      expect(await opensHere(keyId, keyAltName)).toBe(expected(keyId, options.keyMaterial));
      expectRewrapped(before, await keyNamed(keyAltName), to.provider);
    });
  });

  it('each rewraps the keys of both in one go, and the other opens all', async () => {
    const names = [uniqueName('many'), uniqueName('many')] as const;
    const [one, two] = [
      await createHere('local', { keyAltNames: [names[0]] }),
      await theirs.createDataKey('local', { keyAltNames: [names[1]] }),
    ];
    const both = { _id: { $in: [one, two] } };
    await ours.rewrapManyDataKey(both, { provider: 'local:ward' });
    await Promise.all([opensThere(one, names[0]), opensThere(two, names[1])]);
    expect(await theirs.rewrap(both, 'local')).toBe(2);
    await Promise.all([opensHere(one, names[0]), opensHere(two, names[1])]);
  });
});

const given = (masterKey: object | undefined) => masterKey && { masterKey };

type Shape = readonly [name: string, type: string, content: unknown][];

/** Names, types and lengths, with nothing that is random or a time. */
function shape(document: Uint8Array): Shape {
  return [...elements(document)].map(({ key: name, type, value }) => {
    const kind = typeName(type);
    if (kind === 'object') return [name, kind, shape(value)];
    const known = kind === 'int' || kind === 'bool' || name === 'provider';
    return [name, kind, known ? Buffer.from(value).toString('hex') : kindOfContent(kind, value)];
  });
}

/** The length, where it says something: strings and arrays hold names of this run. */
const kindOfContent = (kind: string, value: Uint8Array): unknown =>
  kind === 'binData' ? [value.length, value[4]] : undefined;

function expectRewrapped(before: Document, after: Document, provider: string): void {
  const { masterKey, keyMaterial, updateDate, ...kept } = after;
  expect((masterKey as Document)['provider']).toBe(provider);
  expect(keyMaterial).not.toEqual(before['keyMaterial']);
  expect(updateDate).not.toBeUndefined();
  for (const [name, value] of Object.entries(kept)) expect(value).toEqual(before[name]);
  expect(Object.keys(after)).toEqual(Object.keys(before));
}
