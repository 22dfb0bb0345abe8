// What is abnormal in values that are still being typed. A text that is no value yet, or an impossible one, has no flag: it
// gets an error instead. Pure.
import { typedLimits } from '@/lib/vitals/limits';
import { flagOf, worstFlag, type Flag } from '@/lib/vitals/ranges';
import { toStored, typedNumber } from '@/lib/vitals/units';
import type { VitalSign } from '@/schemas/measurement';
import type { Units } from '@/schemas/preferences';

export interface EntryContext {
  units: Units;
  /** NaN when unknown: then nothing is flagged. */
  ageInMonths: number;
}

export function typedFlag(
  sign: VitalSign,
  text: string | undefined,
  { units, ageInMonths }: EntryContext,
): Flag | null {
  const typed = typedNumber(text ?? '');
  if (typed === null) return null;
  const { min, max } = typedLimits(sign, ageInMonths, units);
  if (typed < min || typed > max) return null;
  return flagOf(sign, toStored(sign, typed, units), ageInMonths);
}

/** One flag for the signs of a line, the worst of them. */
export function lineFlag(
  typed: readonly (readonly [VitalSign, string | undefined])[],
  context: EntryContext,
): Flag | null {
  return worstFlag(typed.map(([sign, text]) => typedFlag(sign, text, context)));
}
