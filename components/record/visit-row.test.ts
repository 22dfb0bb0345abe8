// Visits as the flowsheet shows them: what is flagged, what it is compared with, and what does not count.
import { describe, expect, it } from 'vitest';
import type { Visit } from '@/schemas/dto';
import { countedRows, toVisitRows } from './visit-row';

const doctor = { id: 'd', name: 'Dr. Ada Okafor' };
const clinic = { dateOfBirth: '1984-03-09', timeZone: 'UTC', locale: 'en' } as const;

function visit(id: string, day: string, values: Partial<Visit> = {}): Visit {
  return { id, measuredAt: new Date(`${day}T10:00:00Z`), doctor, ...values };
}

const error = {
  at: new Date('2026-02-02T11:30:00Z'),
  by: { id: 'e', name: 'Dr. Lindgren' },
  reason: 'Another patient’s weight',
};

describe('visits', () => {
  it('come newest first, whatever order they are stored in', () => {
    const days = ['2026-01-02', '2026-03-02', '2026-02-02'];
    const rows = toVisitRows(
      days.map((day) => visit(day, day)),
      clinic,
    );
    expect(rows.map(({ id }) => id)).toEqual(['2026-03-02', '2026-02-02', '2026-01-02']);
    expect(rows[0]).toMatchObject({ day: '2 Mar 2026', time: '10:00' });
  });

  it('differ from the last visit that has the same sign, not from the last visit', () => {
    const [last, between, first] = toVisitRows(
      [
        visit('a', '2026-01-01', { weightKg: 70.2, heartRate: 60 }),
        visit('b', '2026-01-02', { heartRate: 66 }),
        visit('c', '2026-01-03', { weightKg: 69.9, heartRate: 66 }),
      ],
      clinic,
    );
    expect(first?.readings.weightKg?.change).toBeNull();
    expect(between?.readings).toMatchObject({ heartRate: { change: 6 } });
    expect(last?.readings).toMatchObject({ weightKg: { change: -0.3 }, heartRate: { change: 0 } });
  });

  it('that were entered in error are flagged nowhere and compared with nothing', () => {
    const rows = toVisitRows(
      [
        visit('a', '2026-01-01', { weightKg: 70 }),
        visit('b', '2026-02-01', {
          weightKg: 170,
          systolic: 250,
          diastolic: 130,
          enteredInError: error,
        }),
        visit('c', '2026-02-02', { weightKg: 71, corrects: 'b' }),
      ],
      clinic,
    );
    const [right, wrong] = rows;
    expect(wrong?.readings).toMatchObject({
      weightKg: { value: 170, change: null },
      systolic: { flag: null },
    });
    expect(wrong?.pressureCategory).toBeNull();
    expect(wrong?.error).toEqual({
      ...{ day: '2 Feb 2026', time: '11:30' },
      ...{ by: 'Dr. Lindgren', reason: 'Another patient’s weight' },
    });
    expect(right?.readings.weightKg?.change).toBe(1);
    expect(right?.corrects).toEqual({ day: '1 Feb 2026', time: '10:00' });
    expect(countedRows(rows).map(({ id }) => id)).toEqual(['c', 'a']);
  });

  it('are judged by the age at that time, not by the present one', () => {
    const born = { ...clinic, dateOfBirth: '2020-01-01' };
    const rows = toVisitRows(
      ['2020-06-15', '2024-06-15', '2034-06-15'].map((day) => visit(day, day, { heartRate: 130 })),
      born,
    );
    const flags = rows.map(({ readings }) => readings.heartRate?.flag);
    expect(flags).toEqual(['high', 'high', 'normal']);
    expect(rows.map(({ readings }) => readings.heartRate?.range?.high)).toEqual([100, 120, 180]);
  });

  // An application elsewhere lost its flags after the first page of the table.
  it('keep their flags however many there are', () => {
    const many = Array.from({ length: 200 }, (_, at) =>
      visit(String(at), new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10), {
        heartRate: 150,
      }),
    );
    const flags = toVisitRows(many, clinic).map(({ readings }) => readings.heartRate?.flag);
    expect(flags).toEqual(many.map(() => 'critical-high'));
  });

  // An application elsewhere coded both numbers of a pressure as the diastolic one.
  it('keep systolic and diastolic apart', () => {
    const [row] = toVisitRows([visit('a', '2026-01-01', { systolic: 121, diastolic: 79 })], clinic);
    expect(row?.readings).toMatchObject({
      systolic: { value: 121, flag: 'high' },
      diastolic: { value: 79, flag: 'normal' },
    });
    expect(row?.pressureCategory).toBe('elevated');
  });

  // An application elsewhere mixed two patients' vital signs of one day.
  it('of one patient are compared with that patient’s only', () => {
    toVisitRows([visit('other', '2026-01-01', { weightKg: 120 })], clinic);
    const [row] = toVisitRows([visit('a', '2026-01-02', { weightKg: 60 })], clinic);
    expect(row?.readings.weightKg?.change).toBeNull();
  });

  it('have no flags at an unknown age', () => {
    const unknown = { ...clinic, dateOfBirth: '' };
    const [row] = toVisitRows([visit('a', '2026-01-01', { heartRate: 200 })], unknown);
    expect(row?.readings.heartRate).toMatchObject({ flag: null, range: null });
  });
});
