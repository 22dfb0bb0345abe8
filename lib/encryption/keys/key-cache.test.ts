import { afterEach, describe, expect, it, vi } from 'vitest';
import { KeyCache } from './key-cache.ts';

function fixture(expirationMS: number) {
  const clock = { now: 0 };
  return { clock, cache: new KeyCache(expirationMS, () => clock.now) };
}
const keyId = Buffer.alloc(16, 1);
const key = () => ({ keyId, keyAltNames: ['a', 'b'], material: Buffer.alloc(96, 5) });

describe('KeyCache', () => {
  it('finds a key by id and by each alt name until it expires', () => {
    const { clock, cache } = fixture(100);
    cache.put(key());
    clock.now = 99;
    expect(cache.getById(keyId)?.material).toEqual(Buffer.alloc(96, 5));
    expect(cache.getByAltName('a')).toBeDefined();
    expect(cache.getByAltName('b')).toBeDefined();
    expect(cache.getByAltName('c')).toBeUndefined();
    clock.now = 100;
    expect(cache.getById(keyId)).toBeUndefined();
    expect(cache.getByAltName('a')).toBeUndefined();
  });

  it('keeps keys for ever with expiration 0', () => {
    const { clock, cache } = fixture(0);
    cache.put(key());
    clock.now = Number.MAX_SAFE_INTEGER;
    expect(cache.getById(keyId)).toBeDefined();
  });

  it('hands out copies: zeroing one leaves the cache intact', () => {
    const { cache } = fixture(100);
    const original = key();
    cache.put(original);
    original.material.fill(0);
    cache.getById(keyId)?.material.fill(0);
    expect(cache.getById(keyId)?.material).toEqual(Buffer.alloc(96, 5));
  });

  it('forgets the alt names of a replaced key', () => {
    const { cache } = fixture(100);
    cache.put(key());
    cache.put({ ...key(), keyAltNames: ['c'] });
    expect(cache.getByAltName('a')).toBeUndefined();
    expect(cache.getByAltName('c')).toBeDefined();
  });

  it('evicts only what has expired', () => {
    const { clock, cache } = fixture(100);
    cache.put(key());
    clock.now = 60;
    const other = Buffer.alloc(16, 2);
    cache.put({ keyId: other, keyAltNames: [], material: Buffer.alloc(96, 6) });
    clock.now = 110;
    expect(cache.getById(keyId)).toBeUndefined();
    expect(cache.getById(other)).toBeDefined();
    cache.clear();
    expect(cache.getById(other)).toBeUndefined();
  });

  it.each<[string, (cache: KeyCache, clock: { now: number }) => void]>([
    [
      'expiry',
      (cache, clock) => {
        clock.now = 100;
        cache.getById(keyId);
      },
    ],
    ['replacement', (cache) => cache.put(key())],
    ['clear', (cache) => cache.clear()],
  ])('zeroes its own bytes on %s', (_, evict) => {
    const { clock, cache } = fixture(100);
    const given = key();
    const allocations = vi.spyOn(Buffer, 'alloc');
    cache.put(given);
    const kept = allocations.mock.results[0]?.value as Buffer;
    expect(kept).toEqual(Buffer.alloc(96, 5));
    evict(cache, clock);
    expect(kept.every((byte) => byte === 0)).toBe(true);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});
