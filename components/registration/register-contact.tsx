'use client';
// Registration at the front desk: name, contact and insurance provider. A doctor completes the rest.
import { useRouter } from 'next/navigation';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import type { ActionResult } from '@/components/form/action-result';
import { FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { contactRegistrationSchema, type ContactRegistrationInput } from '@/schemas/patient';
import { ContactFields } from './contact-fields';
import { FormSection } from './form-section';

const EMPTY: ContactRegistrationInput = {
  name: '',
  contact: { dateOfBirth: '', phone: '', email: '', address: '' },
  provider: '',
};

interface RegisterContactProps {
  register: (input: ContactRegistrationInput) => Promise<ActionResult<{ id: string }>>;
}

export function RegisterContact({ register }: RegisterContactProps) {
  const router = useRouter();
  const form = useForm({ resolver: zodResolver(contactRegistrationSchema), defaultValues: EMPTY });
  const { submit, failure, pending } = useServerSubmit(form, register, ({ id }) =>
    router.push(`/desk/${id}`),
  );
  const { errors } = form.formState;
  return (
    <div className="panel max-w-3xl p-4 sm:p-5">
      <Form label="Register a patient" className="space-y-5" onSubmit={submit}>
        <FormSection title="Patient">
          <Field
            label="Full name"
            className="sm:col-span-2"
            error={messageAt(errors, 'name')}
            {...form.register('name')}
          />
          <ContactFields register={form.register} errors={errors} />
        </FormSection>
        <FormSection title="Insurance">
          <Field
            label="Provider"
            error={messageAt(errors, 'provider')}
            {...form.register('provider')}
          />
        </FormSection>
        <FormFailure message={failure} />
        <FormButtons save="Register patient" pending={pending} />
      </Form>
    </div>
  );
}
