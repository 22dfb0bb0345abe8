// The front desk finds a patient. No list of recent patients: this screen stands in public.
import type { Metadata } from 'next';
import { requirePageStaff } from '@/app/guard';
import { DeskSearch } from '@/components/search/desk-search';
import { PageHeading } from '@/components/shell/page-heading';
import { translator } from '@/lib/i18n/server';
import { searchAction } from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('search');
  return { title: t('deskTitle') };
}

export default async function DeskPage() {
  // A layout is not rendered again on the way from page to page: this is what meets an ended session (C-07).
  await requirePageStaff('receptionist');
  const t = await translator('search');
  return (
    <>
      <PageHeading title={t('title')} />
      <DeskSearch search={searchAction} />
    </>
  );
}
