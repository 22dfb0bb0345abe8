'use client';
// The flag of what is being typed, with the range that it left; nothing while it is normal.
import { useWatch, type Control } from 'react-hook-form';
import { useLocale, useTranslations } from 'use-intl';
import { isAbnormal } from '@/components/record/flag-look';
import { FlagMark } from '@/components/record/flag-mark';
import { writeRange } from '@/components/record/vital-display';
import { referenceRange } from '@/lib/vitals/ranges';
import type { Measurement, MeasurementInput, VitalSign } from '@/schemas/measurement';
import { lineFlag, type EntryContext } from './entry-flags';

export type EntryControl = Control<MeasurementInput, unknown, Measurement>;

interface FlagNoteProps {
  id: string;
  control: EntryControl;
  signs: readonly VitalSign[];
  context: EntryContext;
}

export function FlagNote({ id, control, signs, context }: FlagNoteProps) {
  const t = useTranslations('vitals');
  const locale = useLocale();
  const values = useWatch({ control, name: signs });
  const flag = lineFlag(
    signs.map((sign, at) => [sign, values[at]] as const),
    context,
  );
  if (!isAbnormal(flag)) return null;
  const ranges = signs.map((sign) =>
    writeRange(sign, referenceRange(sign, context.ageInMonths), { units: context.units, locale }),
  );
  return (
    <span id={id} className="flex flex-wrap items-baseline gap-x-1.5">
      <FlagMark flag={flag} />
      <span className="text-soft text-2xs">{t('normal', { range: ranges.join(' / ') })}</span>
    </span>
  );
}
