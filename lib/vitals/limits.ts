// Absolute limits: what no living person of that age has is a typing error, and is not saved. They are far outside the
// reference ranges (ranges.ts), which only flag. Knows no patients and no words.
import type { VitalSign } from '@/schemas/measurement';
import type { Units } from '@/schemas/preferences';
import { entryUnit, fromStored, toStored } from './units';

export interface Limits {
  min: number;
  max: number;
}

const LIMITS: Record<VitalSign, Limits> = {
  weightKg: { min: 0.2, max: 650 },
  heartRate: { min: 10, max: 350 },
  systolic: { min: 30, max: 350 },
  diastolic: { min: 10, max: 250 },
  temperatureC: { min: 25, max: 45 },
  respiratoryRate: { min: 2, max: 120 },
  oxygenSaturation: { min: 30, max: 100 },
};

/**
 * Weight by age in completed months: the lightest grown person ever recorded had 2.1 kg, the heaviest infants below 40 kg
 * and the heaviest small children below 150 kg. It catches grams for kilograms and a lost decimal point.
 */
const WEIGHTS: readonly (readonly [fromMonths: number, limits: Limits])[] = [
  [0, { min: 0.2, max: 40 }],
  [12, { min: 2, max: 150 }],
  [72, { min: 2, max: 650 }],
];

/** In the stored unit; for an unknown age (NaN) those that hold for everybody. */
export function absoluteLimits(sign: VitalSign, ageInMonths: number): Limits {
  const byAge = sign === 'weightKg' ? WEIGHTS.findLast(([from]) => ageInMonths >= from) : undefined;
  return byAge?.[1] ?? LIMITS[sign];
}

/** The same limits as they are typed: none of them, converted, is outside the stored ones. */
export function typedLimits(sign: VitalSign, ageInMonths: number, units: Units): Limits {
  const { min, max } = absoluteLimits(sign, ageInMonths);
  const step = 10 ** -entryUnit(sign, units).decimals;
  const inside = (typed: number, inward: number): number => {
    const stored = toStored(sign, typed, units);
    return stored < min || stored > max
      ? Number((typed + inward).toFixed(entryUnit(sign, units).decimals))
      : typed;
  };
  return {
    min: inside(fromStored(sign, min, units), step),
    max: inside(fromStored(sign, max, units), -step),
  };
}
