'use client';
// Completes a patient whom the front desk registered: adds what only doctors may see.
import { useRouter } from 'next/navigation';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { completeRegistrationSchema, type CompleteRegistrationInput } from '@/schemas/patient';
import type { SsnProfile } from '@/schemas/ssn';
import { bloodTypeChoices } from './blood-types';

interface CompleteRegistrationProps {
  profile: SsnProfile;
  /** As the front desk wrote it down. */
  provider: string;
  /** The patient's page, to go to afterwards. */
  record: string;
  complete: (input: CompleteRegistrationInput) => Promise<ActionResult>;
}

export function CompleteRegistration({
  profile,
  provider,
  record,
  complete,
}: CompleteRegistrationProps) {
  const t = useTranslations('registration');
  const router = useRouter();
  const form = useForm({
    resolver: zodResolver(completeRegistrationSchema(profile)),
    defaultValues: { ssn: '', insurance: { provider, policyNumber: '' } },
  });
  const { submit, failure, pending } = useServerSubmit(form, complete, () => router.push(record));
  const { errors } = form.formState;
  return (
    <div className="panel max-w-md p-4 sm:p-5">
      <Form label={t('complete')} className="space-y-3.5" onSubmit={submit}>
        <Field
          label={t('ssn')}
          inputMode="numeric"
          hint={t('ssnHint')}
          error={messageAt(errors, 'ssn')}
          {...form.register('ssn')}
        />
        <Choice
          label={t('labelBlood')}
          options={bloodTypeChoices(t('choose'))}
          error={messageAt(errors, 'bloodType')}
          {...form.register('bloodType')}
        />
        <Field
          label={t('insuranceProvider')}
          error={messageAt(errors, 'insurance.provider')}
          {...form.register('insurance.provider')}
        />
        <Field
          label={t('labelPolicy')}
          inputMode="numeric"
          error={messageAt(errors, 'insurance.policyNumber')}
          {...form.register('insurance.policyNumber')}
        />
        <p className="text-soft text-xs">{t('allEncrypted')} </p>
        <FormFailure message={failure} />
        <FormButtons save={t('complete')} pending={pending} onCancel={() => router.push(record)} />
      </Form>
    </div>
  );
}
