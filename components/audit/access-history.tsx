'use client';
// What was done with one record, page by page.
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { useMessage } from '@/components/form/use-message';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import type { AuditPage } from '@/schemas/audit-log';
import { EventTable } from './event-table';

interface AccessHistoryProps {
  first: AuditPage;
  read: (before: number) => Promise<ActionResult<AuditPage>>;
}

export function AccessHistory({ first, read }: AccessHistoryProps) {
  const t = useTranslations('audit');
  const say = useMessage();
  const [shown, setShown] = useState(first);
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string>();

  const older = async (before: number): Promise<void> => {
    setPending(true);
    setFailure(undefined);
    const result = await read(before).catch(() => UNREACHABLE);
    setPending(false);
    leaveIfSignedOut(result);
    if (!result.ok) setFailure(say(result.message));
    else setShown({ events: [...shown.events, ...result.value.events], next: result.value.next });
  };

  const { next } = shown;
  return (
    <>
      <EventTable label={t('eventsTable')} events={shown.events} withPatients={false} />
      {next !== null && (
        <div className="border-line border-t p-3">
          <Button pending={pending} onClick={() => void older(next)}>
            {t('older')}
          </Button>
        </div>
      )}
      <Live urgent>{failure !== undefined && <p className="text-danger p-3">{failure}</p>}</Live>
    </>
  );
}
