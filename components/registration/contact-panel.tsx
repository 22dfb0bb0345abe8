'use client';
// Name and contact data, editable in place by both roles.
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { useLocale, useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { EditPanel, FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { formatDate } from '@/components/format';
import { NotRecorded } from '@/components/ui/not-recorded';
import { Fact, Panel } from '@/components/ui/panel';
import type { Contact } from '@/schemas/dto';
import { contactUpdateSchema, type ContactUpdateInput } from '@/schemas/patient';
import { ContactFields } from './contact-fields';

interface ContactPanelProps {
  name: string;
  contact: Contact;
  /** Null for an erased record, in which nothing can be changed. */
  update: ((input: ContactUpdateInput) => Promise<ActionResult>) | null;
}

export function ContactPanel({ name, contact, update }: ContactPanelProps) {
  const t = useTranslations('contact');
  const locale = useLocale();
  const facts = (
    <dl className="space-y-2">
      <Fact label={t('dateOfBirth')}>{formatDate(contact.dateOfBirth, locale)}</Fact>
      <Fact label={t('gender')}>
        {contact.gender === undefined ? <NotRecorded /> : t(`genders.${contact.gender}`)}
      </Fact>
      <Fact label={t('phone')}>{contact.phone || <NotRecorded />}</Fact>
      <Fact label={t('email')}>{contact.email || <NotRecorded />}</Fact>
      <Fact label={t('address')}>{contact.address || <NotRecorded />}</Fact>
    </dl>
  );
  if (update === null) return <Panel title={t('title')}>{facts}</Panel>;
  return (
    <EditPanel
      title={t('title')}
      what={t('object')}
      facts={facts}
      form={(close) => <ContactForm name={name} contact={contact} update={update} close={close} />}
    />
  );
}

interface ContactFormProps extends ContactPanelProps {
  update: (input: ContactUpdateInput) => Promise<ActionResult>;
  close: (saved: boolean) => void;
}

function ContactForm({ name, contact, update, close }: ContactFormProps) {
  const t = useTranslations('contact');
  const form = useForm({
    resolver: zodResolver(contactUpdateSchema),
    defaultValues: { name, contact },
  });
  const { submit, failure, pending } = useServerSubmit(form, update, () => close(true));
  const { errors } = form.formState;
  return (
    <Form label={t('edit')} className="space-y-3" onSubmit={submit}>
      <Field label={t('fullName')} error={messageAt(errors, 'name')} {...form.register('name')} />
      <ContactFields register={form.register} errors={errors} />
      <FormFailure message={failure} />
      <FormButtons save={t('save')} pending={pending} onCancel={() => close(false)} />
    </Form>
  );
}
