'use client';
// One vital sign: label and flag left, box and unit right.
import { useId } from 'react';
import type { UseFormRegisterReturn } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import { FieldError, INLINE_ROW } from '@/components/form/field';
import { entryUnit } from '@/lib/vitals/units';
import type { VitalSign } from '@/schemas/measurement';
import type { EntryContext } from './entry-flags';
import { FlagNote, type EntryControl } from './flag-note';

interface VitalFieldProps extends UseFormRegisterReturn {
  sign: VitalSign;
  error: string | undefined;
  control: EntryControl;
  context: EntryContext;
}

export function VitalField({ sign, error, control, context, ...box }: VitalFieldProps) {
  const t = useTranslations('vitals');
  const id = useId();
  return (
    <div className="min-w-0">
      <div className={INLINE_ROW}>
        <div>
          <label htmlFor={id} className="text-sm font-medium">
            {t(`sign.${sign}`)}
          </label>
          <FlagNote id={`${id}-flag`} control={control} signs={[sign]} context={context} />
        </div>
        <div className="flex items-center gap-2">
          <input
            id={id}
            type="text"
            inputMode="decimal"
            autoComplete="off"
            className="control text-right"
            aria-invalid={error === undefined ? undefined : true}
            aria-describedby={`${id}-unit ${id}-flag ${id}-error`}
            {...box}
          />
          <span id={`${id}-unit`} className="text-soft w-10 shrink-0 text-sm">
            {entryUnit(sign, context.units).unit}
          </span>
        </div>
      </div>
      <FieldError id={`${id}-error`} text={error} />
    </div>
  );
}
