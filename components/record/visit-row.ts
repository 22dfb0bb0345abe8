// A visit as the record's table and charts need it: moments already written on the clinic's clock.
import { formatMoment } from '@/components/format';
import type { Visit } from '@/schemas/dto';

export interface VisitRow {
  id: string;
  at: number;
  day: string;
  time: string;
  weightKg: number | null;
  heartRate: number | null;
  systolic: number | null;
  diastolic: number | null;
  temperatureC: number | null;
  respiratoryRate: number | null;
  oxygenSaturation: number | null;
  note: string;
  doctor: string;
}

/** Newest first, whatever order the visits come in. */
export function toVisitRows(visits: readonly Visit[], timeZone: string): VisitRow[] {
  return visits
    .map((visit) => {
      const measuredAt = new Date(visit.measuredAt);
      return {
        id: visit.id,
        at: measuredAt.getTime(),
        ...formatMoment(measuredAt, timeZone),
        weightKg: visit.weightKg ?? null,
        heartRate: visit.heartRate ?? null,
        systolic: visit.systolic ?? null,
        diastolic: visit.diastolic ?? null,
        temperatureC: visit.temperatureC ?? null,
        respiratoryRate: visit.respiratoryRate ?? null,
        oxygenSaturation: visit.oxygenSaturation ?? null,
        note: visit.note ?? '',
        doctor: visit.doctor.name,
      };
    })
    .sort((a, b) => b.at - a.at);
}
