// What is typed in one unit and stored in another comes back as it was typed; what nobody can have is not taken.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measurementSchemaIn, VITAL_SIGN_NAMES, vitalsEntrySchema } from '@/schemas/measurement';
import { parseMessage } from '@/schemas/message';
import { UNITS } from '@/schemas/preferences';
import { absoluteLimits, typedLimits } from './limits';
import { entryUnit, fromStored, toStored, typedNumber } from './units';

const ADULT = 40 * 12;

describe('units', () => {
  it('convert by their definitions', () => {
    expect(toStored('weightKg', 150, 'us')).toBe(68.04);
    expect(toStored('temperatureC', 98.6, 'us')).toBe(37);
    expect(toStored('temperatureC', 104, 'us')).toBe(40);
    expect(toStored('heartRate', 60, 'us')).toBe(60);
    expect(fromStored('weightKg', 70, 'us')).toBe(154.3);
    expect(fromStored('temperatureC', 37, 'us')).toBe(98.6);
  });

  it('give back every value exactly as it was typed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VITAL_SIGN_NAMES),
        fc.constantFrom(...UNITS),
        fc.nat(),
        (sign, units, pick) => {
          const { decimals } = entryUnit(sign, units);
          const { min, max } = typedLimits(sign, Number.NaN, units);
          const steps = Math.round((max - min) * 10 ** decimals);
          const typed = Number((min + (pick % (steps + 1)) / 10 ** decimals).toFixed(decimals));
          expect(fromStored(sign, toStored(sign, typed, units), units)).toBe(typed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads a comma as a point, and nothing else as a number', () => {
    expect([' 72,5 ', '72.5', '0072'].map(typedNumber)).toEqual([72.5, 72.5, 72]);
    expect(['', '1e2', '0x40', '-5', '1.2.3', '7.', '٧', 'Infinity'].map(typedNumber)).toEqual(
      Array.from({ length: 8 }, () => null),
    );
  });
});

describe('absolute limits', () => {
  it('are nowhere wider in typed units than in stored ones', () => {
    for (const sign of VITAL_SIGN_NAMES) {
      for (const age of [0, 6, 12, 71, 72, ADULT, Number.NaN]) {
        const { min, max } = absoluteLimits(sign, age);
        const typed = typedLimits(sign, age, 'us');
        expect(toStored(sign, typed.min, 'us')).toBeGreaterThanOrEqual(min);
        expect(toStored(sign, typed.max, 'us')).toBeLessThanOrEqual(max);
      }
    }
  });

  it('follow the age: grams of a newborn are none of an adult', () => {
    expect(absoluteLimits('weightKg', 0)).toEqual({ min: 0.2, max: 40 });
    expect(absoluteLimits('weightKg', ADULT)).toEqual({ min: 2, max: 650 });
    expect(absoluteLimits('weightKg', Number.NaN)).toEqual({ min: 0.2, max: 650 });
  });
});

describe('an entry in pounds and degrees Fahrenheit', () => {
  const said = (values: object, units: 'metric' | 'us' = 'us') =>
    measurementSchemaIn(units, ADULT)
      .safeParse(values)
      .error?.issues.map(({ path, message }) => ({ at: path.join(), ...parseMessage(message) }));

  it('is stored in kilograms and degrees Celsius', () => {
    const values = { weightKg: '150.5', temperatureC: '100,4', heartRate: '60' };
    expect(measurementSchemaIn('us').parse(values)).toEqual({
      ...{ weightKg: 68.27, temperatureC: 38, heartRate: 60 },
    });
  });

  it('is refused with limits in the units that were typed', () => {
    expect(said({ weightKg: '1500' })).toEqual([
      {
        at: 'weightKg',
        key: 'vitals.outsideLimits',
        values: { min: 4.4, max: 1433, unit: 'lb' },
      },
    ]);
    expect(said({ temperatureC: '37' })).toMatchObject([{ key: 'vitals.outsideLimits' }]);
    expect(said({ temperatureC: '37' }, 'metric')).toBeUndefined();
    expect(said({ weightKg: '150.25' })).toMatchObject([{ key: 'vitals.tooManyDecimals' }]);
  });

  it('names the box that is wrong, and takes nothing that it does not know', () => {
    const entry = {
      ...{ entryKey: crypto.randomUUID(), units: 'us', measuredThen: false },
      values: { weightKg: 'heavy' },
    };
    const { error } = vitalsEntrySchema.safeParse(entry);
    expect(error?.issues.map(({ path }) => path)).toEqual([['weightKg']]);
    for (const wrong of [
      { ...entry, values: { heartRate: '60', measuredAt: '2020-01-01' } },
      { ...entry, values: { heartRate: { $ne: null } } },
      { ...entry, values: { heartRate: '60' }, entryKey: 'x' },
      { ...entry, values: { heartRate: '60' }, doctor: 'someone' },
    ]) {
      expect(vitalsEntrySchema.safeParse(wrong).success).toBe(false);
    }
    expect(vitalsEntrySchema.safeParse({ ...entry, values: { heartRate: '60' } }).success).toBe(
      true,
    );
  });
});
