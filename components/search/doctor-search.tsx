'use client';
// The doctors' search: by name, SSN, policy number, phone or last four digits.
import Link from 'next/link';
import type { ActionResult } from '@/components/form/action-result';
import { buttonClass } from '@/components/ui/button';
import type { FoundPatients } from './found-patients';
import { PatientSearch } from './patient-search';
import { NoMatch, SearchGuide } from './search-guide';

const WAYS = [
  ['Name', 'First letters in any order, accents and case do not matter', 'garcia ana'],
  ['Social Security number', 'All nine digits, with or without dashes', '900-01-0012'],
  ['Policy number', 'P and the number', 'P 48210377'],
  ['Phone', 'Seven digits or more', '555-0142'],
  ['Last four', 'The last four digits of the Social Security number', '0012'],
] as const;

interface DoctorSearchProps {
  search: (input: { text: string; page: number }) => Promise<ActionResult<FoundPatients>>;
}

export function DoctorSearch({ search }: DoctorSearchProps) {
  return (
    <PatientSearch
      label="Name, Social Security number, policy number or phone"
      hint="What you type appears in no address and no browser history."
      base="/patients"
      search={search}
      idle={<SearchGuide ways={WAYS} />}
      noMatch={() => (
        <NoMatch
          text="Check the spelling or the digits, or try another way to find the patient."
          action={
            <Link href="/patients/new" prefetch={false} className={buttonClass('quiet')}>
              Register a patient
            </Link>
          }
        />
      )}
    />
  );
}
