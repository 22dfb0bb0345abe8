'use client';
// Registration by a doctor: identity, contact, blood type and insurance, all encrypted or stored in one go.
import { useRouter } from 'next/navigation';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm, type DefaultValues } from 'react-hook-form';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import {
  patientRegistrationSchema,
  type PatientRegistration,
  type PatientRegistrationInput,
} from '@/schemas/patient';
import type { SsnProfile } from '@/schemas/ssn';
import { BLOOD_TYPE_CHOICES } from './blood-types';
import { ContactFields } from './contact-fields';
import { FormSection } from './form-section';

const EMPTY: DefaultValues<PatientRegistrationInput> = {
  name: '',
  contact: { dateOfBirth: '', phone: '', email: '', address: '' },
  ssn: '',
  insurance: { provider: '', policyNumber: '' },
};

interface RegisterPatientProps {
  profile: SsnProfile;
  register: (input: PatientRegistrationInput) => Promise<ActionResult<{ id: string }>>;
}

export function RegisterPatient({ profile, register }: RegisterPatientProps) {
  const router = useRouter();
  const form = useForm<PatientRegistrationInput, unknown, PatientRegistration>({
    resolver: zodResolver(patientRegistrationSchema(profile)),
    defaultValues: EMPTY,
  });
  const { submit, failure, pending } = useServerSubmit(form, register, ({ id }) =>
    router.push(`/patients/${id}`),
  );
  const { errors } = form.formState;
  return (
    <div className="panel max-w-3xl p-4 sm:p-5">
      <Form label="Register a patient" className="space-y-5" onSubmit={submit}>
        <FormSection title="Identity">
          <Field
            label="Full name"
            className="sm:col-span-2"
            error={messageAt(errors, 'name')}
            {...form.register('name')}
          />
          <Field
            label="Social Security number"
            inputMode="numeric"
            hint="Nine digits, with or without dashes. Stored encrypted."
            error={messageAt(errors, 'ssn')}
            {...form.register('ssn')}
          />
          <Choice
            label="Blood type"
            options={BLOOD_TYPE_CHOICES}
            hint="Stored encrypted."
            error={messageAt(errors, 'bloodType')}
            {...form.register('bloodType')}
          />
        </FormSection>
        <FormSection title="Contact">
          <ContactFields register={form.register} errors={errors} />
        </FormSection>
        <FormSection title="Insurance">
          <Field
            label="Provider"
            error={messageAt(errors, 'insurance.provider')}
            {...form.register('insurance.provider')}
          />
          <Field
            label="Policy number"
            inputMode="numeric"
            hint="Stored encrypted."
            error={messageAt(errors, 'insurance.policyNumber')}
            {...form.register('insurance.policyNumber')}
          />
        </FormSection>
        <FormFailure message={failure} />
        <FormButtons save="Register patient" pending={pending} />
      </Form>
    </div>
  );
}
