// The front desk finds a patient.
import type { Metadata } from 'next';
import { DeskSearch } from '@/components/search/desk-search';
import { PageHeading } from '@/components/shell/page-heading';
import { searchAction } from './actions';

export const metadata: Metadata = { title: 'Front desk' };

export default function DeskPage() {
  return (
    <>
      <PageHeading title="Find a patient" />
      <DeskSearch search={searchAction} />
    </>
  );
}
