// Doctors complete a registration that the front desk began.
import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { ssnProfile } from '@/app/ssn-profile';
import { CompleteRegistration } from '@/components/registration/complete-registration';
import { RecordClosed } from '@/components/states/record-closed';
import { translator } from '@/lib/i18n/server';
import { completeRegistrationAction } from '../../actions';
import { readChart } from '../read-chart';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('registration'))('complete') };
}

interface CompletePageProps {
  params: Promise<{ id: string }>;
}

export default async function CompletePage({ params }: CompletePageProps) {
  const { id } = await params;
  const loaded = await readChart(id);
  // The layout shows the gate, and whom this is about.
  if (loaded.state === 'outside-care-team') return null;
  if (loaded.state === 'closed') return <RecordClosed {...loaded} />;
  const record = loaded.value;
  const t = await translator('registration');
  if (record.complete) redirect(`/patients/${id}`);
  return (
    <>
      <h2 className="mt-4 mb-3 text-lg font-semibold">{t('complete')}</h2>
      <CompleteRegistration
        profile={ssnProfile()}
        provider={record.insurance.provider}
        record={`/patients/${id}`}
        complete={completeRegistrationAction.bind(null, id)}
      />
    </>
  );
}
