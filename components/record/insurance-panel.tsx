'use client';
// Insurance as doctors see it: provider and policy number, editable in place.
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import type { ActionResult } from '@/components/form/action-result';
import { EditPanel, FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Fact, NotRecorded } from '@/components/ui/panel';
import { insuranceSchema, type InsuranceInput } from '@/schemas/insurance';

interface InsurancePanelProps {
  provider: string;
  policyNumber: string | null;
  update: (input: InsuranceInput) => Promise<ActionResult>;
}

export function InsurancePanel({ provider, policyNumber, update }: InsurancePanelProps) {
  return (
    <EditPanel
      title="Insurance"
      what="insurance"
      facts={
        <dl className="space-y-2">
          <Fact label="Provider">{provider}</Fact>
          <Fact label="Policy number">{policyNumber ?? <NotRecorded />}</Fact>
        </dl>
      }
      form={(close) => (
        <InsuranceForm
          current={{ provider, policyNumber: policyNumber ?? '' }}
          update={update}
          close={close}
        />
      )}
    />
  );
}

interface InsuranceFormProps {
  current: InsuranceInput;
  update: (input: InsuranceInput) => Promise<ActionResult>;
  close: (saved: boolean) => void;
}

function InsuranceForm({ current, update, close }: InsuranceFormProps) {
  const form = useForm({ resolver: zodResolver(insuranceSchema), defaultValues: current });
  const { submit, failure, pending } = useServerSubmit(form, update, () => close(true));
  const { errors } = form.formState;
  return (
    <Form label="Edit insurance" className="space-y-3" onSubmit={submit}>
      <Field
        label="Provider"
        error={messageAt(errors, 'provider')}
        {...form.register('provider')}
      />
      <Field
        label="Policy number"
        inputMode="numeric"
        error={messageAt(errors, 'policyNumber')}
        {...form.register('policyNumber')}
      />
      <FormFailure message={failure} />
      <FormButtons save="Save insurance" pending={pending} onCancel={() => close(false)} />
    </Form>
  );
}
