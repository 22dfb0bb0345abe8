'use client';
// A new password for oneself; all other sessions end.
import { zodResolver } from '@hookform/resolvers/zod';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { passwordChangeSchema, type PasswordChange } from '@/schemas/account';

const EMPTY: PasswordChange = { current: '', password: '', again: '' };

export function PasswordForm({
  change,
}: {
  change: (input: PasswordChange) => Promise<ActionResult>;
}) {
  const t = useTranslations('accounts');
  const [changed, setChanged] = useState(false);
  const form = useForm<PasswordChange>({
    resolver: zodResolver(passwordChangeSchema),
    defaultValues: EMPTY,
  });
  const { submit, failure, pending } = useServerSubmit(form, change, () => {
    form.reset(EMPTY);
    setChanged(true);
  });
  const { errors } = form.formState;
  return (
    <Panel title={t('changePassword')}>
      <Form
        label={t('changePassword')}
        className="space-y-3"
        onSubmit={() => {
          setChanged(false);
          submit();
        }}
      >
        <Field
          label={t('current')}
          type="password"
          autoComplete="current-password"
          error={messageAt(errors, 'current')}
          {...form.register('current')}
        />
        <Field
          label={t('newPassword')}
          type="password"
          autoComplete="new-password"
          hint={t('passwordRule')}
          error={messageAt(errors, 'password')}
          {...form.register('password')}
        />
        <Field
          label={t('again')}
          type="password"
          autoComplete="new-password"
          error={messageAt(errors, 'again')}
          {...form.register('again')}
        />
        <FormFailure message={failure} />
        <Button type="submit" pending={pending}>
          {t('changePassword')}
        </Button>
        <Live>{changed && <p className="text-good font-medium">{t('changed')}</p>}</Live>
      </Form>
    </Panel>
  );
}
