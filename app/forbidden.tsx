// A page of another role: says so, and shows nothing else.
import type { Metadata } from 'next';
import Link from 'next/link';
import { ShieldX } from 'lucide-react';
import { Shell } from '@/components/shell/shell';
import { FullState } from '@/components/states/full-state';
import { buttonClass } from '@/components/ui/button';
import { currentStaff } from '@/lib/auth';
import { translator } from '@/lib/i18n/server';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('states'))('forbidden.name') };
}

export default async function Forbidden() {
  const [t, staff] = await Promise.all([translator('states'), currentStaff()]);
  const state = (
    <FullState
      icon={ShieldX}
      title={t('forbidden.title')}
      actions={
        <Link href="/" prefetch={false} className={buttonClass('primary')}>
          {t('startPage')}
        </Link>
      }
    >
      <p>{t('forbidden.text')}</p>
    </FullState>
  );
  return staff === null ? <main>{state}</main> : <Shell staff={staff}>{state}</Shell>;
}
