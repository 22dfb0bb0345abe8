'use client';
// The reason for an emergency access. When it has begun, the page is read again and the record takes the gate's place.
import { zodResolver } from '@hookform/resolvers/zod';
import { useId } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { FieldError, FieldHint, FieldLabel } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import {
  EMERGENCY_MINUTES,
  emergencyReasonSchema,
  LONGEST_REASON,
  type EmergencyReason,
  type EmergencyReasonInput,
} from '@/schemas/emergency-access';

interface EmergencyFormProps {
  begin: (input: EmergencyReasonInput) => Promise<ActionResult>;
}

export function EmergencyForm({ begin }: EmergencyFormProps) {
  const t = useTranslations('emergency');
  const id = useId();
  const form = useForm<EmergencyReasonInput, unknown, EmergencyReason>({
    resolver: zodResolver(emergencyReasonSchema),
    defaultValues: { reason: '' },
  });
  const { submit, failure, pending } = useServerSubmit(form, begin, () => undefined);
  const error = messageAt(form.formState.errors, 'reason');
  return (
    <Form label={t('gate.title')} onSubmit={submit}>
      <FieldLabel htmlFor={id}>{t('gate.reason')}</FieldLabel>
      <textarea
        id={id}
        rows={3}
        maxLength={LONGEST_REASON}
        required
        className="control h-auto py-1.5"
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={`${id}-hint${error === undefined ? '' : ` ${id}-error`}`}
        {...form.register('reason')}
      />
      <FieldHint id={`${id}-hint`} text={t('gate.reasonHint')} />
      <FieldError id={`${id}-error`} text={error} />
      <FormFailure message={failure} />
      <Button type="submit" tone="primary" pending={pending} className="mt-3">
        {t('gate.begin', { minutes: EMERGENCY_MINUTES })}
      </Button>
    </Form>
  );
}
