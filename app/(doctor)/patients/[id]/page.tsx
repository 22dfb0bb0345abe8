// A patient's record, for doctors. The SSN itself is not in this page: "Show" fetches it.
import type { Metadata } from 'next';
import Link from 'next/link';
import { loadForPage } from '@/app/guard';
import { clinicTimeZone } from '@/components/format';
import { ContactPanel } from '@/components/registration/contact-panel';
import { ErasedNotice } from '@/components/record/erased-notice';
import { InsurancePanel } from '@/components/record/insurance-panel';
import { MeasurementForm } from '@/components/record/measurement-form';
import { PatientBanner } from '@/components/record/patient-banner';
import { SsnReveal } from '@/components/record/ssn-reveal';
import { Trends } from '@/components/record/trends';
import { toVisitRows } from '@/components/record/visit-row';
import { VisitsTable } from '@/components/record/visits-table';
import { buttonClass } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { NotRecorded } from '@/components/ui/panel';
import { getPatientRecord } from '@/lib/data';
import {
  addMeasurementAction,
  revealSsnAction,
  updateContactAction,
  updateInsuranceAction,
} from '../actions';

// No name in a title: titles end up in histories, task bars and screen shares.
export const metadata: Metadata = { title: 'Patient record' };

interface RecordPageProps {
  params: Promise<{ id: string }>;
}

export default async function RecordPage({ params }: RecordPageProps) {
  const { id } = await params;
  const record = await loadForPage((staff) => getPatientRecord(staff, id));
  const visits =
    record.visits.state === 'clear' ? toVisitRows(record.visits.value, clinicTimeZone()) : null;
  const writable = record.complete && visits !== null;
  return (
    <>
      <PatientBanner
        record={record}
        ssn={
          record.last4ssn === null ? (
            <NotRecorded />
          ) : (
            <SsnReveal last4={record.last4ssn} reveal={revealSsnAction.bind(null, id)} />
          )
        }
        jump={
          writable && (
            <a href="#add-measurement" className={`${buttonClass('quiet', true)} lg:hidden`}>
              Add measurement
            </a>
          )
        }
      />
      {!record.complete && visits !== null && <IncompleteNotice id={id} />}
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_20rem] print:block print:space-y-3">
        <div className="grid min-w-0 gap-3">
          {visits === null ? (
            <ErasedNotice />
          ) : (
            <>
              <Trends visits={visits} />
              <VisitsTable visits={visits} />
            </>
          )}
        </div>
        <div className="grid min-w-0 gap-3">
          {writable && <MeasurementForm add={addMeasurementAction.bind(null, id)} />}
          <InsurancePanel
            provider={record.insurance.provider}
            policyNumber={record.insurance.policyNumber}
            update={updateInsuranceAction.bind(null, id)}
          />
          <ContactPanel
            name={record.name}
            contact={record.contact}
            update={updateContactAction.bind(null, id)}
          />
        </div>
      </div>
    </>
  );
}

function IncompleteNotice({ id }: { id: string }) {
  return (
    <Notice tone="caution" title="Registration is not complete" className="mb-3">
      <p className="mb-2">
        The front desk registered this patient. Add the Social Security number, the blood type and
        the policy number before the first measurement.
      </p>
      <Link href={`/patients/${id}/complete`} prefetch={false} className={buttonClass('primary')}>
        Complete registration
      </Link>
    </Notice>
  );
}
