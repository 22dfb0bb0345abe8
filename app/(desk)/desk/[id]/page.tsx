// A patient at the front desk: verify the identity, then contact data and insurance provider.
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { DeskPatient } from '@/components/desk/desk-patient';
import { PageHeading } from '@/components/shell/page-heading';
import { getPatientCard } from '@/lib/data';
import { readContactAction, updateContactAction, verifyIdentityAction } from '../actions';

export const metadata: Metadata = { title: 'Patient at the desk' };

interface DeskPatientPageProps {
  params: Promise<{ id: string }>;
}

export default async function DeskPatientPage({ params }: DeskPatientPageProps) {
  const { id } = await params;
  const card = await loadForPage((staff) => getPatientCard(staff, id));
  return (
    <>
      <PageHeading title={card.name} />
      <DeskPatient
        name={card.name}
        insuranceProvider={card.insuranceProvider}
        complete={card.complete}
        verify={verifyIdentityAction.bind(null, id)}
        readContact={readContactAction.bind(null, id)}
        updateContact={updateContactAction.bind(null, id)}
      />
    </>
  );
}
