import { describe, expect, it } from 'vitest';
import { formatAge, formatDate, formatMoment, formatNumber, formatSsn, monthOf } from './format';

describe('formatAge', () => {
  const today = new Date(2026, 10, 22);

  it('does not count a birthday that is still to come this year', () => {
    expect(formatAge('1984-11-23', today, 'en')).toBe('41 years');
    expect(formatAge('1984-11-22', today, 'en')).toBe('42 years');
  });

  it('counts months below two years', () => {
    expect(formatAge('2026-10-22', today, 'en')).toBe('1 month');
    expect(formatAge('2026-10-23', today, 'en')).toBe('0 months');
    expect(formatAge('2024-11-22', today, 'en')).toBe('2 years');
  });

  it('does not guess an age from something that is no date, or lies in the future', () => {
    expect(formatAge('22.11.1984', today, 'en')).toBe('—');
    expect(formatAge('2027-01-01', today, 'en')).toBe('—');
  });
});

describe('formatSsn', () => {
  it('keeps leading zeros in every group', () => {
    expect(formatSsn('001020003')).toBe('001-02-0003');
  });
});

describe('formatDate', () => {
  it('names the month, so that day and month cannot be swapped', () => {
    expect(formatDate('1984-03-09', 'en')).toBe('9 Mar 1984');
  });

  it('writes every month with three letters', () => {
    expect(formatDate('2026-09-01', 'en')).toBe('1 Sep 2026');
    expect(monthOf('1 Sep 2026')).toBe('Sep 2026');
  });

  it('returns what is no calendar date unchanged', () => {
    expect(formatDate('unknown', 'en')).toBe('unknown');
  });
});

describe('formatMoment', () => {
  it('writes the clinic wall clock, not the reader one', () => {
    const moment = new Date('2026-01-01T03:05:00Z');
    expect(formatMoment(moment, 'America/Chicago', 'en')).toEqual({
      day: '31 Dec 2025',
      time: '21:05',
    });
    expect(formatMoment(moment, 'UTC', 'en')).toEqual({ day: '1 Jan 2026', time: '03:05' });
  });
});

describe('in Spanish', () => {
  it('dates and ages have Spanish words and the same order', () => {
    expect(formatDate('2026-09-01', 'es')).toBe('1 sep 2026');
    expect(formatAge('1984-11-22', new Date(2026, 10, 22), 'es')).toBe('42 años');
    expect(formatAge('2026-10-22', new Date(2026, 10, 22), 'es')).toBe('1 mes');
  });

  it('numbers have a decimal comma, and thousands stay together', () => {
    expect(formatNumber(81.5, 'es')).toBe('81,5');
    expect(formatNumber(81.5, 'en')).toBe('81.5');
    expect(formatNumber(1234, 'en')).toBe('1234');
  });
});
