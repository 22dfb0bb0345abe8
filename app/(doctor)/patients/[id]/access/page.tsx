// Who saw or changed what of this record. The layout shows whom it is about, or the gate.
import type { Metadata } from 'next';
import { loadEncrypted } from '@/app/guard';
import { AccessHistory } from '@/components/audit/access-history';
import { RecordClosed } from '@/components/states/record-closed';
import { Panel } from '@/components/ui/panel';
import { readAccessHistory } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import { readAccessHistoryAction } from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('audit');
  return { title: t('historyTitle') };
}

export default async function AccessPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const [loaded, t] = await Promise.all([
    loadEncrypted((staff) => readAccessHistory(staff, id, null)),
    translator('audit'),
  ]);
  if (loaded.state === 'outside-care-team') return null;
  if (loaded.state === 'closed') return <RecordClosed {...loaded} />;
  return (
    <Panel title={t('historyTitle')} flush>
      <p className="text-soft border-line border-b px-4 py-2">{t('historyLead')}</p>
      <AccessHistory first={loaded.value} read={readAccessHistoryAction.bind(null, id)} />
    </Panel>
  );
}
