// Keys that move: between the cache and a broker, and alt names between keys.
import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import type { KeyReference } from '../format/index.ts';
import { KeyBroker, KeyCache } from './index.ts';

const id = (byte: number) => Buffer.alloc(16, byte);
const material = (byte: number) => Buffer.alloc(96, byte);
const masterKey = serialize({ provider: 'local' });
const cacheOf = () => new KeyCache(0, () => 0);

describe('KeyBroker', () => {
  it('asks the key vault for nothing that it already holds, though the cache lost it', () => {
    const cache = cacheOf();
    cache.put({ keyId: id(1), keyAltNames: ['a'], material: material(1) });
    const broker = new KeyBroker(cache);
    broker.request({ keyId: id(1) });
    cache.clear();
    broker.request({ keyId: id(1) });
    expect(broker.filter()).toBeUndefined();
    expect(broker.key({ keyId: id(1) }).material).toEqual(material(1));
  });

  it('takes the answer to a key that was asked for twice as one answer', () => {
    const cache = cacheOf();
    const broker = new KeyBroker(cache);
    broker.request({ keyAltName: 'a' });
    broker.request({ keyAltName: 'a' });
    const document = {
      keyId: id(1),
      keyAltNames: ['a'],
      keyMaterial: Buffer.alloc(160),
      masterKey,
    };
    broker.provide(document, material(1));
    expect(broker.filter()).toBeUndefined();
    expect(broker.wants(document)).toBe(false);
  });

  it('names ten missing keys and counts the others', () => {
    const message = (count: number) => {
      const broker = new KeyBroker(cacheOf());
      for (let n = 0; n < count; n++)
        broker.request({ keyAltName: `k${n}` } satisfies KeyReference);
      try {
        broker.requireAll(() => 'a test');
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return '';
    };
    expect(message(10)).toContain('`k9` for a test; looked in');
    expect(message(10)).not.toContain('more');
    expect(message(11)).toContain('`k9` for a test, 1 more; looked in');
    expect(message(11)).not.toContain('k10');
  });
});

describe('KeyCache', () => {
  it('keeps an alt name that has moved to another key when the first key goes', () => {
    const cache = cacheOf();
    cache.put({ keyId: id(1), keyAltNames: ['a'], material: material(1) });
    cache.put({ keyId: id(2), keyAltNames: ['a'], material: material(2) });
    cache.put({ keyId: id(1), keyAltNames: [], material: material(1) });
    expect(cache.getByAltName('a')?.material).toEqual(material(2));
  });

  it('leaves no alt name behind that leads to a key that has lost it', () => {
    const cache = cacheOf();
    cache.put({ keyId: id(1), keyAltNames: ['a'], material: material(1) });
    cache.put({ keyId: id(1), keyAltNames: ['b'], material: material(1) });
    expect(cache.getByAltName('a')).toBeUndefined();
    expect(cache.getByAltName('b')?.material).toEqual(material(1));
  });
});
