'use client';
// Corrects one visit: why it was wrong, and the values it should have had, or none. A native dialog, closed by Escape.
import { useEffect, useId, useRef, useState } from 'react';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { useLocale, useTimeZone, useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import type { VisitRow } from '@/components/record/visit-row';
import { Button } from '@/components/ui/button';
import { ageInMonths } from '@/lib/vitals/age';
import {
  ERROR_CAUSES,
  type CorrectionInput,
  type ErrorCause,
  type ErrorReasonInput,
} from '@/schemas/correction';
import { measurementSchemaIn, type MeasurementInput } from '@/schemas/measurement';
import type { Units } from '@/schemas/preferences';
import { typedVisit } from './typed-visit';
import { VitalsFields, type EntryForm } from './vitals-fields';

export interface Corrections {
  units: Units;
  dateOfBirth: string;
  correct: (input: CorrectionInput) => Promise<ActionResult>;
  markInError: (input: ErrorReasonInput) => Promise<ActionResult>;
}

interface CorrectionDialogProps extends Corrections {
  visit: VisitRow;
  close: (saved: boolean) => void;
}

const WAYS = ['replace', 'markOnly'] as const;
type Way = (typeof WAYS)[number];

export function CorrectionDialog({
  visit,
  units,
  dateOfBirth,
  correct,
  markInError,
  close,
}: CorrectionDialogProps) {
  const t = useTranslations('vitals');
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const age = ageInMonths(dateOfBirth, new Date(visit.at), useTimeZone() ?? 'UTC');
  const locale = useLocale();
  const [entryKey] = useState(() => crypto.randomUUID());
  const [way, setWay] = useState<Way>('replace');
  const [cause, setCause] = useState<ErrorCause>('typing');
  const [details, setDetails] = useState('');
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const check = zodResolver(measurementSchemaIn(units, age));
  const form: EntryForm = useForm({
    // Values that are not sent need not be right.
    resolver: (values, ...rest) =>
      way === 'replace' ? check(values, ...rest) : { values: {}, errors: {} },
    defaultValues: typedVisit(visit, units, locale),
    mode: 'onTouched',
  });
  const reason = { visitId: visit.id, cause, details };
  const send = (values: MeasurementInput): Promise<ActionResult> =>
    way === 'replace' ? correct({ ...reason, entryKey, units, values }) : markInError(reason);
  const { submit, failure, pending } = useServerSubmit(form, send, () => close(true));
  const { errors, isDirty } = form.formState;
  const title = t('correctTitle', { day: visit.day, time: visit.time });
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={() => close(false)}
      className="panel text-ink backdrop:bg-ink/40 m-auto w-[min(26rem,calc(100vw-1.5rem))] p-0 text-left font-normal whitespace-normal"
    >
      <header className="border-line border-b px-4 py-2">
        <h2 id={titleId} className="text-lg font-semibold">
          {title}
        </h2>
        <p className="text-soft text-sm">{t('correctKeeps')}</p>
      </header>
      <Form label={title} className="space-y-3 p-4" onSubmit={submit}>
        <Choice
          label={t('reasonLabel')}
          options={ERROR_CAUSES.map((value) => ({ value, label: t(`cause.${value}`) }))}
          value={cause}
          error={messageAt(errors, 'cause')}
          onChange={({ target }) => {
            const chosen = ERROR_CAUSES.find((one) => one === target.value) ?? 'other';
            setCause(chosen);
            if (chosen === 'wrong-patient') setWay('markOnly');
          }}
        />
        <Field
          label={t('details')}
          optional={cause !== 'other'}
          maxLength={200}
          value={details}
          error={messageAt(errors, 'details')}
          onChange={({ target }) => setDetails(target.value)}
        />
        <fieldset className="space-y-1">
          <legend className="text-sm font-medium">{t('correctHow')}</legend>
          {WAYS.map((one) => (
            <label key={one} className="flex min-h-6 items-center gap-2 text-sm">
              <input
                type="radio"
                name={`${titleId}-way`}
                checked={way === one}
                onChange={() => setWay(one)}
              />
              {t(one)}
            </label>
          ))}
        </fieldset>
        {way === 'replace' && <VitalsFields form={form} context={{ units, ageInMonths: age }} />}
        <FormFailure message={failure} />
        <div className="flex gap-2 pt-1">
          <Button
            type="submit"
            tone="primary"
            pending={pending}
            disabled={way === 'replace' && !isDirty}
          >
            {t(way === 'replace' ? 'saveCorrection' : 'saveMark')}
          </Button>
          <Button onClick={() => dialog.current?.close()}>{t('cancel')}</Button>
        </div>
      </Form>
    </dialog>
  );
}
