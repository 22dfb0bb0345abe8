import { describe, expect, it } from 'vitest';
import { median, sideBySide } from './compare.ts';

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the two middle values of an even number', () => {
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('side by side', () => {
  it('does each item in every way before the next, and another way goes first each time', async () => {
    const done: string[] = [];
    const log = (way: string) => (item: number) => {
      done.push(`${way}${item}`);
      return Promise.resolve();
    };
    const medians = await sideBySide(3, { a: log('a'), b: log('b') });
    expect(done).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
    expect(Object.keys(medians)).toEqual(['a', 'b']);
  });

  it('fails when one way fails', async () => {
    const ways = {
      works: () => Promise.resolve(),
      fails: () => Promise.reject(new Error('not found')),
    };
    await expect(sideBySide(1, ways)).rejects.toThrow('not found');
  });
});
