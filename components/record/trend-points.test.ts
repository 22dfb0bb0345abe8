import { describe, expect, it } from 'vitest';
import type { Visit } from '@/schemas/dto';
import { trendPoints, withinPeriod } from './trend-points';
import { LINES } from './vital-display';
import { toVisitRows } from './visit-row';

const metric = { units: 'metric', locale: 'en' } as const;
const us = { units: 'us', locale: 'es' } as const;
const doctor = { id: 'd', name: 'Dr. Ada Okafor' };
const clinic = { dateOfBirth: '1984-03-09', timeZone: 'UTC', locale: 'en' } as const;
const [weight, , pressure, , , saturation] = LINES;

const visit = (month: number, values: Partial<Visit>): Visit => ({
  id: String(month),
  measuredAt: new Date(Date.UTC(2020, month, 1)),
  doctor,
  ...values,
});

describe('the points of a trend', () => {
  it('are the visits that have the sign, oldest first, in the preferred units', () => {
    const rows = toVisitRows(
      [visit(2, { weightKg: 70 }), visit(1, { heartRate: 60 }), visit(0, { weightKg: 80 })],
      clinic,
    );
    const values = trendPoints(rows, weight, us).map((point) => point.values);
    expect(values).toEqual([[176.4], [154.3]]);
    expect(trendPoints(rows, weight, us).map(({ text }) => text)).toEqual(['176,4', '154,3']);
  });

  it('leave out what was entered in error', () => {
    const by = { id: 'e', name: 'Dr. Lindgren' };
    const enteredInError = { at: new Date(), by, reason: 'Typing error' };
    const rows = toVisitRows(
      [visit(0, { weightKg: 80 }), visit(1, { weightKg: 800, enteredInError })],
      clinic,
    );
    expect(trendPoints(rows, weight, metric).map(({ values }) => values)).toEqual([[80]]);
  });

  it('carry the normal band of each number, open where there is no limit', () => {
    const values = { systolic: 120, diastolic: 80, oxygenSaturation: 97 };
    const rows = toVisitRows([visit(0, values)], clinic);
    expect(trendPoints(rows, pressure, metric)[0]?.bands).toEqual([
      [100, 119],
      [60, 79],
    ]);
    const [band] = trendPoints(rows, saturation, metric)[0]?.bands ?? [];
    expect(band?.[0]).toBe(96);
    expect(band?.[1]).toBeGreaterThan(1000);
    const [none] = trendPoints(toVisitRows([visit(0, { weightKg: 80 })], clinic), weight, us);
    expect(none?.bands).toEqual([null]);
  });
});

describe('a period', () => {
  const rows = toVisitRows(
    Array.from({ length: 80 }, (_, month) => visit(month, { weightKg: 80 })),
    clinic,
  );
  const points = trendPoints(rows, weight, metric);
  it('ends with the last point', () => {
    const lengths = (['last10', 'year', 'fiveYears', 'all'] as const).map(
      (period) => withinPeriod(points, period).length,
    );
    expect(lengths).toEqual([10, 13, 61, 80]);
    expect(withinPeriod(points, 'year').at(-1)).toBe(points.at(-1));
  });
  it('of no points is none', () => {
    expect(withinPeriod([], 'all')).toEqual([]);
  });
});
