import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('the timer of a KeyCache', () => {
  const now = () => Date.now();
  /** The bytes that the cache keeps for itself. */
  const put = (cache: KeyCache, given = key()): Buffer => {
    const allocations = vi.spyOn(Buffer, 'alloc').mockClear();
    cache.put(given);
    return allocations.mock.results[0]?.value as Buffer;
  };
  const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0);

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  });

  it('zeroes a key when it expires, although nobody asks again', () => {
    const cache = new KeyCache(100, now);
    const bytes = put(cache);
    vi.advanceTimersByTime(99);
    expect(isZero(bytes)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(isZero(bytes)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('zeroes each key at its own time, with one timer for all', () => {
    const cache = new KeyCache(100, now);
    const first = put(cache);
    vi.advanceTimersByTime(60);
    const second = put(cache, { ...key(), keyId: Buffer.alloc(16, 2) });
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(40);
    expect([isZero(first), isZero(second)]).toEqual([true, false]);
    vi.advanceTimersByTime(60);
    expect(isZero(second)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('runs only while there are keys, and never when they are kept for ever', () => {
    const cache = new KeyCache(100, now);
    expect(vi.getTimerCount()).toBe(0);
    cache.put(key());
    cache.clear();
    expect(vi.getTimerCount()).toBe(0);
    new KeyCache(0, now).put(key());
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps a key for longer than a timer can wait', () => {
    const year = 365 * 86_400_000;
    const cache = new KeyCache(year, now);
    cache.put(key());
    vi.advanceTimersByTime(year - 1);
    expect(cache.getById(keyId)).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(vi.getTimerCount()).toBe(0);
    const everlasting = new KeyCache(Infinity, now);
    everlasting.put(key());
    vi.advanceTimersByTime(year);
    expect(everlasting.getById(keyId)).toBeDefined();
  });

  it('keeps no process alive', () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const cache = new KeyCache(60_000, now);
    cache.put(key());
    const timer = timers.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    cache.clear();
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
