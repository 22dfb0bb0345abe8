import { describe, expect, it } from 'vitest';
import { valueTicks } from './chart-scale';

describe('valueTicks', () => {
  it('encloses the data with even whole steps', () => {
    expect(valueTicks([76.2, 84.9])).toEqual([75, 80, 85]);
    expect(valueTicks([78, 137])).toEqual([60, 80, 100, 120, 140]);
  });

  it('has two ticks for a single value, so that its line is not on the frame alone', () => {
    expect(valueTicks([72])).toEqual([71, 72]);
  });

  it('shows no percentage above a hundred', () => {
    expect(valueTicks([100, 100])).toEqual([99, 100]);
  });

  it('never has more than five ticks', () => {
    for (let most = 1; most < 650; most += 7) {
      const ticks = valueTicks([0.2, most]);
      expect(ticks.length).toBeLessThanOrEqual(5);
      expect(ticks[0]).toBeLessThanOrEqual(0.2);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
    }
  });
});
