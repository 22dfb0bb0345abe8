// Who this chart is about and what to beware of, at the head of each of its pages: the guard against writing into the
// wrong one. Doctors only.
import type { ReactNode } from 'react';
import type { ActionResult } from '@/components/form/action-result';
import { formatAge, formatDate } from '@/components/format';
import { NotRecorded } from '@/components/ui/not-recorded';
import { translator } from '@/lib/i18n/server';
import { preferences } from '@/lib/preferences';
import type { PatientRecord } from '@/schemas/dto';
import { AlertStrip } from './alert-strip';
import { ErasedValue } from './erased-value';
import { HiddenNumber } from './hidden-number';
import { RecordNumber } from './record-number';

interface PatientBannerProps {
  record: Pick<
    PatientRecord,
    'id' | 'name' | 'contact' | 'bloodType' | 'alerts' | 'last4ssn' | 'complete' | 'erased'
  >;
  reveal: () => Promise<ActionResult<string>>;
}

export async function PatientBanner({ record, reveal }: PatientBannerProps) {
  const [t, { locale }] = await Promise.all([translator('record'), preferences()]);
  const { id, name, contact, bloodType, alerts, last4ssn, erased } = record;
  return (
    <header className="panel border-l-accent mb-3 border-l-4 px-4 py-3">
      <div className="flex flex-wrap items-end gap-x-8 gap-y-2">
        <h1 className="text-xl font-semibold tracking-tight">{name}</h1>
        <dl className="flex flex-wrap gap-x-6 gap-y-2 sm:gap-x-8">
          <BannerFact label={t('age')}>
            {formatAge(contact.dateOfBirth, new Date(), locale)}
          </BannerFact>
          <BannerFact label={t('sex')}>
            {contact.gender === undefined ? <NotRecorded /> : t(`gender.${contact.gender}`)}
          </BannerFact>
          <BannerFact label={t('dateOfBirth')}>
            {formatDate(contact.dateOfBirth, locale)}
          </BannerFact>
          <BannerFact label={t('bloodType')}>
            {bloodType === null ? (
              <NotRecorded />
            ) : bloodType.state === 'erased' ? (
              <ErasedValue />
            ) : (
              <span className="font-semibold">{bloodType.value}</span>
            )}
          </BannerFact>
          <BannerFact label={t('ssnLabel')}>
            {last4ssn !== null ? (
              <HiddenNumber what="ssn" last4={last4ssn} reveal={reveal} />
            ) : erased ? (
              <ErasedValue />
            ) : (
              <NotRecorded />
            )}
          </BannerFact>
          <BannerFact label={t('recordNumber')}>
            <RecordNumber id={id} />
          </BannerFact>
        </dl>
      </div>
      {alerts?.state !== 'erased' && <AlertStrip alerts={alerts?.value ?? []} />}
    </header>
  );
}

function BannerFact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-soft text-xs">{label}</dt>
      <dd className="flex min-h-7 items-center">{children}</dd>
    </div>
  );
}
