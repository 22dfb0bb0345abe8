'use client';
// The boxes of one visit: of a new one and of a correction. What is abnormal is flagged while it is typed, and said to
// screen readers when a box is left.
import { useState } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import { messageAt } from '@/components/form/field-errors';
import { NoteField } from '@/components/form/note-field';
import { isAbnormal } from '@/components/record/flag-look';
import { Live } from '@/components/ui/notice';
import { VITAL_SIGN_NAMES, type Measurement, type MeasurementInput } from '@/schemas/measurement';
import { typedFlag, type EntryContext } from './entry-flags';
import { PressureFields } from './pressure-fields';
import { VitalField } from './vital-field';

export type EntryForm = UseFormReturn<MeasurementInput, unknown, Measurement>;

export const EMPTY_ENTRY = {
  weightKg: '',
  heartRate: '',
  systolic: '',
  diastolic: '',
  temperatureC: '',
  respiratoryRate: '',
  oxygenSaturation: '',
  note: '',
} as const satisfies MeasurementInput;

interface VitalsFieldsProps {
  form: EntryForm;
  context: EntryContext;
}

export function VitalsFields({ form, context }: VitalsFieldsProps) {
  const t = useTranslations('vitals');
  const tFlag = useTranslations('record');
  const [spoken, setSpoken] = useState('');
  const { control, formState } = form;
  const { errors } = formState;
  const speak = (): void => {
    const values = form.getValues();
    const abnormal = VITAL_SIGN_NAMES.flatMap((sign) => {
      const flag = typedFlag(sign, values[sign], context);
      return isAbnormal(flag)
        ? [t('abnormal', { sign: t(`sign.${sign}`), flag: tFlag(`flag.${flag}`) })]
        : [];
    });
    setSpoken(abnormal.join('. '));
  };
  const bind = (name: keyof MeasurementInput) => ({
    ...form.register(name, { onBlur: speak }),
    error: messageAt(errors, name),
  });
  const field = (sign: (typeof VITAL_SIGN_NAMES)[number]) => ({
    ...{ sign, control, context },
    ...bind(sign),
  });
  return (
    <div className="space-y-2">
      <VitalField {...field('weightKg')} />
      <VitalField {...field('heartRate')} />
      <PressureFields
        systolic={bind('systolic')}
        diastolic={{
          ...form.register('diastolic', {
            onBlur: speak,
            // The error about the two together stands at the first.
            onChange: () => {
              if (form.getFieldState('systolic').invalid) void form.trigger('systolic');
            },
          }),
          error: messageAt(errors, 'diastolic'),
        }}
        control={control}
        context={context}
      />
      <VitalField {...field('temperatureC')} />
      <VitalField {...field('respiratoryRate')} />
      <VitalField {...field('oxygenSaturation')} />
      <NoteField label={t('note')} optional rows={2} {...bind('note')} />
      <div className="sr-only">
        <Live>{spoken}</Live>
      </div>
    </div>
  );
}
