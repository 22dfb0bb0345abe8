'use client';
// Allergies and warnings: the ones in force with their end, a new one, and those that have ended.
import { useState } from 'react';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm, useWatch } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { EditPanel, FormButtons } from '@/components/form/edit-panel';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import {
  ALERT_KINDS,
  alertSchema,
  endAlertSchema,
  type AlertInput,
  type AlertKind,
  type EndAlertInput,
} from '@/schemas/alert';

/** An alert with its moments written out. */
export interface AlertRow {
  id: string;
  kind: AlertKind;
  text: string;
  addedOn: string;
  addedBy: string;
  ended: { day: string; by: string; reason: string } | null;
}

interface AlertsPanelProps {
  alerts: readonly AlertRow[];
  add: (input: AlertInput) => Promise<ActionResult>;
  end: (input: EndAlertInput) => Promise<ActionResult>;
}

export function AlertsPanel({ alerts, add, end }: AlertsPanelProps) {
  const t = useTranslations('record');
  const inForce = alerts.filter(({ ended }) => ended === null);
  const past = alerts.filter(({ ended }) => ended !== null);
  return (
    <EditPanel
      title={t('alerts')}
      what={t('alertsObject')}
      facts={
        <>
          {inForce.length === 0 ? (
            <p className="text-soft">{t('noAlerts')}</p>
          ) : (
            <ul className="space-y-2">
              {inForce.map((alert) => (
                <li key={alert.id}>
                  <AlertText alert={alert} />
                </li>
              ))}
            </ul>
          )}
          {past.length > 0 && <PastAlerts alerts={past} />}
        </>
      }
      form={(close) => (
        <div className="space-y-4">
          {inForce.length > 0 && (
            <ul aria-label={t('alertsInForce')} className="space-y-2">
              {inForce.map((alert) => (
                <EndableAlert key={alert.id} alert={alert} end={end} />
              ))}
            </ul>
          )}
          <AddAlert add={add} close={close} />
        </div>
      )}
    />
  );
}

function AlertText({ alert }: { alert: AlertRow }) {
  const t = useTranslations('record');
  return (
    <>
      <span className="text-soft block text-xs">{t(`alertKind.${alert.kind}`)}</span>
      {alert.text !== '' && <span className="block font-medium break-words">{alert.text}</span>}
      <span className="text-soft block text-xs">
        {t('alertAdded', { day: alert.addedOn, by: alert.addedBy })}
      </span>
    </>
  );
}

function PastAlerts({ alerts }: { alerts: readonly AlertRow[] }) {
  const t = useTranslations('record');
  return (
    <details className="mt-3 text-sm">
      <summary className="text-soft hover:text-ink inline-flex min-h-6 cursor-pointer items-center text-xs font-medium">
        {t('pastAlerts', { count: alerts.length })}
      </summary>
      <ul className="mt-2 space-y-2">
        {alerts.map(({ ended, ...alert }) => (
          <li key={alert.id}>
            <del className="text-soft block break-words">
              {alert.text === '' ? t(`alertKind.${alert.kind}`) : alert.text}
            </del>
            {ended !== null && (
              <span className="text-soft block text-xs">{t('alertEnded', ended)}</span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

interface EndableAlertProps {
  alert: AlertRow;
  end: AlertsPanelProps['end'];
}

function EndableAlert({ alert, end }: EndableAlertProps) {
  const t = useTranslations('record');
  const [asking, setAsking] = useState(false);
  const form = useForm({
    resolver: zodResolver(endAlertSchema),
    defaultValues: { alertId: alert.id, reason: '' },
  });
  const { submit, failure, pending } = useServerSubmit(form, end, () => setAsking(false));
  const name = alert.text === '' ? t(`alertKind.${alert.kind}`) : alert.text;
  return (
    <li className="border-line border-b pb-2">
      <div className="flex items-start justify-between gap-2">
        <div className="min-w-0">
          <AlertText alert={alert} />
        </div>
        {!asking && (
          <Button small aria-label={t('endAlertNamed', { name })} onClick={() => setAsking(true)}>
            {t('endAlert')}
          </Button>
        )}
      </div>
      {asking && (
        <Form label={t('endAlertNamed', { name })} className="mt-2 space-y-2" onSubmit={submit}>
          <Field
            label={t('endReason')}
            error={messageAt(form.formState.errors, 'reason')}
            {...form.register('reason')}
          />
          <FormFailure message={failure} />
          <FormButtons save={t('endAlert')} pending={pending} onCancel={() => setAsking(false)} />
        </Form>
      )}
    </li>
  );
}

interface AddAlertProps {
  add: AlertsPanelProps['add'];
  close: (saved: boolean) => void;
}

function AddAlert({ add, close }: AddAlertProps) {
  const t = useTranslations('record');
  const form = useForm<AlertInput>({
    resolver: zodResolver(alertSchema),
    defaultValues: { kind: 'allergy', text: '' },
  });
  const { submit, failure, pending } = useServerSubmit(form, add, () => close(true));
  const { errors } = form.formState;
  const kind = useWatch({ control: form.control, name: 'kind' });
  return (
    <Form label={t('addAlert')} className="space-y-3" onSubmit={submit}>
      <Choice
        label={t('kind')}
        options={ALERT_KINDS.map((value) => ({ value, label: t(`alertKind.${value}`) }))}
        error={messageAt(errors, 'kind')}
        {...form.register('kind', {
          onChange: () => form.setValue('text', ''),
        })}
      />
      {kind !== 'no-known-allergies' && (
        <Field
          label={t(kind === 'allergy' ? 'allergyTo' : 'warningText')}
          maxLength={120}
          error={messageAt(errors, 'text')}
          {...form.register('text')}
        />
      )}
      {kind === 'no-known-allergies' && errors.text !== undefined && (
        <FormFailure message={messageAt(errors, 'text')} />
      )}
      <FormFailure message={failure} />
      <FormButtons save={t('addAlert')} pending={pending} onCancel={() => close(false)} />
    </Form>
  );
}
