'use client';
// An officer's verdict on one emergency access. Once it is sent, the access moves to the reviewed ones.
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import {
  emergencyReviewSchema,
  LONGEST_REASON,
  VERDICTS,
  type EmergencyReview,
  type EmergencyReviewInput,
} from '@/schemas/emergency-access';

interface ReviewFormProps {
  id: string;
  doctor: string;
  review: (input: EmergencyReviewInput) => Promise<ActionResult>;
}

export function ReviewForm({ id, doctor, review }: ReviewFormProps) {
  const t = useTranslations('emergency.review');
  const form = useForm<EmergencyReviewInput, unknown, EmergencyReview>({
    resolver: zodResolver(emergencyReviewSchema),
    defaultValues: { id, note: '' },
  });
  const { submit, failure, pending } = useServerSubmit(form, review, () => undefined);
  const { errors } = form.formState;
  return (
    <Form label={t('form', { doctor })} onSubmit={submit} className="mt-3">
      <div className="grid items-start gap-3 sm:grid-cols-[12rem_minmax(0,1fr)]">
        <Choice
          label={t('verdict')}
          error={messageAt(errors, 'verdict')}
          options={[
            { value: '', label: t('choose') },
            ...VERDICTS.map((verdict) => ({ value: verdict, label: t(verdict) })),
          ]}
          {...form.register('verdict')}
        />
        <Field
          label={t('note')}
          hint={t('noteHint')}
          error={messageAt(errors, 'note')}
          maxLength={LONGEST_REASON}
          {...form.register('note')}
        />
      </div>
      <FormFailure message={failure} />
      <Button type="submit" pending={pending} className="mt-3">
        {t('close')}
      </Button>
    </Form>
  );
}
