// One line of the flowsheet as points of a chart: values and reference bands in the preferred units, oldest first. Pure.
import type { ReferenceRange } from '@/lib/vitals/ranges';
import type { VitalSign } from '@/schemas/measurement';
import type { Units } from '@/schemas/preferences';
import { inUnits, writeLine, type Line, type Writer } from './vital-display';
import { countedRows, type VisitRow } from './visit-row';

export interface TrendPoint {
  at: number;
  day: string;
  time: string;
  /** One for each sign of the line. */
  values: number[];
  /** What was normal at that age, from `low` to `high`; null without a range. */
  bands: ([low: number, high: number] | null)[];
  /** The values as the flowsheet writes them. */
  text: string;
  row: VisitRow;
}

/** Ends of a band that has none: beyond whatever an axis shows. */
const NO_LIMIT = 10_000;

/** The visits that count and have the whole line. */
export function trendPoints(visits: readonly VisitRow[], line: Line, writer: Writer): TrendPoint[] {
  const { signs } = line;
  const { units } = writer;
  return countedRows(visits)
    .filter(({ readings }) => signs.every((sign: VitalSign) => readings[sign] !== undefined))
    .toReversed()
    .map((row) => ({
      at: row.at,
      day: row.day,
      time: row.time,
      values: signs.map((sign: VitalSign) =>
        inUnits(sign, row.readings[sign]?.value ?? Number.NaN, units),
      ),
      bands: signs.map((sign: VitalSign) => bandOf(sign, row.readings[sign]?.range, units)),
      text: writeLine(row, line, writer) ?? '',
      row,
    }));
}

function bandOf(
  sign: VitalSign,
  range: ReferenceRange | null | undefined,
  units: Units,
): [number, number] | null {
  if (range?.low === undefined && range?.high === undefined) return null;
  const { low, high } = range;
  return [
    low === undefined ? -NO_LIMIT : inUnits(sign, low, units),
    high === undefined ? NO_LIMIT : inUnits(sign, high, units),
  ];
}

export const PERIODS = ['last10', 'year', 'fiveYears', 'all'] as const;
export type Period = (typeof PERIODS)[number];

const YEAR_MS = 365.25 * 86_400_000;

/** The latest part of the points; a period ends with the last point, not today. */
export function withinPeriod(points: readonly TrendPoint[], period: Period): TrendPoint[] {
  const end = points.at(-1)?.at ?? 0;
  if (period === 'last10') return points.slice(-10);
  const length = { year: YEAR_MS, fiveYears: 5 * YEAR_MS, all: Infinity }[period];
  return points.filter(({ at }) => at >= end - length);
}
