'use client';
// Registration at the front desk: name, contact and insurance provider. A doctor completes the rest.
import { useState } from 'react';
import { useRouter } from 'next/navigation';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { useUnsavedPrompt } from '@/components/form/use-unsaved-prompt';
import { contactRegistrationSchema, type ContactRegistrationInput } from '@/schemas/patient';
import { ContactFields } from './contact-fields';
import { SimilarNotice } from './similar-notice';
import { useSimilar, type FindSimilar } from './use-similar';
import { FormSection } from './form-section';

const EMPTY: ContactRegistrationInput = {
  name: '',
  contact: { dateOfBirth: '', gender: '', phone: '', email: '', address: '' },
  provider: '',
};

interface RegisterContactProps {
  register: (input: ContactRegistrationInput) => Promise<ActionResult<{ id: string }>>;
  findSimilar: FindSimilar;
}

export function RegisterContact({ register, findSimilar }: RegisterContactProps) {
  const t = useTranslations('registration');
  const tContact = useTranslations('contact');
  const router = useRouter();
  const form = useForm({ resolver: zodResolver(contactRegistrationSchema), defaultValues: EMPTY });
  const [done, setDone] = useState(false);
  const { similar, registerOrWarn } = useSimilar(findSimilar, register);
  const { submit, failure, pending } = useServerSubmit(form, registerOrWarn, ({ id }) => {
    setDone(true);
    router.push(`/desk/${id}`);
  });
  useUnsavedPrompt(form.formState.isDirty && !done);
  const { errors } = form.formState;
  return (
    <div className="panel max-w-3xl p-4 sm:p-5">
      <Form label={t('title')} className="space-y-5" onSubmit={submit}>
        <FormSection title={t('patient')}>
          <Field
            label={tContact('fullName')}
            className="sm:col-span-2"
            error={messageAt(errors, 'name')}
            {...form.register('name')}
          />
          <ContactFields register={form.register} errors={errors} />
        </FormSection>
        <FormSection title={t('insurance')}>
          <Field
            label={t('provider')}
            error={messageAt(errors, 'provider')}
            {...form.register('provider')}
          />
        </FormSection>
        <SimilarNotice similar={similar} base="/desk/" />
        <FormFailure message={failure} />
        <FormButtons save={similar.length > 0 ? t('saveAnyway') : t('save')} pending={pending} />
      </Form>
    </div>
  );
}
