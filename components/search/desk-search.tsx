'use client';
// The front desk's search: by name, date of birth, phone or last four digits. Its client holds no keys, so a whole
// SSN finds nothing, and the page explains why.
import Link from 'next/link';
import { useTranslations } from 'use-intl';
import { buttonClass } from '@/components/ui/button';
import type { SearchPatients } from './found-patients';
import { PatientSearch } from './patient-search';
import { NoMatch, SearchGuide } from './search-guide';

const WAYS = ['name', 'narrow', 'birthDate', 'phone', 'last4'] as const;

export function DeskSearch({ search }: { search: SearchPatients }) {
  const t = useTranslations('search');
  return (
    <PatientSearch
      label={t('desk.label')}
      hint={t('desk.hint')}
      base="/desk"
      search={search}
      idle={<SearchGuide ways={WAYS} />}
      noMatch={(kind) =>
        kind === 'ssn' || kind === 'policy' ? (
          <NoMatch text={t('desk.noWholeNumber', { kind })} />
        ) : (
          <NoMatch
            text={t('noMatch')}
            action={
              <Link href="/desk/new" prefetch={false} className={buttonClass('quiet')}>
                {t('register')}
              </Link>
            }
          />
        )
      }
    />
  );
}
