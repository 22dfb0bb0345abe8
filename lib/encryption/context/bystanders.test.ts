// What stands beside the value that an operation is about: it is kept, told apart, or refused.
import { Binary, deserialize, type Document, Int32, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { DocumentWriter, elements } from '../bytes/index.ts';
import { unwrapKey } from '../crypto/index.ts';
import { parseKeyDocument } from '../format/index.ts';
import { KeyCache } from '../keys/index.ts';
import { KmsProviders } from '../kms/index.ts';
import { makeKey, masterKey, run, testEngine } from '../testing/drive.ts';
import { rewrapManyDataKey } from './data-key.ts';
import type { Engine } from './engine.ts';
import { encryptCommand } from './encrypt.ts';
import { encryptExplicitly } from './explicit.ts';
import { sameReference } from './places.ts';
import { changedNamespaces } from './schema-changes.ts';
import { SchemaStore } from './schema-store.ts';

const key = makeKey(testEngine(), { keyAltNames: ['one'] });
const keyId = Buffer.from(parseKeyDocument(key).keyId);
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const schema = {
  bsonType: 'object',
  properties: { ssn: { encrypt: { bsonType: 'int', algorithm, keyId: [new UUID(keyId)] } } },
};
const store = () => new SchemaStore(serialize({ 'm.patients': schema }), () => 0);

/** The fields of all documents, one after another: a name can come twice. */
function joined(...documents: readonly Document[]): Uint8Array {
  const writer = new DocumentWriter();
  for (const document of documents) {
    for (const { type, key: name, value } of elements(serialize(document))) {
      writer.append(type, name, value);
    }
  }
  return writer.finish();
}

describe('a command with values to encrypt', () => {
  it.each([1, 2])('keeps ciphertext of type %i that the application brought', (blobType) => {
    const brought = new Binary(Buffer.from([blobType, ...Buffer.alloc(80, 3)]), 6);
    const command = {
      insert: 'patients',
      documents: [{ note: brought, ssn: new Int32(5), list: [brought] }],
    };
    const { output } = run(
      encryptCommand(testEngine({ schemas: store() }), 'm', serialize(command)),
      {
        keys: [key],
      },
    );
    const [document] = (deserialize(output) as { documents: Document[] }).documents;
    expect(document).toMatchObject({ note: brought, list: [brought] });
    expect(document?.['ssn']).toBeInstanceOf(Binary);
    const clear = Buffer.from(serialize({ ssn: new Int32(5) })).subarray(4, -1);
    expect(output.includes(clear)).toBe(false);
  });
});

describe('a reply of listCollections', () => {
  it('without a name is refused: it could be the answer about any collection', () => {
    const engine = testEngine({ schemas: new SchemaStore(undefined, () => 0) });
    const find = () => encryptCommand(engine, 'm', serialize({ find: 'patients', filter: {} }));
    for (const info of [
      { type: 'collection', options: {} },
      { name: 5, options: {} },
    ]) {
      expect(() => run(find(), { collections: [serialize(info)] })).toThrow(
        'Expected `name` in a reply of listCollections',
      );
    }
  });

  it('about another collection is no answer about this one', () => {
    const engine = testEngine({ schemas: new SchemaStore(undefined, () => 0) });
    const info = serialize({ name: 'other', options: { validator: { $jsonSchema: schema } } });
    const command = serialize({ find: 'patients', filter: { ssn: 5 } });
    const { output } = run(encryptCommand(engine, 'm', command), { collections: [info] });
    expect(output).toEqual(Buffer.from(command));
  });
});

describe('the option schemaMap', () => {
  it.each(['patients', '.patients', 'm.', '.', '', '..x'])(
    'cannot name a collection %j',
    (name) => {
      expect(() => new SchemaStore(serialize({ [name]: schema }), () => 0)).toThrow(
        'to be named "database.collection"',
      );
    },
  );

  it('cannot name a collection twice', () => {
    const twice = joined({ 'm.patients': schema }, { 'm.patients': {} });
    expect(() => new SchemaStore(twice, () => 0)).toThrow('comes twice');
    const apart = joined({ 'm.patients': schema }, { 'm.Patients': {} });
    expect(() => new SchemaStore(apart, () => 0)).not.toThrow();
  });
});

describe('the commands that change a schema', () => {
  const changed = (command: Document) =>
    changedNamespaces('m', Object.keys(command)[0] ?? '', serialize(command));

  it('name the old and the new collection of a renaming', () => {
    expect(changed({ renameCollection: 'm.a', to: 'm.b' })).toEqual(['m.a', 'm.b']);
    expect(changed({ renameCollection: 'm.a', to: 5 })).toEqual(['m.a']);
  });

  it.each(['create', 'collMod', 'drop'])('name the collection of %s', (name) => {
    expect(changed({ [name]: 'a', to: 'b' })).toEqual(['m.a']);
    expect(changed({ [name]: 5 })).toEqual([]);
  });

  it.each(['find', 'insert', 'createIndexes', 'dropIndexes'])('are not %s', (name) => {
    expect(changed({ [name]: 'a', to: 'm.b' })).toEqual([]);
  });
});

describe('an option that is a document', () => {
  it('has its one field once', () => {
    const value = serialize({ v: 'x' });
    const encrypt = (keyAltName: Uint8Array) => () =>
      run(
        encryptExplicitly(testEngine(), value, { keyAltName, algorithm, expressionMode: false }),
        {
          keys: [key],
        },
      );
    expect(encrypt(serialize({ keyAltName: 'one' }))).not.toThrow();
    expect(encrypt(joined({ keyAltName: 'one' }, { keyAltName: 'one' }))).toThrow(
      'Unexpected field',
    );
    expect(encrypt(serialize({ keyAltName: 'one', x: 1 }))).toThrow("Unexpected field: 'x'");
    expect(encrypt(serialize({}))).toThrow('to be a string, got none');
  });
});

describe('rewrapping under another master key', () => {
  const other = Buffer.alloc(96, 8);
  const engine: Engine = {
    ...testEngine(),
    keyCache: new KeyCache(0, () => 0),
    kmsProviders: new KmsProviders(
      serialize({ local: { key: masterKey }, 'local:other': { key: other } }),
    ),
  };
  const rewrap = (target?: Document) =>
    run(rewrapManyDataKey(engine, serialize({}), target && serialize(target)), { keys: [key] });
  const rewrapped = (target?: Document) => {
    const { v } = deserialize(rewrap(target).output) as { v: Document[] };
    return v.map(({ keyMaterial, masterKey: written }) => ({
      wrapped: Buffer.from((keyMaterial as Binary).buffer),
      written: written as Document,
    }));
  };
  const material = unwrapKey(masterKey, parseKeyDocument(key).keyMaterial);

  it('wraps the same key under that one, and says so', () => {
    const [result] = rewrapped({ provider: 'local:other' });
    expect(result?.written).toEqual({ provider: 'local:other' });
    expect(unwrapKey(other, result?.wrapped ?? other)).toEqual(material);
    expect(() => unwrapKey(masterKey, result?.wrapped ?? other)).toThrow('HMAC validation failure');
  });

  it('keeps its own master key without another, in new bytes', () => {
    const [result] = rewrapped();
    expect(result?.written).toEqual({ provider: 'local' });
    expect(unwrapKey(masterKey, result?.wrapped ?? other)).toEqual(material);
    expect(result?.wrapped).not.toEqual(Buffer.from(parseKeyDocument(key).keyMaterial));
  });

  it('is refused for a provider that is not configured, before the key vault is read', () => {
    expect(() =>
      rewrapManyDataKey(engine, serialize({}), serialize({ provider: 'aws' })).next(),
    ).toThrow('KMS provider `aws` is not configured');
  });
});

describe('sameReference', () => {
  it('tells ids from names and each from another', () => {
    const byId = { keyId };
    const byName = { keyAltName: 'one' };
    expect(sameReference(byId, { keyId: Buffer.from(keyId) })).toBe(true);
    expect(sameReference(byName, { keyAltName: 'one' })).toBe(true);
    expect(sameReference(byId, { keyId: Buffer.alloc(16) })).toBe(false);
    expect(sameReference(byName, { keyAltName: 'two' })).toBe(false);
    expect(sameReference(byId, byName)).toBe(false);
    expect(sameReference(byName, byId)).toBe(false);
  });
});
