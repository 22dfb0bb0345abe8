'use client';
// Follows the chain on the server and says whether the log is what was written.
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { useMessage } from '@/components/form/use-message';
import { Button } from '@/components/ui/button';
import { Live, Notice } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import type { ChainReport } from '@/schemas/audit-log';

export function ChainCheck({ check }: { check: () => Promise<ActionResult<ChainReport>> }) {
  const t = useTranslations('audit');
  const say = useMessage();
  const [report, setReport] = useState<ChainReport>();
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);

  const run = async (): Promise<void> => {
    setPending(true);
    setReport(undefined);
    setFailure(undefined);
    const result = await check().catch(() => UNREACHABLE);
    setPending(false);
    leaveIfSignedOut(result);
    if (result.ok) setReport(result.value);
    else setFailure(say(result.message));
  };

  return (
    <Panel title={t('chainTitle')}>
      <p className="text-soft mb-3">{t('chainLead')}</p>
      <Button pending={pending} onClick={() => void run()}>
        {t('check')}
      </Button>
      <div className="mt-3 empty:hidden">
        <Live urgent>
          {failure !== undefined && <p className="text-danger">{failure}</p>}
          {report?.bad && (
            <Notice
              tone="danger"
              title={
                report.bad.problem === 'no-head' || report.bad.problem === 'forged-head'
                  ? t('headBroken')
                  : t('broken', { position: report.bad.position })
              }
            >
              <p>{t(`problem.${report.bad.problem}`)}</p>
            </Notice>
          )}
        </Live>
        <Live>
          {report?.bad === null && (
            <Notice tone="good">
              <p>{t('intact', { count: report.verified })}</p>
            </Notice>
          )}
          {report?.headReplacedAt.map((position) => (
            <p key={position} className="text-caution mt-2">
              {t('headReplaced', { position })}
            </p>
          ))}
        </Live>
      </div>
    </Panel>
  );
}
