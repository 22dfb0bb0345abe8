import { describe, expect, it } from 'vitest';
import { clockText, minutesToSay } from './countdown';

const MINUTE = 60_000;

describe('the remaining time', () => {
  it.each([
    [30 * MINUTE, '30:00'],
    [5 * MINUTE - 1, '5:00'],
    [61_000, '1:01'],
    [900, '0:01'],
    [0, '0:00'],
    [-5000, '0:00'],
  ])('%d ms is %s', (left, text) => {
    expect(clockText(left)).toBe(text);
  });
  it.each([
    [30 * MINUTE, null],
    [10 * MINUTE, 10],
    [6 * MINUTE, 10],
    [5 * MINUTE, 5],
    [59_000, 1],
    [0, null],
  ])('%d ms is announced as %s minutes', (left, minutes) => {
    expect(minutesToSay(left)).toBe(minutes);
  });
});
