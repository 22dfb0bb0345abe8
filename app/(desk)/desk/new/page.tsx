// The front desk registers a patient's contact data.
import type { Metadata } from 'next';
import { requirePageStaff } from '@/app/guard';
import { RegisterContact } from '@/components/registration/register-contact';
import { PageHeading } from '@/components/shell/page-heading';
import { translator } from '@/lib/i18n/server';
import { findSimilarAction, registerContactAction } from '../actions';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('registration'))('title') };
}

export default async function RegisterContactPage() {
  // A layout is not rendered again on the way from page to page: this is what meets an ended session (C-07).
  await requirePageStaff('receptionist');
  const t = await translator('registration');
  return (
    <>
      <PageHeading title={t('title')} lead={t('lead')} />
      <RegisterContact register={registerContactAction} findSimilar={findSimilarAction} />
    </>
  );
}
