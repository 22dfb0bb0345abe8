// How stored values are written, in either units and languages.
import { describe, expect, it } from 'vitest';
import { VITAL_SIGN_NAMES } from '@/schemas/measurement';
import {
  inUnits,
  LINES,
  writeChange,
  writeLine,
  writeLineChange,
  writeRange,
  writeValue,
  type Writer,
} from './vital-display';
import { toVisitRows } from './visit-row';

const metric = { units: 'metric', locale: 'en' } as const;
const us = { units: 'us', locale: 'en' } as const;
const spanish = { units: 'metric', locale: 'es' } as const;

describe('a value', () => {
  it('is written in the units that the person prefers', () => {
    expect(writeValue('weightKg', 81.6, metric)).toBe('81.6');
    expect(writeValue('weightKg', 81.6, us)).toBe('179.9');
    // Of an infant, every ten grams count.
    expect(writeValue('weightKg', 3.25, metric)).toBe('3.25');
    expect(writeValue('temperatureC', 37, us)).toBe('98.6');
    expect(writeValue('heartRate', 64, us)).toBe('64');
    expect(inUnits('temperatureC', 38, 'us')).toBe(100.4);
  });
  it('is written as the language writes numbers', () => {
    expect(writeValue('weightKg', 81.6, spanish)).toBe('81,6');
    expect(writeRange('temperatureC', { low: 36.1, high: 38 }, spanish)).toBe('36,1–38,0');
  });
});

describe('a change', () => {
  it('has a sign, and is scaled but not shifted', () => {
    expect(writeChange('weightKg', 1.5, metric)).toBe('+1.5');
    expect(writeChange('weightKg', -1, us)).toBe('−2.2');
    expect(writeChange('temperatureC', 1, us)).toBe('+1.8');
    expect(writeChange('heartRate', -2, metric)).toBe('−2');
  });
  it('too small to be seen is none', () => {
    expect(writeChange('weightKg', 0, metric)).toBe('±0');
    expect(writeChange('temperatureC', -0.04, metric)).toBe('±0');
    expect(writeChange('weightKg', 0, spanish)).toBe('±0');
  });
});

describe('a line', () => {
  const pressure = LINES[2];
  const doctor = { id: 'd', name: 'Dr. Ada Okafor' };
  const [row, first] = toVisitRows(
    [
      { id: 'a', measuredAt: new Date('2026-01-01'), systolic: 120, diastolic: 80, doctor },
      { id: 'b', measuredAt: new Date('2026-01-02'), systolic: 126, diastolic: 80, doctor },
    ],
    { dateOfBirth: '1984-03-09', timeZone: 'UTC', locale: 'en' },
  );
  it('of two signs is written with a slash, systolic first', () => {
    if (row === undefined || first === undefined) throw new Error('Expected two rows');
    expect(writeLine(row, pressure, metric)).toBe('126/80');
    expect(writeLineChange(row, pressure, metric)).toBe('+6/±0');
    expect(writeLineChange(first, pressure, metric)).toBeNull();
  });
  it('of weight tells the change as a share of the previous weight too', () => {
    const rows = toVisitRows(
      [70, 71.5, 71.5, 68].map((weightKg, at) => ({
        ...{ id: String(at), measuredAt: new Date(Date.UTC(2026, 0, 1 + at)), weightKg, doctor },
      })),
      { dateOfBirth: '1984-03-09', timeZone: 'UTC', locale: 'en' },
    );
    const changes = (writer: Writer) => rows.map((one) => writeLineChange(one, LINES[0], writer));
    expect(changes(metric)).toEqual(['−3.5 (−4.9%)', '±0', '+1.5 (+2.1%)', null]);
    // The share is the same in every unit.
    expect(changes(us)).toEqual(['−7.7 (−4.9%)', '±0', '+3.3 (+2.1%)', null]);
    expect(changes(spanish)[2]).toBe('+1,5 (+2,1\u00a0%)');
  });
  it('that was not measured is null, not zero', () => {
    if (row === undefined) throw new Error('Expected a row');
    expect(writeLine(row, LINES[0], metric)).toBeNull();
  });
  it('stands for every vital sign once', () => {
    expect(LINES.flatMap(({ signs }) => [...signs]).toSorted()).toEqual(
      VITAL_SIGN_NAMES.toSorted(),
    );
  });
});

describe('a range', () => {
  it('may lack an end, or be none', () => {
    expect(writeRange('oxygenSaturation', { low: 96 }, metric)).toBe('≥ 96');
    expect(writeRange('heartRate', { high: 100 }, metric)).toBe('≤ 100');
    expect(writeRange('weightKg', null, metric)).toBe('');
  });
});
