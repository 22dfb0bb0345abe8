'use client';
// Requests, open ones first. Whoever asked may take theirs back; another officer approves or refuses.
import { useState } from 'react';
import { useLocale, useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { leaveIfSignedOut, UNREACHABLE } from '@/components/form/action-result';
import { Field } from '@/components/form/field';
import { useMessage } from '@/components/form/use-message';
import { formatDate } from '@/components/format';
import { Button } from '@/components/ui/button';
import { Live, Notice } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import type { KeyRequestView } from '@/schemas/key-console';
import type { KeyApprovalInput } from '@/schemas/key-request';
import { momentText } from './moment-text';
import { requestKey } from './wording';

interface RequestActions {
  approve: (input: KeyApprovalInput) => Promise<ActionResult>;
  refuse: (id: string) => Promise<ActionResult>;
  resume: (id: string) => Promise<ActionResult>;
}

interface RequestListProps extends RequestActions {
  requests: readonly KeyRequestView[];
  timeZone: string;
}

export function RequestList({ requests, timeZone, ...actions }: RequestListProps) {
  const t = useTranslations('keys.requests');
  const open = requests.filter(({ state }) => state === 'open');
  const others = requests.filter(({ state }) => state !== 'open');
  return (
    <Panel title={t('title')} flush>
      {requests.length === 0 ? (
        <p className="text-soft px-4 py-4">{t('none')}</p>
      ) : (
        <ul aria-label={t('title')}>
          {[...open, ...others].map((request) => (
            <RequestItem key={request.id} request={request} timeZone={timeZone} {...actions} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface RequestItemProps extends RequestActions {
  request: KeyRequestView;
  timeZone: string;
}

function RequestItem({ request: view, timeZone, approve, refuse, resume }: RequestItemProps) {
  const t = useTranslations('keys');
  const locale = useLocale();
  const say = useMessage();
  const [recordNumber, setRecordNumber] = useState('');
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<{ field?: string; message: string }>();
  const { id, request, state, own, subject, underWay } = view;
  const moment = momentText(view.requestedAt, timeZone, locale);
  const erases = request.kind === 'erase';

  const send = async (action: () => Promise<ActionResult>): Promise<void> => {
    if (pending) return;
    setPending(true);
    setFailure(undefined);
    const result = await action().catch(() => UNREACHABLE);
    setPending(false);
    if (result.ok) return;
    leaveIfSignedOut(result);
    const field = result.fields?.['recordNumber'];
    setFailure({ message: result.message, ...(field !== undefined && { field }) });
  };

  return (
    <li className="border-line border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-semibold">
          {t(requestKey(request), { to: request.kind === 'migrate' ? request.to : '' })}
        </h3>
        <p className="text-sm font-medium">
          {underWay ? t('requests.underWay') : t(`state.${state}`)}
        </p>
      </div>
      <p className="text-soft text-sm">
        {own
          ? t('requests.askedByYou', { moment })
          : t('requests.askedBy', { name: view.requestedBy, moment })}
        {view.decidedBy !== null && t('requests.answeredBy', { name: view.decidedBy })}
      </p>
      <p className="mt-1">{t('requests.reason', { reason: request.reason })}</p>
      {erases && (
        <p className="mt-1 break-all">
          {subject === null
            ? t('requests.record', { number: request.patientId })
            : t('requests.recordOf', {
                number: request.patientId,
                name: subject.name,
                date: formatDate(subject.dateOfBirth, locale),
              })}
        </p>
      )}
      {view.messages.map((message) => (
        <OperatorText key={message} text={message} failed={state === 'failed'} />
      ))}
      {state === 'open' && erases && !own && (
        <Notice tone="caution" title={t('requests.cannotUndo')} className="mt-2">
          <p>{t('requests.cannotUndoText')}</p>
        </Notice>
      )}
      <form
        method="post"
        className="mt-2 flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void send(() => approve({ id, recordNumber }));
        }}
      >
        {state === 'open' && erases && !own && (
          <Field
            label={t('requests.confirm')}
            className="w-72 max-w-full"
            autoComplete="off"
            error={failure?.field}
            value={recordNumber}
            onChange={(event) => setRecordNumber(event.target.value)}
          />
        )}
        {state === 'open' && !own && (
          <Button type="submit" tone="primary" pending={pending}>
            {t('requests.approve')}
          </Button>
        )}
        {state === 'open' && (
          <Button onClick={() => void send(() => refuse(id))}>
            {t(own ? 'requests.withdraw' : 'requests.refuse')}
          </Button>
        )}
        {(state === 'failed' || (state === 'approved' && !underWay)) && (
          <Button onClick={() => void send(() => resume(id))}>{t('requests.resume')}</Button>
        )}
      </form>
      <Live urgent>
        {failure !== undefined && failure.field === undefined && (
          <p className="text-danger mt-2 text-sm">{say(failure.message)}</p>
        )}
      </Live>
    </li>
  );
}

/** What the operation said: ours in the person's language, the details of the operator's tool in English. */
function OperatorText({ text, failed }: { text: string; failed: boolean }) {
  const said = useMessage()(text);
  const detail = said === text;
  return (
    <p
      lang={detail ? 'en' : undefined}
      className={`mt-1 ${failed && !detail ? 'text-danger' : 'text-soft'} ${detail ? 'text-sm break-words' : ''}`}
    >
      {said}
    </p>
  );
}
