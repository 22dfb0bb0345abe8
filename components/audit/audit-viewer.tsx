'use client';
// The log with its filters. Every page of events is fetched by POST: no filter is in an address or a history.
import { useState, type SubmitEvent } from 'react';
import { Download } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { useHydrated } from '@/components/form/hydrated';
import { useMessage } from '@/components/form/use-message';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { AUDIT_ACTIONS, AUDIT_OUTCOMES } from '@/schemas/audit-event';
import type { AuditPage } from '@/schemas/audit-log';
import { download } from '@/components/ui/download';
import { EventTable } from './event-table';

type Filters = Record<string, FormDataEntryValue>;

interface AuditViewerProps {
  first: AuditPage;
  read: (filters: Filters, before: number | null) => Promise<ActionResult<AuditPage>>;
  exportAll: (filters: Filters) => Promise<ActionResult<{ csv: string; most: number | null }>>;
}

export function AuditViewer({ first, read, exportAll }: AuditViewerProps) {
  const t = useTranslations('audit');
  const say = useMessage();
  const hydrated = useHydrated();
  const [shown, setShown] = useState(first);
  const [filters, setFilters] = useState<Filters>({});
  const [pending, setPending] = useState(false);
  const [said, setSaid] = useState('');
  const [errors, setErrors] = useState<Record<string, string>>({});

  async function ask<T>(question: () => Promise<ActionResult<T>>): Promise<T | undefined> {
    setPending(true);
    setErrors({});
    setSaid('');
    const result = await question().catch(() => UNREACHABLE);
    setPending(false);
    if (result.ok) return result.value;
    leaveIfSignedOut(result);
    setErrors(result.fields ?? {});
    setSaid(say(result.message));
    return undefined;
  }

  const apply = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const chosen = Object.fromEntries(new FormData(event.currentTarget));
    const page = await ask(() => read(chosen, null));
    if (page === undefined) return;
    setFilters(chosen);
    setShown(page);
  };

  const older = async (): Promise<void> => {
    const page = await ask(() => read(filters, shown.next));
    if (page !== undefined)
      setShown({ events: [...shown.events, ...page.events], next: page.next });
  };

  const save = async (): Promise<void> => {
    const file = await ask(() => exportAll(filters));
    if (file === undefined) return;
    download('audit-log.csv', file.csv);
    setSaid(file.most === null ? t('exported') : t('exportedPart', { count: file.most }));
  };

  const any = { value: '', label: t('any') };
  return (
    <Panel
      title={t('events')}
      aside={
        <Button small tone="plain" pending={pending} onClick={() => void save()}>
          <Download aria-hidden className="size-3.5" />
          {t('export')}
        </Button>
      }
      flush
    >
      <form
        method="post"
        aria-label={t('filters')}
        className="border-line border-b p-4"
        onSubmit={(event) => void apply(event)}
      >
        <fieldset
          disabled={!hydrated}
          className="grid grid-cols-2 items-start gap-3 md:grid-cols-3 xl:grid-cols-7"
        >
          <Field label={t('user')} name="user" error={errors['user']} autoCapitalize="none" />
          <Field label={t('record')} name="patientId" error={errors['patientId']} />
          <Choice
            label={t('actionLabel')}
            name="action"
            options={[
              any,
              ...AUDIT_ACTIONS.map((value) => ({ value, label: t(`action.${value}`) })),
            ]}
          />
          <Choice
            label={t('outcomeLabel')}
            name="outcome"
            options={[
              any,
              ...AUDIT_OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) })),
            ]}
          />
          <Field label={t('from')} name="from" type="date" error={errors['from']} />
          <Field label={t('until')} name="until" type="date" error={errors['until']} />
          <Button
            type="submit"
            tone="primary"
            className="col-span-full xl:col-span-1 xl:mt-6"
            pending={pending}
          >
            {t('apply')}
          </Button>
        </fieldset>
        <Live>{said !== '' && <p className="text-soft mt-2 text-sm">{said}</p>}</Live>
      </form>
      {shown.events.length === 0 ? (
        <p className="text-soft px-4 py-4">{t('none')}</p>
      ) : (
        <EventTable label={t('eventsTable')} events={shown.events} />
      )}
      {shown.next !== null && (
        <div className="border-line border-t p-3">
          <Button pending={pending} onClick={() => void older()}>
            {t('older')}
          </Button>
        </div>
      )}
    </Panel>
  );
}
