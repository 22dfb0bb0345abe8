'use client';
// What an error boundary shows. The error itself stays on the server; a person gets a reference to it.
import Link from 'next/link';
import { CircleAlert } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button, buttonClass } from '@/components/ui/button';
import { FullState } from './full-state';

/** The props that Next.js passes to an `error.tsx`. */
export interface BoundaryProps {
  error: unknown;
  retry: () => void;
}

interface FailedStateProps extends BoundaryProps {
  what: 'page' | 'patient' | 'record' | 'keys' | 'app';
}

export function FailedState({ error, retry, what }: FailedStateProps) {
  const t = useTranslations('states');
  const digest = error instanceof Error && 'digest' in error ? String(error.digest) : undefined;
  return (
    <div role="alert">
      <FullState
        icon={CircleAlert}
        title={t(`failed.${what}`)}
        actions={
          <>
            <Button tone="primary" onClick={() => retry()}>
              {t('tryAgain')}
            </Button>
            <Link href="/" prefetch={false} className={buttonClass('quiet')}>
              {t('startPage')}
            </Link>
          </>
        }
      >
        <p>{t('failed.text')}</p>
        {digest !== undefined && (
          <p className="mt-2 text-sm">{t('failed.reference', { digest })}</p>
        )}
      </FullState>
    </div>
  );
}
