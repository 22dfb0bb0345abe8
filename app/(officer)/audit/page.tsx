// The audit log, for officers: the latest events, filters, who searched a number, and whether the chain holds.
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { AuditViewer } from '@/components/audit/audit-viewer';
import { ChainCheck } from '@/components/audit/chain-check';
import { WhoSearched } from '@/components/audit/who-searched';
import { PageHeading } from '@/components/shell/page-heading';
import { readAuditLog } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import { checkChainAction, exportAuditAction, readAuditAction, whoSearchedAction } from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('audit');
  return { title: t('title') };
}

export default async function AuditPage() {
  const [first, t] = await Promise.all([
    loadForPage((staff) => readAuditLog(staff, {}, null)),
    translator('audit'),
  ]);
  return (
    <>
      <PageHeading title={t('title')} lead={t('lead')} />
      <div className="grid gap-3">
        <div className="grid items-start gap-3 lg:grid-cols-2">
          <WhoSearched ask={whoSearchedAction} />
          <ChainCheck check={checkChainAction} />
        </div>
        <AuditViewer first={first} read={readAuditAction} exportAll={exportAuditAction} />
      </div>
    </>
  );
}
