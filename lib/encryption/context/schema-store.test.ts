import { serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { BsonType, DocumentWriter } from '../bytes/index.ts';
import { SchemaStore } from './schema-store.ts';

const namespace = 'm.patients';
const encrypted = {
  bsonType: 'object',
  properties: {
    ssn: {
      encrypt: {
        bsonType: 'int',
        algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic',
        keyId: [new UUID()],
      },
    },
  },
};
const collection = (options: object, type = 'collection') =>
  serialize({ name: 'patients', type, options });

function fixture(schemaMap?: object) {
  const clock = { now: 0 };
  const store = new SchemaStore(schemaMap && serialize(schemaMap), () => clock.now);
  return { clock, store };
}

describe('SchemaStore', () => {
  it('takes the schema of schemaMap and never asks the server for that namespace', () => {
    const { store } = fixture({ [namespace]: encrypted });
    expect(store.get(namespace)).toBe(store.get(namespace));
    expect(typeof store.get(namespace)).toBe('object');
    expect(store.get('m.other')).toBe('unknown');
  });

  it('keeps the answer of the server for a minute', () => {
    const { clock, store } = fixture();
    store.put(namespace, collection({ validator: { $jsonSchema: encrypted } }));
    clock.now = 59_999;
    expect(typeof store.get(namespace)).toBe('object');
    clock.now = 60_000;
    expect(store.get(namespace)).toBe('unknown');
  });

  it('keeps negative answers too', () => {
    const { store } = fixture();
    expect(store.put('m.a', undefined)).toBe('none');
    expect(store.put('m.b', collection({}))).toBe('none');
    expect(store.put('m.c', collection({ validator: { a: { $gt: 1 } } }))).toBe('none');
    for (const name of ['m.a', 'm.b', 'm.c']) expect(store.get(name)).toBe('none');
  });

  it('accepts other rules beside $jsonSchema', () => {
    const { store } = fixture();
    const validator = { $jsonSchema: encrypted, name: { $type: 'string' } };
    expect(typeof store.put(namespace, collection({ validator }))).toBe('object');
  });

  it('refuses a view and keeps no answer for it', () => {
    const { store } = fixture();
    expect(() => store.put(namespace, collection({}, 'view'))).toThrow(
      'cannot auto encrypt a view: m.patients',
    );
    expect(store.get(namespace)).toBe('unknown');
  });

  it('refuses a collection of Queryable Encryption', () => {
    const { store } = fixture();
    expect(() => store.put(namespace, collection({ encryptedFields: { fields: [] } }))).toThrow(
      'Queryable Encryption is not supported',
    );
  });

  it('refuses a schema that cannot be compiled, at every use', () => {
    const bad = { bsonType: 'object', properties: { a: { encrypt: { nonsense: 1 } } } };
    const { store } = fixture({ [namespace]: bad });
    expect(() => store.get(namespace)).toThrow();
    expect(() => store.get(namespace)).toThrow();
  });

  it('keeps each namespace apart', () => {
    const { clock, store } = fixture();
    store.put('m.a', undefined);
    clock.now = 30_000;
    store.put('m.b', collection({ validator: { $jsonSchema: encrypted } }));
    clock.now = 60_000;
    expect(store.get('m.a')).toBe('unknown');
    expect(typeof store.get('m.b')).toBe('object');
  });

  it('forgets a namespace that a command changes, and keeps no answer for a minute after', () => {
    const { clock, store } = fixture();
    store.put(namespace, undefined);
    store.put('m.other', undefined);
    store.forget(namespace);
    expect(store.get(namespace)).toBe('unknown');
    // An answer that was under way may be older than the change.
    expect(store.put(namespace, undefined)).toBe('none');
    expect(store.get(namespace)).toBe('unknown');
    expect(store.get('m.other')).toBe('none');
    clock.now = 60_000;
    store.put(namespace, collection({ validator: { $jsonSchema: encrypted } }));
    expect(typeof store.get(namespace)).toBe('object');
  });

  it('never forgets a local schema', () => {
    const { store } = fixture({ [namespace]: encrypted });
    store.forget(namespace);
    expect(typeof store.get(namespace)).toBe('object');
  });

  it('finds what is wrong with local schemas before a command meets them', () => {
    const wrong = { bsonType: 'object', properties: { a: { encrypt: { nonsense: 1 } } } };
    const plain = { bsonType: 'object', properties: { a: { bsonType: 'string' } } };
    const { store } = fixture({ [namespace]: encrypted, 'm.wrong': wrong, 'm.plain': plain });
    expect(store.inspect()).toEqual([
      {
        severity: 'error',
        message:
          "Invalid schema containing the 'encrypt' keyword. At `$.properties.a.encrypt`: unknown field `nonsense` (`schemaMap` of `m.wrong`)",
      },
      {
        severity: 'warning',
        message: 'The schema of `m.plain` in `schemaMap` encrypts no field',
      },
    ]);
    expect(fixture({ [namespace]: encrypted }).store.inspect()).toEqual([]);
  });

  it('refuses a validator with two $jsonSchema', () => {
    const { store } = fixture();
    const twice = new DocumentWriter()
      .append(BsonType.object, '$jsonSchema', serialize(encrypted))
      .append(BsonType.object, '$jsonSchema', serialize({}))
      .finish();
    const options = new DocumentWriter().append(BsonType.object, 'validator', twice).finish();
    const info = new DocumentWriter().append(BsonType.object, 'options', options).finish();
    expect(() => store.put(namespace, info)).toThrow('duplicate $jsonSchema');
  });
});
