'use client';
// Blood pressure as two boxes joined by a slash, one group with one unit. A slash typed into the first box leads to the
// second, so that 120/80 is typed as it is spoken.
import { useId } from 'react';
import type { UseFormRegisterReturn } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import { FieldError, INLINE_ROW } from '@/components/form/field';
import { entryUnit } from '@/lib/vitals/units';
import type { EntryContext } from './entry-flags';
import { FlagNote, type EntryControl } from './flag-note';

type Box = UseFormRegisterReturn & { error: string | undefined };

interface PressureFieldsProps {
  systolic: Box;
  diastolic: Box;
  control: EntryControl;
  context: EntryContext;
}

const PRESSURES = ['systolic', 'diastolic'] as const;

export function PressureFields({ systolic, diastolic, control, context }: PressureFieldsProps) {
  const t = useTranslations('vitals');
  const id = useId();
  const { error: systolicError, ...systolicBox } = systolic;
  const { error: diastolicError, ...diastolicBox } = diastolic;
  const attributes = (sign: (typeof PRESSURES)[number], error: string | undefined) => ({
    id: `${id}-${sign}`,
    type: 'text',
    inputMode: 'decimal' as const,
    autoComplete: 'off',
    className: 'control px-1.5 text-right',
    'aria-label': t(`sign.${sign}`),
    'aria-invalid': error === undefined ? undefined : true,
    'aria-describedby': `${id}-unit ${id}-flag ${id}-${sign}-error`,
  });
  return (
    <div role="group" aria-labelledby={`${id}-group`}>
      <div className={INLINE_ROW}>
        <div>
          <p id={`${id}-group`} className="text-sm font-medium">
            {t('pressure')}
          </p>
          <FlagNote id={`${id}-flag`} control={control} signs={PRESSURES} context={context} />
        </div>
        <div className="flex items-center gap-1">
          <input
            {...attributes('systolic', systolicError)}
            placeholder={t('systolicShort')}
            onKeyDown={(event) => {
              if (event.key !== '/') return;
              event.preventDefault();
              document.getElementById(`${id}-diastolic`)?.focus();
            }}
            {...systolicBox}
          />
          <span aria-hidden className="text-soft">
            /
          </span>
          <input
            {...attributes('diastolic', diastolicError)}
            placeholder={t('diastolicShort')}
            {...diastolicBox}
          />
          <span id={`${id}-unit`} className="text-soft w-11 shrink-0 text-sm">
            {entryUnit('systolic', context.units).unit}
          </span>
        </div>
      </div>
      <FieldError id={`${id}-systolic-error`} text={systolicError} />
      <FieldError id={`${id}-diastolic-error`} text={diastolicError} />
    </div>
  );
}
