'use client';
// Sign-out on every page (ASVS 7.4.4).
import { useState } from 'react';
import { LogOut } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';
import { leave } from './sign-out';

export function SignOutButton() {
  const t = useTranslations('shell');
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState(false);

  const signOut = async (): Promise<void> => {
    setPending(true);
    try {
      await leave();
    } catch {
      setPending(false);
      setFailed(true);
    }
  };

  return (
    <>
      <span role="alert" className="text-danger text-sm empty:hidden">
        {failed ? t('signOutFailed') : ''}
      </span>
      <Button small pending={pending} aria-label={t('signOut')} onClick={() => void signOut()}>
        <LogOut aria-hidden className="size-3.5" />
        <span className="max-sm:sr-only">{t('signOut')}</span>
      </Button>
    </>
  );
}
