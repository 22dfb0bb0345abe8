// Who may sign in, and as what.
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { AccountRow } from '@/components/accounts/account-row';
import { NewAccountForm } from '@/components/accounts/new-account-form';
import { PageHeading } from '@/components/shell/page-heading';
import { Panel } from '@/components/ui/panel';
import { listAccounts } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import {
  changeRoleAction,
  createAccountAction,
  endSessionsAction,
  resetFactorAction,
  resetPasswordAction,
  setDisabledAction,
} from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('accounts');
  return { title: t('title') };
}

export default async function AccountsPage() {
  const [accounts, t] = await Promise.all([loadForPage(listAccounts), translator('accounts')]);
  return (
    <>
      <PageHeading title={t('title')} lead={t('lead')} />
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <Panel
          title={t('list')}
          aside={
            <span className="text-soft text-sm">{t('count', { count: accounts.length })}</span>
          }
          flush
        >
          <ul aria-label={t('list')}>
            {accounts.map((account) => (
              <AccountRow
                key={account.id}
                account={account}
                changeRole={changeRoleAction}
                setDisabled={setDisabledAction}
                resetPassword={resetPasswordAction}
                endSessions={endSessionsAction}
                resetFactor={resetFactorAction}
              />
            ))}
          </ul>
        </Panel>
        <NewAccountForm create={createAccountAction} />
      </div>
    </>
  );
}
