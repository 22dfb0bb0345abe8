'use client';
// The front desk's search: by name, phone or last four digits. Its client holds no keys, so a whole
// SSN finds nothing, and the page explains why.
import Link from 'next/link';
import type { ActionResult } from '@/components/form/action-result';
import { buttonClass } from '@/components/ui/button';
import type { FoundPatients } from './found-patients';
import { PatientSearch } from './patient-search';
import { NoMatch, SearchGuide } from './search-guide';

const WAYS = [
  ['Name', 'First letters in any order, accents and case do not matter', 'garcia ana'],
  ['Phone', 'Seven digits or more', '555-0142'],
  ['Last four', 'The last four digits of the Social Security number', '0012'],
] as const;

interface DeskSearchProps {
  search: (input: { text: string; page: number }) => Promise<ActionResult<FoundPatients>>;
}

export function DeskSearch({ search }: DeskSearchProps) {
  return (
    <PatientSearch
      label="Name, phone or last four digits"
      hint="Ask for the last four digits only. The front desk cannot search by a whole Social Security number."
      base="/desk"
      search={search}
      idle={<SearchGuide ways={WAYS} />}
      noMatch={(kind) =>
        kind === 'ssn' || kind === 'policy' ? (
          <NoMatch
            text={`The front desk cannot search by a whole ${kind === 'ssn' ? 'Social Security number' : 'policy number'}: it is stored encrypted, and this desk has no key. Search by name, phone or the last four digits.`}
          />
        ) : (
          <NoMatch
            text="Check the spelling or the digits, or try another way to find the patient."
            action={
              <Link href="/desk/new" prefetch={false} className={buttonClass('quiet')}>
                Register a patient
              </Link>
            }
          />
        )
      }
    />
  );
}
