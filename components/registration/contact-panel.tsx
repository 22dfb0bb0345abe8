'use client';
// Name and contact data, editable in place by both roles.
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import type { ActionResult } from '@/components/form/action-result';
import { EditPanel, FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { formatDate } from '@/components/format';
import { Fact, NotRecorded } from '@/components/ui/panel';
import type { Contact } from '@/schemas/dto';
import { contactUpdateSchema, type ContactUpdateInput } from '@/schemas/patient';
import { ContactFields } from './contact-fields';

interface ContactPanelProps {
  name: string;
  contact: Contact;
  update: (input: ContactUpdateInput) => Promise<ActionResult>;
}

export function ContactPanel({ name, contact, update }: ContactPanelProps) {
  return (
    <EditPanel
      title="Contact"
      what="contact"
      facts={
        <dl className="space-y-2">
          <Fact label="Date of birth">{formatDate(contact.dateOfBirth)}</Fact>
          <Fact label="Phone">{contact.phone || <NotRecorded />}</Fact>
          <Fact label="Email">{contact.email || <NotRecorded />}</Fact>
          <Fact label="Address">{contact.address || <NotRecorded />}</Fact>
        </dl>
      }
      form={(close) => <ContactForm name={name} contact={contact} update={update} close={close} />}
    />
  );
}

function ContactForm({
  name,
  contact,
  update,
  close,
}: ContactPanelProps & { close: (saved: boolean) => void }) {
  const form = useForm({
    resolver: zodResolver(contactUpdateSchema),
    defaultValues: { name, contact },
  });
  const { submit, failure, pending } = useServerSubmit(form, update, () => close(true));
  const { errors } = form.formState;
  return (
    <Form label="Edit contact" className="space-y-3" onSubmit={submit}>
      <Field label="Full name" error={messageAt(errors, 'name')} {...form.register('name')} />
      <ContactFields register={form.register} errors={errors} />
      <FormFailure message={failure} />
      <FormButtons save="Save contact" pending={pending} onCancel={() => close(false)} />
    </Form>
  );
}
