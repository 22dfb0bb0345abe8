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
  it('does each item both ways before the next, and alternates who goes first', async () => {
    const done: string[] = [];
    const log = (way: string) => (item: number) => {
      done.push(`${way} ${item}`);
      return Promise.resolve();
    };
    await sideBySide({ items: [1, 2], plain: log('plain'), encrypted: log('encrypted') });
    expect(done).toEqual(['plain 1', 'encrypted 1', 'encrypted 2', 'plain 2']);
  });

  it('fails when one way fails', async () => {
    const contest = {
      items: [1],
      plain: () => Promise.resolve(),
      encrypted: () => Promise.reject(new Error('not found')),
    };
    await expect(sideBySide(contest)).rejects.toThrow('not found');
  });
});
