// Doctors find a patient: one box that recognises what is typed, and the patients whom they opened last.
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { DoctorSearch } from '@/components/search/doctor-search';
import { PageHeading } from '@/components/shell/page-heading';
import { listRecentPatients } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import { searchAction } from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('search');
  return { title: t('title') };
}

export default async function PatientsPage() {
  const t = await translator('search');
  const recent = await loadForPage(listRecentPatients);
  return (
    <>
      <PageHeading title={t('title')} />
      <DoctorSearch search={searchAction} recent={recent} />
    </>
  );
}
