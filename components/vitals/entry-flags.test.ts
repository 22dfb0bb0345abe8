// What is flagged while it is typed, in the units it is typed in; and stored visits put back into the boxes.
import { describe, expect, it } from 'vitest';
import { lineFlag, typedFlag } from './entry-flags';
import { typedVisit } from './typed-visit';

const METRIC = { units: 'metric', ageInMonths: 480 } as const;
const US = { units: 'us', ageInMonths: 480 } as const;

describe('a flag while typing', () => {
  it('judges the value in the unit it is typed in', () => {
    expect(typedFlag('temperatureC', '40', METRIC)).toBe('critical-high');
    expect(typedFlag('temperatureC', '104', US)).toBe('critical-high');
    expect(typedFlag('temperatureC', '98,6', US)).toBe('normal');
  });
  it('is none for an empty box, for what is no number and for what nobody has', () => {
    for (const text of [undefined, '', ' ', '1e3', '-4', '9000']) {
      expect(typedFlag('heartRate', text, METRIC)).toBeNull();
    }
  });
  it('is none for weight, and none without an age', () => {
    expect(typedFlag('weightKg', '300', METRIC)).toBeNull();
    expect(typedFlag('heartRate', '200', { ...METRIC, ageInMonths: Number.NaN })).toBeNull();
  });
  it('of a pressure is the worse of its two numbers', () => {
    const pressure = (systolic: string, diastolic: string) =>
      lineFlag(
        [...([['systolic', systolic] as const, ['diastolic', diastolic] as const] as const)],
        METRIC,
      );
    expect(pressure('118', '76')).toBe('normal');
    expect(pressure('118', '125')).toBe('critical-high');
    expect(pressure('185', '')).toBe('critical-high');
  });
});

describe('a visit to be corrected', () => {
  const reading = (value: number) => ({ value, flag: null, change: null, range: null });
  const visit = {
    readings: { weightKg: reading(68.04), temperatureC: reading(37), systolic: reading(120) },
    note: 'Calm',
  };
  it('stands in the boxes as somebody would have typed it', () => {
    expect(typedVisit(visit, 'us', 'en')).toMatchObject({
      ...{ weightKg: '150', temperatureC: '98.6', systolic: '120', heartRate: '', note: 'Calm' },
    });
    expect(typedVisit(visit, 'metric', 'es')).toMatchObject({ weightKg: '68,04' });
  });
});
