// An address that leads nowhere. The same for everyone, so that it tells nobody what exists.
import type { Metadata } from 'next';
import Link from 'next/link';
import { FileQuestion } from 'lucide-react';
import { Shell } from '@/components/shell/shell';
import { FullState } from '@/components/states/full-state';
import { buttonClass } from '@/components/ui/button';
import { currentStaff } from '@/lib/auth';
import { translator } from '@/lib/i18n/server';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('states'))('notFound.name') };
}

export default async function NotFound() {
  const [t, staff] = await Promise.all([translator('states'), currentStaff()]);
  const state = (
    <FullState
      icon={FileQuestion}
      title={t('notFound.title')}
      actions={
        <Link href="/" prefetch={false} className={buttonClass('primary')}>
          {t('startPage')}
        </Link>
      }
    >
      <p>{t('notFound.text')}</p>
    </FullState>
  );
  return staff === null ? <main>{state}</main> : <Shell staff={staff}>{state}</Shell>;
}
