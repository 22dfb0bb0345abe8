'use client';
// A page whose data is not shown now: the key service does not help (which one, since when, and a retry), or the record was
// changed outside the clinic.
import { useTransition } from 'react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { LockKeyhole, ShieldAlert } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button, buttonClass } from '@/components/ui/button';
import { FullState } from './full-state';

interface RecordClosedProps {
  why: 'keys' | 'tampered';
  /** In the person's language. */
  message: string;
}

export function RecordClosed({ why, message }: RecordClosedProps) {
  const t = useTranslations('states');
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  return (
    <div role="alert">
      <FullState
        icon={why === 'keys' ? LockKeyhole : ShieldAlert}
        title={t(why === 'keys' ? 'keysUnavailable' : 'tampered')}
        actions={
          <>
            <Button
              tone="primary"
              pending={pending}
              onClick={() => startTransition(() => router.refresh())}
            >
              {t('tryAgain')}
            </Button>
            <Link href="/" prefetch={false} className={buttonClass('quiet')}>
              {t('startPage')}
            </Link>
          </>
        }
      >
        <p>{message}</p>
      </FullState>
    </div>
  );
}
