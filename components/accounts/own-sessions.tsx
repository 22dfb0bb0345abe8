'use client';
// Where one is signed in. Any session but this one can be ended here; this one by signing out.
import { useLocale, useTimeZone, useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { formatMoment } from '@/components/format';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import type { SessionView } from '@/schemas/account';
import { useAsk } from './use-ask';

interface OwnSessionsProps {
  sessions: readonly SessionView[];
  end: (id: string) => Promise<ActionResult>;
}

export function OwnSessions({ sessions, end }: OwnSessionsProps) {
  const t = useTranslations('accounts');
  const locale = useLocale();
  const timeZone = useTimeZone() ?? 'UTC';
  const { ask, pending, said } = useAsk();
  const text = (moment: Date): string => {
    const { day, time } = formatMoment(moment, timeZone, locale);
    return `${day} ${time}`;
  };
  return (
    <Panel title={t('ownSessions')} flush className="lg:col-span-2">
      <ul aria-label={t('ownSessions')}>
        {sessions.map(({ id, browser, begunAt, lastSeenAt, current }) => {
          const name = browser === '' ? t('unknownBrowser') : browser;
          return (
            <li
              key={id}
              className="border-line flex items-center justify-between gap-3 border-b px-4 py-2.5 last:border-b-0"
            >
              <div>
                <p className="font-medium">
                  {name}
                  {current && <span className="text-good"> · {t('thisOne')}</span>}
                </p>
                <p className="text-soft text-sm">
                  {t('begun', { moment: text(begunAt) })} ·{' '}
                  {t('lastSeen', { moment: text(lastSeenAt) })}
                </p>
              </div>
              {!current && (
                <Button
                  small
                  pending={pending}
                  aria-label={t('endName', { browser: name, moment: text(begunAt) })}
                  onClick={() => void ask(() => end(id))}
                >
                  {t('end')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <Live urgent>{said !== '' && <p className="text-danger p-3">{said}</p>}</Live>
    </Panel>
  );
}
