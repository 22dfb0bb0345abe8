import { Binary, deserialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { KeyError } from '../errors.ts';
import type { KeyDocument } from '../format/index.ts';
import { KeyBroker } from './key-broker.ts';
import { KeyCache } from './key-cache.ts';

const id = (byte: number) => Buffer.alloc(16, byte);
const document = (keyId: Buffer, ...keyAltNames: string[]): KeyDocument => ({
  keyId,
  keyAltNames,
  keyMaterial: Buffer.alloc(160),
  masterKey: Buffer.alloc(5),
});
const purpose = () => 'a test';
const material = (byte = 5) => Buffer.alloc(96, byte);
const newBroker = (cache = new KeyCache(0, () => 0)) => ({ cache, broker: new KeyBroker(cache) });

describe('KeyBroker', () => {
  it('asks for ids and alt names in one filter with both arrays, each key once', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    broker.request({ keyId: id(1) });
    broker.request({ keyAltName: 'a' });
    expect(deserialize(broker.filter() ?? Buffer.alloc(0), { promoteBuffers: false })).toEqual({
      $or: [{ _id: { $in: [new UUID(id(1))] } }, { keyAltNames: { $in: ['a'] } }],
    });
  });

  it('has both arrays when only one kind is asked for', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    const filter = deserialize(broker.filter() ?? Buffer.alloc(0)) as { $or: unknown[] };
    expect(filter.$or).toHaveLength(2);
    expect(filter.$or[1]).toEqual({ keyAltNames: { $in: [] } });
  });

  it('asks nothing that the cache has, by id or by name', () => {
    const { cache, broker } = newBroker();
    cache.put({ keyId: id(1), keyAltNames: ['a'], material: material() });
    broker.request({ keyId: id(1) });
    broker.request({ keyAltName: 'a' });
    expect(broker.filter()).toBeUndefined();
    expect(broker.key({ keyAltName: 'a' }).material).toEqual(material());
  });

  it('answers an id and an alt name with one document', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    broker.request({ keyAltName: 'a' });
    broker.provide(document(id(1), 'a', 'b'), material());
    expect(() => broker.requireAll(purpose)).not.toThrow();
    expect(broker.key({ keyAltName: 'a' }).keyId).toEqual(broker.key({ keyId: id(1) }).keyId);
  });

  it('accepts a cached key that comes again under a new alt name', () => {
    const { cache, broker } = newBroker();
    cache.put({ keyId: id(1), keyAltNames: [], material: material() });
    broker.request({ keyId: id(1) });
    broker.request({ keyAltName: 'new' });
    broker.provide(document(id(1), 'new'), material());
    expect(broker.key({ keyAltName: 'new' }).material).toEqual(material());
  });

  it('names every key that is missing, after libmongocrypt’s words', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    broker.request({ keyAltName: 'a' });
    const missing = () => broker.requireAll(purpose);
    expect(missing).toThrow(/^not all keys requested were satisfied: /);
    expect(missing).toThrow('no data key with id 01010101-0101-0101-0101-010101010101');
    expect(missing).toThrow('no data key with alt name `a` for a test');
    expect(missing).toThrow('; looked in the collection that `keyVaultNamespace` names');
  });

  it('names ten missing keys and counts the others', () => {
    const { broker } = newBroker();
    for (let index = 0; index < 13; index++) broker.request({ keyAltName: `key ${index}` });
    const missing = () => broker.requireAll((reference) => JSON.stringify(reference));
    expect(missing).toThrow('alt name `key 9` for {"keyAltName":"key 9"}, 3 more;');
    expect(missing).not.toThrow('key 10');
  });

  it('does not want documents that nobody asked for', () => {
    const { broker } = newBroker();
    broker.request({ keyAltName: 'a' });
    expect(broker.wants(document(id(1), 'a'))).toBe(true);
    expect(broker.wants(document(id(1), 'b'))).toBe(false);
  });

  it('refuses two keys for one alt name', () => {
    const { broker } = newBroker();
    broker.request({ keyAltName: 'a' });
    broker.provide(document(id(1), 'a'), material());
    expect(() => broker.provide(document(id(2), 'a'), material())).toThrow(KeyError);
  });

  it('refuses unwrapped material that has not 96 bytes', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    expect(() => broker.provide(document(id(1)), Buffer.alloc(95))).toThrow(
      'decrypted key is incorrect length',
    );
  });

  it('zeroes its own copies when disposed, and leaves the cache intact', () => {
    const { cache, broker } = newBroker();
    broker.request({ keyId: id(1) });
    broker.provide(document(id(1)), material());
    const key = broker.key({ keyId: id(1) });
    broker.dispose();
    expect(key.material).toEqual(Buffer.alloc(96));
    expect(cache.getById(id(1))?.material).toEqual(material());
    expect(() => broker.key({ keyId: new Binary(id(1)).buffer })).toThrow(KeyError);
  });

  it('refuses other material for the same id, whichever comes first', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    broker.provide(document(id(1)), material(5));
    expect(() => broker.provide(document(id(1)), material(6))).toThrow(KeyError);
    expect(broker.key({ keyId: id(1) }).material).toEqual(material(5));
  });

  it('takes a document that comes twice once, and zeroes the second copy', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    const again = material();
    broker.provide(document(id(1)), material());
    broker.provide(document(id(1)), again);
    expect(again).toEqual(Buffer.alloc(96));
    expect(broker.key({ keyId: id(1) }).material).toEqual(material());
  });

  it('zeroes material that it refuses, and what it holds when it is disposed of', () => {
    const { broker } = newBroker();
    broker.request({ keyId: id(1) });
    broker.request({ keyAltName: 'a' });
    const [short, first, second] = [Buffer.alloc(95, 7), material(), material(6)];
    expect(() => broker.provide(document(id(1)), short)).toThrow(KeyError);
    broker.provide(document(id(1), 'a'), first);
    expect(() => broker.provide(document(id(2), 'a'), second)).toThrow(KeyError);
    broker.dispose();
    for (const bytes of [short, first, second]) {
      expect(bytes).toEqual(Buffer.alloc(bytes.length));
    }
  });

  it('does not remember that a key was missing', () => {
    const { cache, broker } = newBroker();
    broker.request({ keyId: id(1) });
    expect(() => broker.requireAll(purpose)).toThrow(KeyError);
    const later = new KeyBroker(cache);
    later.request({ keyId: id(1) });
    expect(later.filter()).toBeDefined();
    later.provide(document(id(1)), material());
    expect(() => later.requireAll(purpose)).not.toThrow();
  });

  it('asks the key vault for a name that the cached document did not have', () => {
    const { cache, broker } = newBroker();
    cache.put({ keyId: id(1), keyAltNames: ['a'], material: material() });
    broker.request({ keyAltName: 'a' });
    broker.request({ keyAltName: 'b' });
    const filter = deserialize(broker.filter() ?? Buffer.alloc(0)) as {
      $or: [unknown, { keyAltNames: unknown }];
    };
    expect(filter.$or[1].keyAltNames).toEqual({ $in: ['b'] });
  });

  it('asks again for what has expired, and never with an expiry of 0', () => {
    const clock = { now: 0 };
    const asksAgain = (expirationMS: number) => {
      clock.now = 0;
      const cache = new KeyCache(expirationMS, () => clock.now);
      cache.put({ keyId: id(1), keyAltNames: ['a'], material: material() });
      clock.now = 1000;
      const broker = new KeyBroker(cache);
      broker.request({ keyId: id(1) });
      cache.clear();
      return broker.filter() !== undefined;
    };
    expect(asksAgain(1000)).toBe(true);
    expect(asksAgain(1001)).toBe(false);
    expect(asksAgain(0)).toBe(false);
  });

  it('keeps its keys when they expire or are replaced while it works', () => {
    const { cache, broker } = newBroker();
    cache.put({ keyId: id(1), keyAltNames: [], material: material() });
    broker.request({ keyId: id(1) });
    const other = new KeyBroker(cache);
    other.request({ keyId: id(1) });
    cache.clear();
    other.dispose();
    expect(broker.key({ keyId: id(1) }).material).toEqual(material());
  });
});
