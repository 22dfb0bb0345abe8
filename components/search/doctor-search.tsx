'use client';
// The doctors' search: by name, date of birth, SSN, policy number, phone or last four digits; below it, while nothing has
// been searched, the patients whom this doctor opened last.
import Link from 'next/link';
import { useTranslations } from 'use-intl';
import { buttonClass } from '@/components/ui/button';
import type { FoundPatient, SearchPatients } from './found-patients';
import { PatientSearch } from './patient-search';
import { NoMatch, SearchGuide } from './search-guide';

const WAYS = ['name', 'narrow', 'birthDate', 'ssn', 'policy', 'phone', 'last4'] as const;

interface DoctorSearchProps {
  search: SearchPatients;
  recent: readonly FoundPatient[];
}

export function DoctorSearch({ search, recent }: DoctorSearchProps) {
  const t = useTranslations('search');
  return (
    <PatientSearch
      label={t('doctor.label')}
      hint={t('doctor.hint')}
      base="/patients"
      search={search}
      recent={recent}
      idle={<SearchGuide ways={WAYS} />}
      noMatch={() => (
        <NoMatch
          text={t('noMatch')}
          action={
            <Link href="/patients/new" prefetch={false} className={buttonClass('quiet')}>
              {t('register')}
            </Link>
          }
        />
      )}
    />
  );
}
