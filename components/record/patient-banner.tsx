// Who this record is about, at the head of every page of the record: the guard against writing into
// the wrong one. Doctors only.
import type { ReactNode } from 'react';
import { formatAge, formatDate } from '@/components/format';
import { NotRecorded } from '@/components/ui/panel';
import type { PatientRecord } from '@/schemas/dto';

interface PatientBannerProps {
  record: Pick<PatientRecord, 'name' | 'contact' | 'bloodType' | 'complete'>;
  ssn: ReactNode;
  /** A jump further down, for screens on which the record is one long column. */
  jump?: ReactNode;
}

export function PatientBanner({ record, ssn, jump }: PatientBannerProps) {
  const { name, contact, bloodType } = record;
  return (
    <header className="panel border-l-accent mb-3 flex flex-wrap items-end gap-x-8 gap-y-3 border-l-4 px-4 py-3">
      <h1 className="text-xl font-semibold tracking-tight">{name}</h1>
      <dl className="flex flex-wrap gap-x-8 gap-y-2">
        <BannerFact label="Age">{formatAge(contact.dateOfBirth, new Date())}</BannerFact>
        <BannerFact label="Date of birth">{formatDate(contact.dateOfBirth)}</BannerFact>
        <BannerFact label="Blood type">
          {bloodType === null ? (
            <NotRecorded />
          ) : bloodType.state === 'erased' ? (
            <span className="text-danger">Erased</span>
          ) : (
            <span className="font-semibold">{bloodType.value}</span>
          )}
        </BannerFact>
        <BannerFact label="Social Security number">{ssn}</BannerFact>
      </dl>
      {jump}
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
