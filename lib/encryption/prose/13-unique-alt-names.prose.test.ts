// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#13-unique-index-on-keyaltnames
// With a unique index on `keyAltNames`, of key documents that have some, a name belongs to one key:
// the server refuses a second key of that name, while the key itself may be given its name again.
import type { Document, UUID } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { testServerKind } from '../../testing/server.ts';
import { prepareSetting, type Setting } from './setting.ts';

let setting: Setting;
let existing: UUID;
beforeEach(async () => {
  setting = await prepareSetting('prose13');
  const partialFilterExpression = { keyAltNames: { $exists: true } };
  const index = { name: 'keyAltNames_1', key: { keyAltNames: 1 }, unique: true };
  await setting.keyVault.db.command({
    createIndexes: 'keys',
    indexes: [{ ...index, partialFilterExpression }],
    writeConcern: { w: 'majority' },
  });
  existing = await setting.clientEncryption.createDataKey('local', { keyAltNames: ['def'] });
  return () => setting.close();
});

const duplicateKey = { name: 'MongoServerError', code: 11000 };
/** FerretDB has another code where a findAndModify meets an index. */
const duplicateInUpdate = { ...duplicateKey, code: testServerKind() === 'ferretdb' ? 1 : 11000 };
const create = (...keyAltNames: string[]) =>
  setting.clientEncryption.createDataKey('local', { keyAltNames });
const add = (id: UUID, name: string) => setting.clientEncryption.addKeyAltName(id, name);
const count = () => setting.keyVault.countDocuments();

describe('13. unique alt names', () => {
  it('case 1: createDataKey takes a free name, and no name twice', async () => {
    await create('abc');
    await expect(create('abc')).rejects.toMatchObject(duplicateKey);
    await expect(create('def')).rejects.toMatchObject(duplicateKey);
    await expect(create('ghi', 'def')).rejects.toMatchObject(duplicateKey);
    expect(await count()).toBe(2);
  });

  it('case 2: addKeyAltName takes a free name, its own again, and not that of another key', async () => {
    const id = await setting.clientEncryption.createDataKey('local');
    // The document as it was before comes back.
    expect(await add(id, 'abc')).not.toHaveProperty('keyAltNames');
    expect((await add(id, 'abc'))?.keyAltNames).toEqual(['abc']);
    await expect(add(id, 'def')).rejects.toMatchObject(duplicateInUpdate);
    expect((await add(existing, 'def'))?.keyAltNames).toEqual(['def']);
    const stored = await setting.keyVault
      .find({ _id: { $in: [id, existing] } as Document })
      .toArray();
    expect(stored.map((key) => key['keyAltNames'] as string[]).sort()).toEqual([['abc'], ['def']]);
  });

  it('keys without names are as many as one likes', async () => {
    await setting.clientEncryption.createDataKey('local');
    await setting.clientEncryption.createDataKey('local');
    expect(await count()).toBe(3);
  });
});
