// The units in which vital signs are typed, and the one unit in which each is stored. A typed value, stored and shown again
// in the unit it was typed in, is the same value: the stored steps are fine enough for that. Pure; knows no texts.
import type { VitalSign } from '@/schemas/measurement';
import type { Units } from '@/schemas/preferences';

interface EntryUnit {
  /** As shown beside the field. */
  unit: string;
  /** The most that may be typed. */
  decimals: number;
}

const METRIC: Record<VitalSign, EntryUnit> = {
  weightKg: { unit: 'kg', decimals: 2 },
  heartRate: { unit: '/min', decimals: 0 },
  systolic: { unit: 'mmHg', decimals: 0 },
  diastolic: { unit: 'mmHg', decimals: 0 },
  temperatureC: { unit: '°C', decimals: 1 },
  respiratoryRate: { unit: '/min', decimals: 0 },
  oxygenSaturation: { unit: '%', decimals: 0 },
};

const US: Partial<Record<VitalSign, EntryUnit>> = {
  weightKg: { unit: 'lb', decimals: 1 },
  temperatureC: { unit: '°F', decimals: 1 },
};

/** The international avoirdupois pound, exactly (NIST SP 811, appendix B.8). */
export const KG_PER_POUND = 0.45359237;

/** A tenth of a pound is 0.045 kg and a tenth of a degree Fahrenheit 0.056 °C: hundredths keep both apart. */
const STORED_DECIMALS = 2;

export function entryUnit(sign: VitalSign, units: Units): EntryUnit {
  return (units === 'us' ? US[sign] : undefined) ?? METRIC[sign];
}

/** A typed value in the stored unit. */
export function toStored(sign: VitalSign, typed: number, units: Units): number {
  if (units === 'metric') return typed;
  if (sign === 'weightKg') return rounded(typed * KG_PER_POUND, STORED_DECIMALS);
  if (sign === 'temperatureC') return rounded((typed - 32) / 1.8, STORED_DECIMALS);
  return typed;
}

/** A stored value as it is typed: `typed` of `toStored`, whatever the units were. */
export function fromStored(sign: VitalSign, stored: number, units: Units): number {
  const { decimals } = entryUnit(sign, units);
  if (units === 'us' && sign === 'weightKg') return rounded(stored / KG_PER_POUND, decimals);
  if (units === 'us' && sign === 'temperatureC') return rounded(stored * 1.8 + 32, decimals);
  return rounded(stored, decimals);
}

/** The number that somebody typed, with a point or a comma; null unless it is one. */
export function typedNumber(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
