// A stored visit as somebody would have typed it, in the units and the decimal sign that they use. Pure.
import type { VisitRow } from '@/components/record/visit-row';
import type { Locale } from '@/lib/i18n/locales';
import { fromStored } from '@/lib/vitals/units';
import { VITAL_SIGN_NAMES, type MeasurementInput } from '@/schemas/measurement';
import type { Units } from '@/schemas/preferences';

export function typedVisit(
  { readings, note }: Pick<VisitRow, 'readings' | 'note'>,
  units: Units,
  locale: Locale,
): MeasurementInput {
  const typed: MeasurementInput = { note };
  for (const sign of VITAL_SIGN_NAMES) {
    const reading = readings[sign];
    typed[sign] =
      reading === undefined
        ? ''
        : fromStored(sign, reading.value, units).toLocaleString(locale, { useGrouping: false });
  }
  return typed;
}
