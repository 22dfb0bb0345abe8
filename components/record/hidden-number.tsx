'use client';
// A number of the record, masked. Its digits are fetched only when someone presses "Show" and leave the page again after
// half a minute, or when the tab is hidden (C-27). Knows which number it is, and nothing else of the record.
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { useMessage } from '@/components/form/use-message';
import { formatSsn } from '@/components/format';
import { Button } from '@/components/ui/button';

const SHOWN_FOR_MS = 30_000;

interface HiddenNumberProps {
  what: 'ssn' | 'policyNumber';
  /** Of the SSN, the four digits that are shown anyway. */
  last4?: string;
  reveal: () => Promise<ActionResult<string>>;
}

export function HiddenNumber({ what, last4, reveal }: HiddenNumberProps) {
  const t = useTranslations('record');
  const say = useMessage();
  const [digits, setDigits] = useState<string>();
  const [failure, setFailure] = useState('');
  const [pending, setPending] = useState(false);

  useEffect(() => {
    if (digits === undefined) return;
    const hide = (): void => setDigits(undefined);
    const timer = window.setTimeout(hide, SHOWN_FOR_MS);
    document.addEventListener('visibilitychange', hide);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', hide);
    };
  }, [digits]);

  const show = async (): Promise<void> => {
    setPending(true);
    setFailure('');
    const answer = await reveal().catch(() => UNREACHABLE);
    setPending(false);
    leaveIfSignedOut(answer);
    if (answer.ok) setDigits(answer.value);
    else if (answer.code === 'KEYS_UNAVAILABLE') setFailure(say(answer.message));
    else setFailure(t('notShown'));
  };

  const shown = digits !== undefined;
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5">
      <span role="status">
        {shown ? (
          <>
            {/* Read digit by digit, not as three numbers. */}
            <span className="sr-only">{spaced(digits)}</span>
            <span aria-hidden>{what === 'ssn' ? formatSsn(digits) : digits}</span>
          </>
        ) : (
          <>
            <span className="sr-only">
              {last4 === undefined ? t('hidden') : t('hiddenEndsIn', { digits: spaced(last4) })}
            </span>
            <span aria-hidden>{last4 === undefined ? '••••••••••' : `•••-••-${last4}`}</span>
          </>
        )}
      </span>
      <Button
        small
        tone="plain"
        pending={pending}
        aria-label={t(shown ? 'hideNumber' : 'showNumber', { what: t(what) })}
        onClick={() => {
          if (shown) setDigits(undefined);
          else void show();
        }}
      >
        {t(shown ? 'hide' : 'show')}
      </Button>
      <span role="alert" className="text-danger text-sm">
        {failure}
      </span>
    </span>
  );
}

function spaced(digits: string): string {
  return digits.split('').join(' ');
}
