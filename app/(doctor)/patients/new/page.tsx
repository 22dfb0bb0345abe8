// Doctors register a patient.
import type { Metadata } from 'next';
import { requirePageStaff } from '@/app/guard';
import { ssnProfile } from '@/app/ssn-profile';
import { RegisterPatient } from '@/components/registration/register-patient';
import { PageHeading } from '@/components/shell/page-heading';
import { translator } from '@/lib/i18n/server';
import { findSimilarAction, registerPatientAction } from '../actions';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('registration'))('title') };
}

export default async function RegisterPatientPage() {
  // A layout is not rendered again on the way from page to page: this is what meets an ended session (C-07).
  await requirePageStaff('doctor');
  const t = await translator('registration');
  return (
    <>
      <PageHeading title={t('title')} />
      <RegisterPatient
        profile={ssnProfile()}
        register={registerPatientAction}
        findSimilar={findSimilarAction}
      />
    </>
  );
}
