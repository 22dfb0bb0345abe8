// No patient has this number.
import Link from 'next/link';
import { UserRoundX } from 'lucide-react';
import { FullState } from '@/components/states/full-state';
import { buttonClass } from '@/components/ui/button';
import { translator } from '@/lib/i18n/server';

export default async function RecordNotFound() {
  const t = await translator('states');
  return (
    <FullState
      icon={UserRoundX}
      title={t('noPatient.title')}
      actions={
        <Link href="/patients" prefetch={false} className={buttonClass('primary')}>
          {t('noPatient.find')}
        </Link>
      }
    >
      <p>{t('noPatient.text')}</p>
    </FullState>
  );
}
