// Doctors find a patient: one box that recognises what is typed.
import type { Metadata } from 'next';
import { DoctorSearch } from '@/components/search/doctor-search';
import { PageHeading } from '@/components/shell/page-heading';
import { searchAction } from './actions';

export const metadata: Metadata = { title: 'Find a patient' };

export default function PatientsPage() {
  return (
    <>
      <PageHeading title="Find a patient" />
      <DoctorSearch search={searchAction} />
    </>
  );
}
