'use client';
// The SSN, masked. The digits are fetched only when someone presses "Show" and leave the page again
// after half a minute, or when the tab is hidden.
import { useEffect, useState } from 'react';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { formatSsn } from '@/components/format';
import { Button } from '@/components/ui/button';

const SHOWN_FOR_MS = 30_000;

interface SsnRevealProps {
  last4: string;
  reveal: () => Promise<ActionResult<string>>;
}

export function SsnReveal({ last4, reveal }: SsnRevealProps) {
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
    else setFailure('Could not be shown, try again');
  };

  const shown = digits !== undefined;
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5">
      <span role="status">
        {shown ? (
          <>
            {/* Read digit by digit, not as three numbers. */}
            <span className="sr-only">{digits.split('').join(' ')}</span>
            <span aria-hidden>{formatSsn(digits)}</span>
          </>
        ) : (
          <>
            <span className="sr-only">Hidden, ends in {last4.split('').join(' ')}</span>
            <span aria-hidden>•••-••-{last4}</span>
          </>
        )}
      </span>
      <Button
        small
        tone="plain"
        pending={pending}
        aria-label={shown ? 'Hide Social Security number' : 'Show Social Security number'}
        onClick={() => {
          if (shown) setDigits(undefined);
          else void show();
        }}
      >
        {shown ? 'Hide' : 'Show'}
      </Button>
      <span role="alert" className="text-danger text-sm">
        {failure}
      </span>
    </span>
  );
}
