'use client';
// Insurance as doctors see it: the provider, the policy number hidden until someone asks for it; editable in place.
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { EditPanel, FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { NotRecorded } from '@/components/ui/not-recorded';
import { Fact, Panel } from '@/components/ui/panel';
import { insuranceChangeSchema, type InsuranceChangeInput } from '@/schemas/insurance-change';
import { ErasedValue } from './erased-value';
import { HiddenNumber } from './hidden-number';

interface InsurancePanelProps {
  provider: string;
  hasPolicyNumber: boolean;
  reveal: () => Promise<ActionResult<string>>;
  /** Null for an erased record, in which nothing can be changed. */
  update: ((input: InsuranceChangeInput) => Promise<ActionResult>) | null;
}

export function InsurancePanel({ provider, hasPolicyNumber, reveal, update }: InsurancePanelProps) {
  const t = useTranslations('record');
  const facts = (
    <dl className="space-y-2">
      <Fact label={t('provider')}>{provider}</Fact>
      <Fact label={t('policyNumberLabel')}>
        {update === null ? (
          <ErasedValue />
        ) : hasPolicyNumber ? (
          <HiddenNumber what="policyNumber" reveal={reveal} />
        ) : (
          <NotRecorded />
        )}
      </Fact>
    </dl>
  );
  if (update === null) return <Panel title={t('insurance')}>{facts}</Panel>;
  return (
    <EditPanel
      title={t('insurance')}
      what={t('insuranceObject')}
      facts={facts}
      form={(close) => (
        <InsuranceForm
          provider={provider}
          hasPolicyNumber={hasPolicyNumber}
          update={update}
          close={close}
        />
      )}
    />
  );
}

interface InsuranceFormProps extends Pick<InsurancePanelProps, 'provider' | 'hasPolicyNumber'> {
  update: (input: InsuranceChangeInput) => Promise<ActionResult>;
  close: (saved: boolean) => void;
}

function InsuranceForm({ provider, hasPolicyNumber, update, close }: InsuranceFormProps) {
  const t = useTranslations('record');
  const form = useForm({
    resolver: zodResolver(insuranceChangeSchema),
    defaultValues: { provider, policyNumber: '' },
  });
  const { submit, failure, pending } = useServerSubmit(form, update, () => close(true));
  const { errors } = form.formState;
  return (
    <Form label={t('editInsurance')} className="space-y-3" onSubmit={submit}>
      <Field
        label={t('provider')}
        error={messageAt(errors, 'provider')}
        {...form.register('provider')}
      />
      <Field
        label={t('policyNumberLabel')}
        inputMode="numeric"
        hint={hasPolicyNumber ? t('policyNumberHint') : undefined}
        error={messageAt(errors, 'policyNumber')}
        {...form.register('policyNumber')}
      />
      <FormFailure message={failure} />
      <FormButtons save={t('saveInsurance')} pending={pending} onCancel={() => close(false)} />
    </Form>
  );
}
