'use client';
// Registration by a doctor: identity, contact, blood type and insurance, all encrypted or stored in one go.
import { useState } from 'react';
import { useRouter } from 'next/navigation';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm, type DefaultValues } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { useUnsavedPrompt } from '@/components/form/use-unsaved-prompt';
import {
  patientRegistrationSchema,
  type PatientRegistration,
  type PatientRegistrationInput,
} from '@/schemas/patient';
import type { SsnProfile } from '@/schemas/ssn';
import { bloodTypeChoices } from './blood-types';
import { ContactFields } from './contact-fields';
import { SimilarNotice } from './similar-notice';
import { useSimilar, type FindSimilar } from './use-similar';
import { FormSection } from './form-section';

const EMPTY: DefaultValues<PatientRegistrationInput> = {
  name: '',
  contact: { dateOfBirth: '', gender: '', phone: '', email: '', address: '' },
  ssn: '',
  insurance: { provider: '', policyNumber: '' },
};

interface RegisterPatientProps {
  profile: SsnProfile;
  register: (input: PatientRegistrationInput) => Promise<ActionResult<{ id: string }>>;
  findSimilar: FindSimilar;
}

export function RegisterPatient({ profile, register, findSimilar }: RegisterPatientProps) {
  const t = useTranslations('registration');
  const tContact = useTranslations('contact');
  const router = useRouter();
  const form = useForm<PatientRegistrationInput, unknown, PatientRegistration>({
    resolver: zodResolver(patientRegistrationSchema(profile)),
    defaultValues: EMPTY,
  });
  const [done, setDone] = useState(false);
  const { similar, registerOrWarn } = useSimilar(findSimilar, register);
  const { submit, failure, pending } = useServerSubmit(form, registerOrWarn, ({ id }) => {
    setDone(true);
    router.push(`/patients/${id}`);
  });
  useUnsavedPrompt(form.formState.isDirty && !done);
  const { errors } = form.formState;
  return (
    <div className="panel max-w-3xl p-4 sm:p-5">
      <Form label={t('title')} className="space-y-5" onSubmit={submit}>
        <FormSection title={t('identity')}>
          <Field
            label={tContact('fullName')}
            className="sm:col-span-2"
            error={messageAt(errors, 'name')}
            {...form.register('name')}
          />
          <Field
            label={t('ssn')}
            inputMode="numeric"
            hint={t('ssnHintEncrypted')}
            error={messageAt(errors, 'ssn')}
            {...form.register('ssn')}
          />
          <Choice
            label={t('labelBlood')}
            options={bloodTypeChoices(t('choose'))}
            hint={t('encrypted')}
            error={messageAt(errors, 'bloodType')}
            {...form.register('bloodType')}
          />
        </FormSection>
        <FormSection title={tContact('title')}>
          <ContactFields register={form.register} errors={errors} />
        </FormSection>
        <FormSection title={t('insurance')}>
          <Field
            label={t('provider')}
            error={messageAt(errors, 'insurance.provider')}
            {...form.register('insurance.provider')}
          />
          <Field
            label={t('labelPolicy')}
            inputMode="numeric"
            hint={t('encrypted')}
            error={messageAt(errors, 'insurance.policyNumber')}
            {...form.register('insurance.policyNumber')}
          />
        </FormSection>
        <SimilarNotice similar={similar} base="/patients/" />
        <FormFailure message={failure} />
        <FormButtons save={similar.length > 0 ? t('saveAnyway') : t('save')} pending={pending} />
      </Form>
    </div>
  );
}
