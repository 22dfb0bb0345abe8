// Reference ranges of vital signs by age, and the flags that follow from them. Teaching values, no clinical advice: they
// flag and never block. Weight has none. Knows no patients, no units but the stored ones, no words for a screen.
//
// Sources. Adults (from 13 years): heart rate 60 to 100; pressure ACC/AHA 2017 (from 13 years also AAP 2017); temperature,
// respiratory rate, oxygen saturation and the critical limits: NEWS2 (RCP 2017), whose single red score is critical here.
// Children: AHA Pediatric Advanced Life Support 2020, vital signs by age; critical: its limits of bradycardia,
// supraventricular tachycardia and hypotension; pressure 30 above the upper limit (AAP 2017). Temperature below three
// months: WHO (hypothermia of the newborn) and NICE NG143 (38 °C is red).
import type { VitalSign } from '@/schemas/measurement';

export type Flag = 'critical-low' | 'low' | 'normal' | 'high' | 'critical-high';

/** `low` and `high` are still normal; `criticalLow` and `criticalHigh` are already critical (A15). */
export interface ReferenceRange {
  low?: number;
  high?: number;
  criticalLow?: number;
  criticalHigh?: number;
}

/** From this age on (completed months); the next band ends it. */
type Bands = readonly (readonly [fromMonths: number, range: ReferenceRange])[];

const YEAR = 12;
/** From here on adults' values apply. */
const ADULT = 13 * YEAR;

/** Without an agreed lower limit of its own, diastolic pressure is never critically low. */
const RANGES: Record<Exclude<VitalSign, 'weightKg'>, Bands> = {
  heartRate: [
    [0, { low: 100, high: 205, criticalLow: 60, criticalHigh: 220 }],
    [1, { low: 100, high: 180, criticalLow: 60, criticalHigh: 220 }],
    [YEAR, { low: 98, high: 140, criticalLow: 60, criticalHigh: 180 }],
    [3 * YEAR, { low: 80, high: 120, criticalLow: 60, criticalHigh: 180 }],
    [6 * YEAR, { low: 75, high: 118, criticalLow: 60, criticalHigh: 180 }],
    [ADULT, { low: 60, high: 100, criticalLow: 40, criticalHigh: 131 }],
  ],
  systolic: [
    [0, { low: 67, high: 84, criticalLow: 59, criticalHigh: 114 }],
    [1, { low: 72, high: 104, criticalLow: 69, criticalHigh: 134 }],
    [YEAR, { low: 86, high: 106, criticalLow: 71, criticalHigh: 136 }],
    [3 * YEAR, { low: 89, high: 112, criticalLow: 75, criticalHigh: 142 }],
    [6 * YEAR, { low: 97, high: 115, criticalLow: 81, criticalHigh: 145 }],
    [10 * YEAR, { low: 102, high: 120, criticalLow: 89, criticalHigh: 150 }],
    [ADULT, { low: 100, high: 119, criticalLow: 90, criticalHigh: 181 }],
  ],
  diastolic: [
    [0, { low: 35, high: 53, criticalHigh: 83 }],
    [1, { low: 37, high: 56, criticalHigh: 86 }],
    [YEAR, { low: 42, high: 63, criticalHigh: 93 }],
    [3 * YEAR, { low: 46, high: 72, criticalHigh: 102 }],
    [6 * YEAR, { low: 57, high: 76, criticalHigh: 106 }],
    [10 * YEAR, { low: 61, high: 80, criticalHigh: 110 }],
    [ADULT, { low: 60, high: 79, criticalHigh: 121 }],
  ],
  temperatureC: [
    [0, { low: 36.5, high: 37.5, criticalLow: 35.9, criticalHigh: 38 }],
    [3, { low: 36.1, high: 38, criticalLow: 35, criticalHigh: 40 }],
  ],
  respiratoryRate: [
    [0, { low: 30, high: 60, criticalLow: 10, criticalHigh: 70 }],
    [1, { low: 30, high: 53, criticalLow: 10, criticalHigh: 61 }],
    [YEAR, { low: 22, high: 37, criticalLow: 10, criticalHigh: 61 }],
    [3 * YEAR, { low: 20, high: 28, criticalLow: 10, criticalHigh: 61 }],
    [6 * YEAR, { low: 18, high: 25, criticalLow: 10, criticalHigh: 61 }],
    [ADULT, { low: 12, high: 20, criticalLow: 8, criticalHigh: 25 }],
  ],
  oxygenSaturation: [
    [0, { low: 94, criticalLow: 91 }],
    [ADULT, { low: 96, criticalLow: 91 }],
  ],
};

/** The range for a sign in its stored unit at an age in completed months; null without one, or for an unknown age (NaN). */
export function referenceRange(sign: VitalSign, ageInMonths: number): ReferenceRange | null {
  if (sign === 'weightKg') return null;
  return RANGES[sign].findLast(([from]) => ageInMonths >= from)?.[1] ?? null;
}

/** Where a value in its stored unit lies; null if there is no range to compare it with. */
export function flagOf(sign: VitalSign, value: number, ageInMonths: number): Flag | null {
  const range = referenceRange(sign, ageInMonths);
  if (range === null || Number.isNaN(value)) return null;
  const { low, high, criticalLow, criticalHigh } = range;
  if (criticalHigh !== undefined && value >= criticalHigh) return 'critical-high';
  if (criticalLow !== undefined && value <= criticalLow) return 'critical-low';
  if (high !== undefined && value > high) return 'high';
  if (low !== undefined && value < low) return 'low';
  return 'normal';
}

/** Worst first; of two equally bad ones the high one (A15). */
export const FLAGS_WORST_FIRST = [
  'critical-high',
  'critical-low',
  'high',
  'low',
  'normal',
] as const satisfies readonly Flag[];

/** The worst of some flags; null if there is none. */
export function worstFlag(flags: readonly (Flag | null)[]): Flag | null {
  return FLAGS_WORST_FIRST.find((flag) => flags.includes(flag)) ?? null;
}

/** One flag for a pressure: the worse of its two numbers. */
export function bloodPressureFlag(
  systolic: number,
  diastolic: number,
  ageInMonths: number,
): Flag | null {
  return worstFlag([
    flagOf('systolic', systolic, ageInMonths),
    flagOf('diastolic', diastolic, ageInMonths),
  ]);
}

export type BloodPressureCategory = 'normal' | 'elevated' | 'stage-1' | 'stage-2' | 'crisis';

/** ACC/AHA 2017: the higher category of the two numbers; null below 13 years, where it does not apply. */
export function bloodPressureCategory(
  systolic: number,
  diastolic: number,
  ageInMonths: number,
): BloodPressureCategory | null {
  if (!(ageInMonths >= ADULT)) return null;
  if (systolic > 180 || diastolic > 120) return 'crisis';
  if (systolic >= 140 || diastolic >= 90) return 'stage-2';
  if (systolic >= 130 || diastolic >= 80) return 'stage-1';
  return systolic >= 120 ? 'elevated' : 'normal';
}
