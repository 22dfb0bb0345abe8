// Doctors complete a registration that the front desk began.
import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { loadForPage } from '@/app/guard';
import { ssnProfile } from '@/app/ssn-profile';
import { PatientBanner } from '@/components/record/patient-banner';
import { CompleteRegistration } from '@/components/registration/complete-registration';
import { NotRecorded } from '@/components/ui/panel';
import { getPatientRecord } from '@/lib/data';
import { completeRegistrationAction } from '../../actions';

export const metadata: Metadata = { title: 'Complete registration' };

interface CompletePageProps {
  params: Promise<{ id: string }>;
}

export default async function CompletePage({ params }: CompletePageProps) {
  const { id } = await params;
  const record = await loadForPage((staff) => getPatientRecord(staff, id));
  if (record.complete) redirect(`/patients/${id}`);
  return (
    <>
      <PatientBanner record={record} ssn={<NotRecorded />} />
      <h2 className="mt-5 mb-3 text-lg font-semibold">Complete registration</h2>
      <CompleteRegistration
        profile={ssnProfile()}
        provider={record.insurance.provider}
        record={`/patients/${id}`}
        complete={completeRegistrationAction.bind(null, id)}
      />
    </>
  );
}
