import { describe, expect, it } from 'vitest';
import { ageOfVitals } from './vitals-age';

const now = Date.UTC(2026, 10, 23, 12);
const HOUR = 3_600_000;
const of = (hours: number) => ageOfVitals(now - hours * HOUR, now);

describe('the age of the last vital signs', () => {
  it('is told in the unit that suits it', () => {
    expect(of(0.5)).toMatchObject({ key: 'minutes', count: 30 });
    expect(of(1)).toMatchObject({ key: 'hours', count: 1 });
    expect(of(47.9)).toMatchObject({ key: 'hours', count: 47 });
    expect(of(48)).toMatchObject({ key: 'days', count: 2 });
    expect(of(24 * 60)).toMatchObject({ key: 'months', count: 1 });
    expect(of(24 * 731)).toMatchObject({ key: 'years', count: 2 });
  });
  it('is too old from twelve hours on', () => {
    expect(of(11.99).overdue).toBe(false);
    expect(of(12).overdue).toBe(true);
  });
  it('is never negative, should a clock have been set back', () => {
    expect(of(-5)).toEqual({ key: 'minutes', count: 0, overdue: false });
  });
});
