// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#1-custom-key-material-test
// A data key may be made of key material that the caller brings. Two key documents with the same
// material and id are then the same key, so that deterministic ciphertext can be foretold.
import { Binary, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import vector from '../format/vectors/deterministic.json' with { type: 'json' };
import { deterministic, prepareSetting, type Setting } from './setting.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await prepareSetting('prose1');
});
afterAll(() => setting.close());

describe('1. custom key material', () => {
  it('gives the ciphertext of the specification, once the key has the id of the specification', async () => {
    const { clientEncryption, keyVault } = setting;
    const keyMaterial = Buffer.from(vector.keyMaterial, 'base64');
    const made: unknown = await clientEncryption.createDataKey('local', { keyMaterial });
    const document = await keyVault.findOneAndDelete({ _id: made } as Document);
    expect(document).not.toBeNull();
    const id = new Binary(Buffer.alloc(16), Binary.SUBTYPE_UUID);
    const renamed = { ...document, _id: id } as Document;
    await keyVault.insertOne(renamed, { writeConcern: { w: 'majority' } });

    const encrypted = await clientEncryption.encrypt(vector.plaintext, {
      keyId: id,
      algorithm: deterministic,
    });
    expect(encrypted.toString('base64')).toBe(vector.ciphertext);
    expect(await clientEncryption.decrypt(encrypted)).toBe(vector.plaintext);
  });

  it.each([0, 64, 95, 97, 128])('cannot be of %i bytes', async (length) => {
    const keyMaterial = Buffer.alloc(length, 1);
    await expect(setting.clientEncryption.createDataKey('local', { keyMaterial })).rejects.toThrow(
      'keyMaterial should have length 96',
    );
  });
});
