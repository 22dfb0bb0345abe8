'use client';
// A new account. The officer tells the person their first password.
import { zodResolver } from '@hookform/resolvers/zod';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { newAccountSchema, type NewAccount } from '@/schemas/account';
import { ROLES } from './roles';

const EMPTY: NewAccount = { name: '', username: '', role: 'doctor', password: '' };

export function NewAccountForm({
  create,
}: {
  create: (input: NewAccount) => Promise<ActionResult>;
}) {
  const t = useTranslations('accounts');
  const role = useTranslations('shell.role');
  const [created, setCreated] = useState(false);
  const form = useForm<NewAccount>({
    resolver: zodResolver(newAccountSchema),
    defaultValues: EMPTY,
  });
  const { submit, failure, pending } = useServerSubmit(form, create, () => {
    form.reset(EMPTY);
    setCreated(true);
  });
  const { errors } = form.formState;
  return (
    <Panel title={t('newTitle')}>
      <Form
        label={t('newTitle')}
        className="space-y-3"
        onSubmit={() => {
          setCreated(false);
          submit();
        }}
      >
        <Field label={t('name')} error={messageAt(errors, 'name')} {...form.register('name')} />
        <Field
          label={t('username')}
          autoCapitalize="none"
          spellCheck={false}
          error={messageAt(errors, 'username')}
          {...form.register('username')}
        />
        <Choice
          label={t('role')}
          options={ROLES.map((value) => ({ value, label: role(value) }))}
          {...form.register('role')}
        />
        <Field
          label={t('password')}
          type="password"
          autoComplete="new-password"
          hint={t('passwordRule')}
          error={messageAt(errors, 'password')}
          {...form.register('password')}
        />
        <FormFailure message={failure} />
        <Button type="submit" tone="primary" pending={pending}>
          {t('create')}
        </Button>
        <Live>{created && <p className="text-good font-medium">{t('created')}</p>}</Live>
      </Form>
    </Panel>
  );
}
