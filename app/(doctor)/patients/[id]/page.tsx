// A patient's record, for doctors: vital signs first. Neither SSN nor policy number is in this page: "Show" fetches them.
import type { Metadata } from 'next';
import Link from 'next/link';
import { clinicTimeZone, formatDate } from '@/components/format';
import { toAlertRows } from '@/components/record/alert-rows';
import { AlertsPanel } from '@/components/record/alerts-panel';
import { ErasedNotice } from '@/components/record/erased-notice';
import { Flowsheet } from '@/components/record/flowsheet';
import type { Ranges } from '@/components/record/flowsheet-cells';
import { InsurancePanel } from '@/components/record/insurance-panel';
import { Trends } from '@/components/record/trends';
import { toVisitRows } from '@/components/record/visit-row';
import { VitalsSummary } from '@/components/record/vitals-summary';
import { ContactPanel } from '@/components/registration/contact-panel';
import { RecordClosed } from '@/components/states/record-closed';
import { buttonClass } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { VitalsEntry } from '@/components/vitals/vitals-entry';
import { translator } from '@/lib/i18n/server';
import { preferences } from '@/lib/preferences';
import { ageInMonths } from '@/lib/vitals/age';
import { referenceRange } from '@/lib/vitals/ranges';
import { VITAL_SIGN_NAMES } from '@/schemas/measurement';
import { updateContactAction } from '../actions';
import {
  addAlertAction,
  endAlertAction,
  exportVisitsAction,
  revealPolicyNumberAction,
  updateInsuranceAction,
} from '../chart-actions';
import {
  addVitalsAction,
  correctVisitAction,
  discardDraftAction,
  markEnteredInErrorAction,
} from '../vitals-actions';
import { draftOf } from './draft-of';
import { readChart } from './read-chart';

// No name in a title: titles end up in histories, task bars and screen shares.
export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('record'))('title') };
}

interface RecordPageProps {
  params: Promise<{ id: string }>;
}

export default async function RecordPage({ params }: RecordPageProps) {
  const { id } = await params;
  const loaded = await readChart(id);
  // The layout shows the gate.
  if (loaded.state === 'outside-care-team') return null;
  if (loaded.state === 'closed') return <RecordClosed {...loaded} />;
  const record = loaded.value;
  const { units, locale } = await preferences();
  const now = new Date();
  const { dateOfBirth } = record.contact;
  const clinic = { dateOfBirth, timeZone: clinicTimeZone(), locale };
  const age = ageInMonths(dateOfBirth, now, clinic.timeZone);
  const visits = record.visits.state === 'clear' ? toVisitRows(record.visits.value, clinic) : null;
  const alerts = record.alerts?.state === 'clear' ? record.alerts.value : [];
  const writable = record.complete && visits !== null;
  // With only the data key gone, what is not under it can still be changed.
  const closed = record.erased && record.last4ssn === null;
  const writer = { units, locale };
  return (
    <>
      {!record.complete && visits !== null && <IncompleteNotice id={id} />}
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_20rem] print:block print:space-y-3">
        <div className="grid min-w-0 gap-3">
          {visits === null ? (
            <ErasedNotice />
          ) : (
            <>
              <VitalsSummary visits={visits} now={now.getTime()} writer={writer} />
              <Flowsheet
                patient={`${record.name} · ${formatDate(dateOfBirth, locale)} · ${id}`}
                visits={visits}
                ranges={rangesAt(age)}
                writer={writer}
                corrections={{
                  units,
                  dateOfBirth,
                  correct: correctVisitAction.bind(null, id),
                  markInError: markEnteredInErrorAction.bind(null, id),
                }}
                exportVisits={exportVisitsAction.bind(null, id)}
              />
              <Trends visits={visits} writer={writer} />
            </>
          )}
        </div>
        <div className="grid min-w-0 gap-3">
          {writable && (
            <VitalsEntry
              key={id}
              patientId={id}
              units={units}
              ageInMonths={age}
              draft={await draftOf(id)}
              add={addVitalsAction.bind(null, id)}
              discard={discardDraftAction.bind(null, id)}
            />
          )}
          {writable && (
            <AlertsPanel
              alerts={toAlertRows(alerts, clinic.timeZone, locale)}
              add={addAlertAction.bind(null, id)}
              end={endAlertAction.bind(null, id)}
            />
          )}
          <InsurancePanel
            provider={record.insurance.provider}
            hasPolicyNumber={record.insurance.hasPolicyNumber}
            reveal={revealPolicyNumberAction.bind(null, id)}
            update={closed ? null : updateInsuranceAction.bind(null, id)}
          />
          <ContactPanel
            name={record.name}
            contact={record.contact}
            update={closed ? null : updateContactAction.bind(null, id)}
          />
        </div>
      </div>
    </>
  );
}

function rangesAt(age: number): Ranges {
  return Object.fromEntries(VITAL_SIGN_NAMES.map((sign) => [sign, referenceRange(sign, age)]));
}

async function IncompleteNotice({ id }: { id: string }) {
  const t = await translator('record');
  return (
    <Notice tone="caution" title={t('incompleteTitle')} className="mb-3">
      <p className="mb-2">{t('incompleteText')}</p>
      <Link href={`/patients/${id}/complete`} prefetch={false} className={buttonClass('primary')}>
        {t('complete')}
      </Link>
    </Notice>
  );
}
