// What counts as normal, high or critical, at which age.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VITAL_SIGN_NAMES } from '@/schemas/measurement';
import { ageInMonths } from './age';
import { absoluteLimits } from './limits';
import {
  bloodPressureCategory,
  bloodPressureFlag,
  FLAGS_WORST_FIRST,
  flagOf,
  referenceRange,
  worstFlag,
} from './ranges';

const ADULT = 40 * 12;

describe('flags', () => {
  it('counts the normal limits as normal and the critical limits as critical', () => {
    expect([59, 60, 100, 101].map((value) => flagOf('heartRate', value, ADULT))).toEqual([
      'low',
      'normal',
      'normal',
      'high',
    ]);
    expect([40, 41, 130, 131].map((value) => flagOf('heartRate', value, ADULT))).toEqual([
      'critical-low',
      'low',
      'high',
      'critical-high',
    ]);
  });

  it('judges the same value differently at different ages', () => {
    const ages = [0, 6, 24, 48, 8 * 12, 12 * 12, 13 * 12, ADULT];
    expect(ages.map((age) => flagOf('heartRate', 130, age))).toEqual([
      'normal',
      'normal',
      'normal',
      'high',
      'high',
      'high',
      'high',
      'high',
    ]);
    expect(ages.map((age) => flagOf('respiratoryRate', 30, age))).toEqual([
      'normal',
      'normal',
      'normal',
      'high',
      'high',
      'high',
      'critical-high',
      'critical-high',
    ]);
    expect(flagOf('systolic', 90, 24)).toBe('normal');
    expect(flagOf('systolic', 90, ADULT)).toBe('critical-low');
  });

  it('takes 38 °C as critical below three months and as normal later', () => {
    expect(flagOf('temperatureC', 38, 2)).toBe('critical-high');
    expect(flagOf('temperatureC', 38, 3)).toBe('normal');
    expect(flagOf('temperatureC', 38.1, ADULT)).toBe('high');
  });

  it('changes from one range to the next on the birthday', () => {
    expect(referenceRange('heartRate', 13 * 12 - 1)).toMatchObject({ low: 75, high: 118 });
    expect(referenceRange('heartRate', 13 * 12)).toMatchObject({ low: 60, high: 100 });
  });

  it('has no range for weight, for an unknown age or for no value', () => {
    expect(flagOf('weightKg', 80, ADULT)).toBeNull();
    expect(flagOf('heartRate', 80, Number.NaN)).toBeNull();
    expect(flagOf('heartRate', 80, -1)).toBeNull();
    expect(flagOf('heartRate', Number.NaN, ADULT)).toBeNull();
  });

  it('never calls oxygen saturation too high, nor diastolic pressure critically low', () => {
    expect(flagOf('oxygenSaturation', 100, ADULT)).toBe('normal');
    expect(flagOf('diastolic', 10, ADULT)).toBe('low');
  });

  it('has critical limits outside the normal ones and inside what can be entered, at every age', () => {
    for (const sign of VITAL_SIGN_NAMES.filter((name) => name !== 'weightKg')) {
      for (let age = 0; age <= 14 * 12; age++) {
        const { min, max } = absoluteLimits(sign, age);
        const {
          criticalLow = min,
          low = min,
          high = max,
          criticalHigh = max,
        } = referenceRange(sign, age) ?? {};
        const limits = [min, criticalLow, low, high, criticalHigh, max];
        expect(limits, `${sign} at ${age} months`).toEqual(limits.toSorted((a, b) => a - b));
      }
    }
  });

  it('gets no better the further a value is from the middle', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VITAL_SIGN_NAMES.filter((name) => name !== 'weightKg')),
        fc.nat(100 * 12),
        fc.double({ min: 0, max: 400, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (sign, age, value, further) => {
          const { max } = absoluteLimits(sign, age);
          const { low = 0, high = max } = referenceRange(sign, age) ?? {};
          const away = value < (low + high) / 2 ? value - further : value + further;
          const rank = (at: number): number =>
            ['normal', 'low', 'critical-low'].indexOf(
              flagOf(sign, at, age)?.replace('high', 'low') ?? '',
            );
          expect(rank(away)).toBeGreaterThanOrEqual(rank(value));
        },
      ),
    );
  });
});

describe('blood pressure', () => {
  it('is as bad as the worse of its two numbers', () => {
    expect(bloodPressureFlag(110, 70, ADULT)).toBe('normal');
    expect(bloodPressureFlag(110, 85, ADULT)).toBe('high');
    expect(bloodPressureFlag(130, 70, ADULT)).toBe('high');
    expect(bloodPressureFlag(110, 121, ADULT)).toBe('critical-high');
    expect(bloodPressureFlag(95, 55, ADULT)).toBe('low');
  });

  it('shows a critically high number before a critically low one, and high before low', () => {
    expect(worstFlag(['critical-low', 'critical-high'])).toBe('critical-high');
    expect(worstFlag(['low', null, 'high'])).toBe('high');
    expect(worstFlag(['high', 'critical-low'])).toBe('critical-low');
    expect(worstFlag([null])).toBeNull();
    expect(FLAGS_WORST_FIRST).toHaveLength(5);
  });

  it('falls into the higher ACC/AHA category of its two numbers', () => {
    const pressures = [
      [119, 79, 'normal'],
      [120, 79, 'elevated'],
      [129, 80, 'stage-1'],
      [130, 70, 'stage-1'],
      [139, 90, 'stage-2'],
      [140, 70, 'stage-2'],
      [180, 120, 'stage-2'],
      [181, 70, 'crisis'],
      [130, 121, 'crisis'],
    ] as const;
    for (const [systolic, diastolic, category] of pressures) {
      expect(bloodPressureCategory(systolic, diastolic, ADULT)).toBe(category);
    }
  });

  it('has no category below 13 years or at an unknown age', () => {
    expect(bloodPressureCategory(150, 95, 12 * 12 + 11)).toBeNull();
    expect(bloodPressureCategory(150, 95, Number.NaN)).toBeNull();
  });

  it('is above normal exactly when its category is, from 13 years on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 260 }), fc.integer({ min: 60, max: 160 }), (s, d) => {
        const flag = bloodPressureFlag(s, d, ADULT);
        const category = bloodPressureCategory(s, d, ADULT);
        expect(flag === 'normal').toBe(category === 'normal');
        expect(flag === 'critical-high').toBe(category === 'crisis');
      }),
    );
  });
});

describe('age in months', () => {
  const zone = 'America/New_York';
  const on = (day: string): Date => new Date(`${day}T17:00:00Z`);

  it('counts completed months on the clinic’s calendar', () => {
    expect(ageInMonths('2026-01-15', on('2026-02-14'), zone)).toBe(0);
    expect(ageInMonths('2026-01-15', on('2026-02-15'), zone)).toBe(1);
    expect(ageInMonths('1984-03-09', on('2026-03-09'), zone)).toBe(42 * 12);
    // 03:00 in UTC is still the day before in New York.
    expect(ageInMonths('2026-01-15', new Date('2026-02-15T03:00:00Z'), zone)).toBe(0);
  });

  it('completes a short month on its last day', () => {
    expect(ageInMonths('2026-01-31', on('2026-02-28'), zone)).toBe(1);
    expect(ageInMonths('2026-01-31', on('2026-02-27'), zone)).toBe(0);
  });

  it('does not know the age for a birth in the future or a text that is no date', () => {
    expect(ageInMonths('2026-03-01', on('2026-02-27'), zone)).toBeNaN();
    expect(ageInMonths('unknown', on('2026-02-27'), zone)).toBeNaN();
  });
});
