'use client';
// Says without a way around it that this record is open under emergency access, for how long still, and closes it. When
// the time is over, it covers the page; the server refuses from then on whatever the page does.
import { useEffect, useRef, useState } from 'react';
import { ShieldAlert } from 'lucide-react';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { useAction } from './use-action';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { clockText, minutesToSay, SAVE_AHEAD_MS } from './countdown';

interface EmergencyBannerProps {
  /** Milliseconds of the server's clock, like `serverNow`. */
  endsAt: number;
  serverNow: number;
  end: () => Promise<ActionResult>;
}

/** How far the server's clock is ahead of this one; from the first banner since the page was loaded. */
let clockAhead: number | undefined;

export function EmergencyBanner({ endsAt, serverNow, end }: EmergencyBannerProps) {
  const t = useTranslations('emergency.bar');
  const [left, setLeft] = useState(endsAt - serverNow);
  const { send, pending, failure } = useAction(end);
  const saved = useRef(false);

  useEffect(() => {
    clockAhead ??= serverNow - Date.now();
    const ahead = clockAhead;
    const tick = (): void => {
      const now = endsAt - Date.now() - ahead;
      setLeft(now);
      if (now > SAVE_AHEAD_MS || saved.current) return;
      saved.current = true;
      // Forms save what was typed while the server still takes it.
      window.dispatchEvent(new Event('medcomd:before-signoff'));
    };
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [endsAt, serverNow]);

  const said = minutesToSay(left);
  return (
    <section
      aria-label={t('title')}
      className="border-danger bg-danger-wash sticky top-0 z-20 mb-3 rounded-sm border-2 px-3 py-2 print:static"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <ShieldAlert aria-hidden className="text-danger size-5 shrink-0" />
        <div className="min-w-0 flex-1 basis-60">
          <p className="text-danger font-semibold">{t('title')}</p>
          <p className="text-sm">{t('explain')}</p>
        </div>
        <p className="text-sm">
          {t('remaining')}{' '}
          <span role="timer" className="text-lg font-semibold">
            {clockText(left)}
          </span>
        </p>
        <Button pending={pending} onClick={send}>
          {t('end')}
        </Button>
      </div>
      <div role="status" className="sr-only">
        {said !== null && t('minutesLeft', { minutes: said })}
      </div>
      <Live urgent>
        {failure !== undefined && <p className="text-danger text-sm">{failure}</p>}
      </Live>
      {left <= 0 && <Over />}
    </section>
  );
}

/** Hides the record, network or not. */
function Over() {
  const t = useTranslations('emergency.bar');
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="emergency-over"
      onCancel={(event) => event.preventDefault()}
      className="bg-page text-ink fixed inset-0 h-dvh max-h-none w-screen max-w-none place-content-center p-6 open:grid"
    >
      <div className="max-w-md">
        <h2 id="emergency-over" className="text-xl font-semibold tracking-tight">
          {t('overTitle')}
        </h2>
        <p className="text-soft mt-1.5 mb-4">{t('over')}</p>
        <Button tone="primary" onClick={() => window.location.reload()}>
          {t('reload')}
        </Button>
      </div>
    </dialog>
  );
}
