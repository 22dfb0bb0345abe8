'use client';
// Blood pressure as two boxes joined by a slash, one group with one unit.
import { useId } from 'react';
import type { UseFormRegisterReturn } from 'react-hook-form';
import { FieldError, INLINE_ROW } from '@/components/form/field';

type Box = UseFormRegisterReturn & { error: string | undefined };

export function PressureFields({ systolic, diastolic }: { systolic: Box; diastolic: Box }) {
  const id = useId();
  const { error: systolicError, ...systolicBox } = systolic;
  const { error: diastolicError, ...diastolicBox } = diastolic;
  return (
    <div role="group" aria-labelledby={`${id}-group`}>
      <div className={INLINE_ROW}>
        <p id={`${id}-group`} className="text-sm font-medium">
          Blood pressure
        </p>
        <div className="flex items-center gap-1">
          <input
            aria-label="Systolic blood pressure"
            aria-invalid={systolicError === undefined ? undefined : true}
            aria-describedby={`${id}-unit ${id}-systolic`}
            inputMode="decimal"
            autoComplete="off"
            className="control px-1.5 text-right"
            placeholder="sys."
            {...systolicBox}
          />
          <span aria-hidden className="text-soft">
            /
          </span>
          <input
            aria-label="Diastolic blood pressure"
            aria-invalid={diastolicError === undefined ? undefined : true}
            aria-describedby={`${id}-unit ${id}-diastolic`}
            inputMode="decimal"
            autoComplete="off"
            className="control px-1.5 text-right"
            placeholder="dia."
            {...diastolicBox}
          />
          <span id={`${id}-unit`} className="text-soft w-11 shrink-0 text-sm">
            mmHg
          </span>
        </div>
      </div>
      <FieldError id={`${id}-systolic`} text={systolicError} />
      <FieldError id={`${id}-diastolic`} text={diastolicError} />
    </div>
  );
}
