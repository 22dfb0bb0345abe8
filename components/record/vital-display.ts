// How a stored value is written: in the units that the person prefers, with as many decimals as the unit deserves. Pure.
import type { Locale } from '@/lib/i18n/locales';
import type { VitalSign } from '@/schemas/measurement';
import { KG_PER_POUND } from '@/lib/vitals/units';
import type { Units } from '@/schemas/preferences';
import type { VisitRow } from './visit-row';

interface Display {
  unit: string;
  decimals: number;
  /** Shown if there are any; as many as `decimals` if absent. */
  mostDecimals?: number;
  /** From the stored unit; differences are only scaled. */
  scale: number;
  offset: number;
}

const AS_STORED: Record<VitalSign, Display> = {
  weightKg: { unit: 'kg', decimals: 1, mostDecimals: 2, scale: 1, offset: 0 },
  heartRate: { unit: '/min', decimals: 0, scale: 1, offset: 0 },
  systolic: { unit: 'mmHg', decimals: 0, scale: 1, offset: 0 },
  diastolic: { unit: 'mmHg', decimals: 0, scale: 1, offset: 0 },
  temperatureC: { unit: '°C', decimals: 1, scale: 1, offset: 0 },
  respiratoryRate: { unit: '/min', decimals: 0, scale: 1, offset: 0 },
  oxygenSaturation: { unit: '%', decimals: 0, scale: 1, offset: 0 },
};

const US: Partial<Record<VitalSign, Display>> = {
  weightKg: { unit: 'lb', decimals: 1, scale: 1 / KG_PER_POUND, offset: 0 },
  temperatureC: { unit: '°F', decimals: 1, scale: 1.8, offset: 32 },
};

function displayOf(sign: VitalSign, units: Units): Display {
  return (units === 'us' ? US[sign] : undefined) ?? AS_STORED[sign];
}

export function unitOf(sign: VitalSign, units: Units): string {
  return displayOf(sign, units).unit;
}

/** A stored value as a number in the preferred unit, for the axes of charts. */
export function inUnits(sign: VitalSign, value: number, units: Units): number {
  const { scale, offset, decimals, mostDecimals = decimals } = displayOf(sign, units);
  return Number((value * scale + offset).toFixed(mostDecimals));
}

export interface Writer {
  units: Units;
  locale: Locale;
}

export function writeValue(sign: VitalSign, value: number, { units, locale }: Writer): string {
  const display = displayOf(sign, units);
  return digits(value * display.scale + display.offset, display, locale);
}

/** With its sign: `+1.5`, `−2`, `±0`. */
export function writeChange(sign: VitalSign, change: number, { units, locale }: Writer): string {
  const display = displayOf(sign, units);
  const text = digits(Math.abs(change * display.scale), display, locale);
  if (/^[0.,]*$/.test(text)) return '±0';
  return `${change < 0 ? '−' : '+'}${text}`;
}

/** A reference range: `60–100`, `≥ 96`; empty without one. */
export function writeRange(
  sign: VitalSign,
  range: { low?: number; high?: number } | null,
  writer: Writer,
): string {
  const { low, high } = range ?? {};
  const write = (value: number): string => writeValue(sign, value, writer);
  if (low !== undefined && high !== undefined) return `${write(low)}–${write(high)}`;
  if (low !== undefined) return `≥ ${write(low)}`;
  return high === undefined ? '' : `≤ ${write(high)}`;
}

/** The lines of the flowsheet: pressure is one line of two signs. */
export const LINES = [
  { key: 'weight', signs: ['weightKg'] },
  { key: 'heartRate', signs: ['heartRate'] },
  { key: 'pressure', signs: ['systolic', 'diastolic'] },
  { key: 'temperature', signs: ['temperatureC'] },
  { key: 'respiratoryRate', signs: ['respiratoryRate'] },
  { key: 'oxygenSaturation', signs: ['oxygenSaturation'] },
] as const satisfies readonly { key: string; signs: readonly VitalSign[] }[];

export type Line = (typeof LINES)[number];
export type LineKey = Line['key'];

/** What a visit has for a line; null unless it has all of its signs. */
export function writeLine(row: VisitRow, { signs }: Line, writer: Writer): string | null {
  const values = signs.map((sign: VitalSign) => {
    const reading = row.readings[sign];
    return reading === undefined ? null : writeValue(sign, reading.value, writer);
  });
  return values.includes(null) ? null : values.join('/');
}

/**
 * The differences of a line; null unless each of its signs has one. Of weight, which has no normal range, also the share of
 * the previous one: `+1.5 (+2.1%)`.
 */
export function writeLineChange(row: VisitRow, { signs }: Line, writer: Writer): string | null {
  const changes = signs.map((sign: VitalSign) => {
    const { value = 0, change = null } = row.readings[sign] ?? {};
    if (change === null) return null;
    const text = writeChange(sign, change, writer);
    if (sign !== 'weightKg' || text === '±0') return text;
    return `${text} (${writeShare(change / (value - change), writer.locale)})`;
  });
  return changes.includes(null) ? null : changes.join('/');
}

/** A part of one as a percentage with its sign: `+2.1%`, `−3,0 %`. */
function writeShare(share: number, locale: Locale): string {
  const text = Math.abs(share).toLocaleString(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  return `${share < 0 ? '−' : '+'}${text}`;
}

function digits(
  value: number,
  { decimals, mostDecimals = decimals }: Display,
  locale: Locale,
): string {
  return value.toLocaleString(locale, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: mostDecimals,
    useGrouping: false,
  });
}
