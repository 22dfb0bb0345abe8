// A patient at the front desk: verify the identity, then contact data and insurance provider.
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { DeskPatient } from '@/components/desk/desk-patient';
import { RecordNumber } from '@/components/record/record-number';
import { PageHeading } from '@/components/shell/page-heading';
import { PrintButton, PrintGate } from '@/components/ui/print-gate';
import { getPatientCard } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import {
  noteCardPrintAction,
  readContactAction,
  updateContactAction,
  verifyIdentityAction,
} from '../actions';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('desk'))('patient') };
}

interface DeskPatientPageProps {
  params: Promise<{ id: string }>;
}

export default async function DeskPatientPage({ params }: DeskPatientPageProps) {
  const { id } = await params;
  const t = await translator('desk');
  const card = await loadForPage((staff) => getPatientCard(staff, id));
  return (
    <PrintGate note={noteCardPrintAction.bind(null, id)}>
      <div className="flex items-start justify-between gap-3">
        <PageHeading title={card.name} />
        <PrintButton />
      </div>
      <p className="-mt-3 mb-4 flex flex-wrap items-center gap-x-2">
        <span className="text-soft text-xs">{t('recordNumber')}</span>
        <RecordNumber id={id} />
      </p>
      {/* On paper only who this is about, and the number to find the record by. */}
      <div className="print:hidden">
        <DeskPatient
          name={card.name}
          insuranceProvider={card.insuranceProvider}
          complete={card.complete}
          erased={card.erased}
          verify={verifyIdentityAction.bind(null, id)}
          readContact={readContactAction.bind(null, id)}
          updateContact={updateContactAction.bind(null, id)}
        />
      </div>
    </PrintGate>
  );
}
