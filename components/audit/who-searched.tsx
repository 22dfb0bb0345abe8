'use client';
// Who searched a number. It is sent by POST, compared by its keyed digest, and not kept.
import { useState, type SubmitEvent } from 'react';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { useHydrated } from '@/components/form/hydrated';
import { useMessage } from '@/components/form/use-message';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { MOST_SEARCHES, type AuditRow } from '@/schemas/audit-log';
import { EventTable } from './event-table';

interface WhoSearchedProps {
  ask: (question: unknown) => Promise<ActionResult<AuditRow[]>>;
}

export function WhoSearched({ ask }: WhoSearchedProps) {
  const t = useTranslations('audit');
  const say = useMessage();
  const hydrated = useHydrated();
  const [found, setFound] = useState<AuditRow[]>();
  const [error, setError] = useState<string>();
  const [pending, setPending] = useState(false);

  const send = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setPending(true);
    setError(undefined);
    setFound(undefined);
    const question = Object.fromEntries(new FormData(event.currentTarget));
    const result = await ask(question).catch(() => UNREACHABLE);
    setPending(false);
    leaveIfSignedOut(result);
    if (result.ok) setFound(result.value);
    else setError(result.fields?.['text'] ?? say(result.message));
  };

  const countOf = (count: number): string => {
    if (count === 0) return t('searchedNone');
    return count < MOST_SEARCHES ? t('searchedCount', { count }) : t('searchedMost', { count });
  };
  const kinds = (['ssn', 'policy', 'last4', 'phone'] as const).map((value) => ({
    value,
    label: t(`kind.${value}`),
  }));
  return (
    <Panel title={t('searchedTitle')} flush>
      <form
        method="post"
        autoComplete="off"
        aria-label={t('searchedTitle')}
        className="p-4"
        onSubmit={(event) => void send(event)}
      >
        <fieldset disabled={!hydrated} className="grid gap-3">
          <Choice label={t('searchedKind')} name="kind" options={kinds} />
          <Field label={t('number')} name="text" hint={t('searchedHint')} error={error} />
          <Button type="submit" className="justify-self-start" pending={pending}>
            {t('ask')}
          </Button>
        </fieldset>
      </form>
      <Live>{found !== undefined && <p className="px-4 pb-3">{countOf(found.length)}</p>}</Live>
      {found !== undefined && found.length > 0 && (
        <EventTable label={t('searchesTable')} events={found} withPatients={false} />
      )}
    </Panel>
  );
}
