// One's own account: password, second factor, sessions.
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { OwnSessions } from '@/components/accounts/own-sessions';
import { PasswordForm } from '@/components/accounts/password-form';
import { SecondFactor } from '@/components/accounts/second-factor';
import { PageHeading } from '@/components/shell/page-heading';
import { Notice } from '@/components/ui/notice';
import { readOwnAccount } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import {
  changePasswordAction,
  endSessionAction,
  enrolFactorAction,
  offerFactorAction,
  removeFactorAction,
} from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('accounts');
  return { title: t('ownTitle') };
}

export default async function AccountPage() {
  const [account, t] = await Promise.all([loadForPage(readOwnAccount), translator('accounts')]);
  return (
    <>
      <PageHeading title={t('ownTitle')} lead={t('signedInAs', { username: account.username })} />
      {account.secondFactor === 'needed' && (
        <Notice tone="caution" className="mb-3 max-w-4xl">
          <p>{t('factorNeeded')}</p>
        </Notice>
      )}
      <div className="grid max-w-4xl items-start gap-3 lg:grid-cols-2">
        <SecondFactor
          state={account.secondFactor}
          recoveryCodes={account.recoveryCodes}
          offer={offerFactorAction}
          enrol={enrolFactorAction}
          remove={removeFactorAction}
        />
        <PasswordForm change={changePasswordAction} />
        <OwnSessions sessions={account.sessions} end={endSessionAction} />
      </div>
    </>
  );
}
