// A visit as the flowsheet and the charts need it: moments written on the clinic's clock, every value with its flag (by the
// age at that time) and its difference to the one before. Pure; it runs on the server, where the birth date stays.
import { formatMoment } from '@/components/format';
import type { Locale } from '@/lib/i18n/locales';
import { ageInMonths } from '@/lib/vitals/age';
import {
  bloodPressureCategory,
  flagOf,
  referenceRange,
  type BloodPressureCategory,
  type Flag,
  type ReferenceRange,
} from '@/lib/vitals/ranges';
import type { Visit } from '@/schemas/dto';
import { VITAL_SIGN_NAMES, type VitalSign } from '@/schemas/measurement';

export interface Reading {
  /** In the stored unit. */
  value: number;
  /** Null without a range, and in a visit that was entered in error. */
  flag: Flag | null;
  /** To the last visit before that has this sign; null for the first one. */
  change: number | null;
  range: ReferenceRange | null;
}

export interface VisitRow {
  id: string;
  at: number;
  day: string;
  time: string;
  readings: Partial<Record<VitalSign, Reading>>;
  pressureCategory: BloodPressureCategory | null;
  note: string;
  doctor: string;
  /** It corrects the visit of this moment. */
  corrects: { day: string; time: string } | null;
  /** It counts nowhere: no flag, no difference, no trend. */
  error: { day: string; time: string; by: string; reason: string } | null;
}

interface Clinic {
  dateOfBirth: string;
  timeZone: string;
  locale: Locale;
}

/** Newest first, whatever order the visits come in. */
export function toVisitRows(visits: readonly Visit[], clinic: Clinic): VisitRow[] {
  const oldestFirst = visits.toSorted((a, b) => momentOf(a) - momentOf(b));
  const moments = new Map(visits.map((visit) => [visit.id, visit.measuredAt]));
  const last: Partial<Record<VitalSign, number>> = {};
  const rows = oldestFirst.map((visit) => toRow(visit, { ...clinic, moments, last }));
  return rows.toReversed();
}

interface Course extends Clinic {
  moments: ReadonlyMap<string, Date>;
  /** The latest value of each sign so far; grows from row to row. */
  last: Partial<Record<VitalSign, number>>;
}

function toRow(visit: Visit, { dateOfBirth, timeZone, locale, moments, last }: Course): VisitRow {
  const { enteredInError, corrects } = visit;
  const measuredAt = new Date(visit.measuredAt);
  const age = ageInMonths(dateOfBirth, measuredAt, timeZone);
  const readings: VisitRow['readings'] = {};
  for (const sign of VITAL_SIGN_NAMES) {
    const value = visit[sign];
    if (value === undefined) continue;
    const before = last[sign];
    readings[sign] = {
      value,
      flag: enteredInError === undefined ? flagOf(sign, value, age) : null,
      change:
        before === undefined || enteredInError !== undefined ? null : difference(value, before),
      range: referenceRange(sign, age),
    };
    if (enteredInError === undefined) last[sign] = value;
  }
  const { systolic, diastolic } = visit;
  const corrected = corrects === undefined ? undefined : moments.get(corrects);
  return {
    id: visit.id,
    at: measuredAt.getTime(),
    ...formatMoment(measuredAt, timeZone, locale),
    readings,
    pressureCategory:
      systolic === undefined || diastolic === undefined || enteredInError !== undefined
        ? null
        : bloodPressureCategory(systolic, diastolic, age),
    note: visit.note ?? '',
    doctor: visit.doctor.name,
    corrects: corrected === undefined ? null : formatMoment(new Date(corrected), timeZone, locale),
    error:
      enteredInError === undefined
        ? null
        : {
            ...formatMoment(new Date(enteredInError.at), timeZone, locale),
            by: enteredInError.by.name,
            reason: enteredInError.reason,
          },
  };
}

/** The visits that count. */
export function countedRows(rows: readonly VisitRow[]): VisitRow[] {
  return rows.filter(({ error }) => error === null);
}

// Binary fractions: 37.2 - 36.9 is not 0.3.
function difference(value: number, before: number): number {
  return Math.round((value - before) * 100) / 100;
}

function momentOf(visit: Visit): number {
  return new Date(visit.measuredAt).getTime();
}
