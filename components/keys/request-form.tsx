'use client';
// Asks for a key operation. Nothing happens until another officer has approved it.
import { useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { useLocale, useTranslations } from 'use-intl';
import { zodResolver } from '@hookform/resolvers/zod';
import type { ActionResult } from '@/components/form/action-result';
import { leaveIfSignedOut, UNREACHABLE } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useMessage } from '@/components/form/use-message';
import { useServerSubmit } from '@/components/form/server-submit';
import { formatDate } from '@/components/format';
import { Button } from '@/components/ui/button';
import { Live, Notice } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import type { ErasureSubject } from '@/schemas/key-console';
import { keyRequestSchema, MIGRATION_WAYS, type KeyRequestInput } from '@/schemas/key-request';

interface RequestFormProps {
  providers: readonly string[];
  request: (input: KeyRequestInput) => Promise<ActionResult<{ id: string }>>;
  find: (recordNumber: string) => Promise<ActionResult<ErasureSubject>>;
}

/** All fields that any kind of request has; the schema takes those of the kind that is chosen. */
interface RequestFields {
  kind: KeyRequestInput['kind'];
  to: string;
  how: string;
  patientId: string;
  reason: string;
}

const KINDS = ['rotate', 'migrate', 'retire', 'erase'] as const;

const EMPTY: RequestFields = { kind: 'rotate', to: '', how: 'rewrap', patientId: '', reason: '' };

export function RequestForm({ providers, request, find }: RequestFormProps) {
  const t = useTranslations('keys.ask');
  const form = useForm<RequestFields>({
    resolver: zodResolver(keyRequestSchema) as never,
    defaultValues: { ...EMPTY, to: providers[0] ?? '' },
  });
  const [sent, setSent] = useState(false);
  const kind = useWatch({ control: form.control, name: 'kind' });
  const { submit, failure, pending } = useServerSubmit(
    form,
    (fields) => request(fields as KeyRequestInput),
    () => {
      form.reset({ ...EMPTY, to: providers[0] ?? '' });
      setSent(true);
    },
  );
  const { errors } = form.formState;
  return (
    <Panel title={t('title')}>
      <Form
        label={t('title')}
        className="space-y-3"
        onSubmit={() => {
          setSent(false);
          submit();
        }}
      >
        <Choice
          label={t('operation')}
          options={KINDS.map((value) => ({ value, label: t(value) }))}
          {...form.register('kind')}
        />
        {kind === 'migrate' && (
          <>
            <Choice
              label={t('to')}
              options={providers.map((name) => ({ value: name, label: name }))}
              hint={t('toHint')}
              error={messageAt(errors, 'to')}
              {...form.register('to')}
            />
            <Choice
              label={t('how')}
              options={MIGRATION_WAYS.map((value) => ({ value, label: t(value) }))}
              {...form.register('how')}
            />
          </>
        )}
        {kind === 'erase' && (
          <>
            <Field
              label={t('recordNumber')}
              hint={t('recordNumberHint')}
              error={messageAt(errors, 'patientId')}
              {...form.register('patientId')}
            />
            <p className="text-soft text-sm">{t('forEver')}</p>
            <WhoIsIt find={() => find(form.getValues('patientId'))} />
          </>
        )}
        <Field
          label={t('reason')}
          hint={t('reasonHint')}
          error={messageAt(errors, 'reason')}
          {...form.register('reason')}
        />
        <FormFailure message={failure} />
        <FormButtons save={t('submit')} pending={pending} />
        <Live>
          {sent && (
            <Notice tone="good">
              <p>{t('sent')}</p>
            </Notice>
          )}
        </Live>
      </Form>
    </Panel>
  );
}

function WhoIsIt({ find }: { find: () => Promise<ActionResult<ErasureSubject>> }) {
  const t = useTranslations('keys.ask');
  const locale = useLocale();
  const say = useMessage();
  const [said, setSaid] = useState('');
  const look = async (): Promise<void> => {
    const result = await find().catch(() => UNREACHABLE);
    leaveIfSignedOut(result);
    if (!result.ok) {
      setSaid(say(Object.values(result.fields ?? {})[0] ?? result.message));
      return;
    }
    const { name, dateOfBirth, erased } = result.value;
    setSaid(t(erased ? 'erasedPerson' : 'person', { name, date: formatDate(dateOfBirth, locale) }));
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button small onClick={() => void look()}>
        {t('who')}
      </Button>
      <p role="status" className="text-sm">
        {said}
      </p>
    </div>
  );
}
