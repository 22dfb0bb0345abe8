'use client';
// Search hits as a list of links. Up and Down move between them, Up from the first and any typed
// character go back to the box. Links are never prefetched: each opening of a record is audited.
import Link from 'next/link';
import type { KeyboardEvent, RefObject } from 'react';
import { ChevronRight, KeyRound } from 'lucide-react';
import { useLocale, useTranslations } from 'use-intl';
import { OutsideMark } from '@/components/emergency/outside-mark';
import { formatAge, formatDate } from '@/components/format';
import type { FoundPatient } from './found-patients';

interface ResultListProps {
  /** What screen readers call the list. */
  label: string;
  patients: readonly FoundPatient[];
  /** The address of a patient's page without the id, such as `/patients`. */
  base: string;
  list: RefObject<HTMLOListElement | null>;
  onLeave: () => void;
}

export function ResultList({ label, patients, base, list, onLeave }: ResultListProps) {
  const move = (event: KeyboardEvent<HTMLAnchorElement>): void => {
    const links = [...(list.current?.querySelectorAll('a') ?? [])];
    const at = links.indexOf(event.currentTarget);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (next === undefined) {
      const types = event.key.length === 1 && event.key !== ' ';
      if (types && !event.ctrlKey && !event.metaKey && !event.altKey) onLeave();
      return;
    }
    event.preventDefault();
    if (next < 0) onLeave();
    else links[Math.min(next, links.length - 1)]?.focus();
  };

  return (
    <ol ref={list} aria-label={label} className="panel overflow-hidden">
      {patients.map((patient) => (
        <li key={patient.id} className="border-line border-b last:border-b-0">
          <ResultLink patient={patient} href={`${base}/${patient.id}`} onKeyDown={move} />
        </li>
      ))}
    </ol>
  );
}

interface ResultLinkProps {
  patient: FoundPatient;
  href: string;
  onKeyDown: (event: KeyboardEvent<HTMLAnchorElement>) => void;
}

function ResultLink({ patient, href, onKeyDown }: ResultLinkProps) {
  const t = useTranslations('search');
  const locale = useLocale();
  const today = new Date();
  return (
    <Link
      href={href}
      prefetch={false}
      onKeyDown={onKeyDown}
      className="group hover:bg-accent-wash focus-visible:bg-accent-wash grid grid-cols-[1fr_auto] items-center gap-x-4 px-4 py-2 -outline-offset-2 sm:grid-cols-[minmax(10rem,1.4fr)_minmax(9rem,1fr)_minmax(8rem,1fr)_5rem_minmax(8rem,1.2fr)_1rem]"
    >
      <span className="flex min-w-0 flex-wrap items-center gap-y-0.5 font-semibold">
        <span className="wrap-anywhere">{patient.name}</span>
        {!patient.complete && (
          <span className="border-caution/50 bg-caution-wash text-2xs text-caution ml-2 rounded-sm border px-1 font-medium">
            {t('incomplete')}
          </span>
        )}
        {patient.outsideCareTeam && <OutsideMark />}
        {patient.erased && (
          <span className="border-danger/50 bg-danger-wash text-2xs text-danger ml-2 inline-flex items-center gap-0.5 rounded-sm border px-1 font-medium">
            <KeyRound aria-hidden className="size-3" />
            {t('erased')}
          </span>
        )}
      </span>
      <span className="text-soft sm:text-ink text-sm">
        <span className="sr-only">{t('row.born')}</span>
        {formatDate(patient.dateOfBirth, locale)}
        <span className="text-soft hidden sm:inline">
          {' '}
          · {formatAge(patient.dateOfBirth, today, locale)}
        </span>
      </span>
      <span className="text-soft hidden truncate text-sm sm:block">
        {patient.phone !== null && (
          <>
            <span className="sr-only">{t('row.phone')}</span>
            {patient.phone}
          </>
        )}
      </span>
      <span className="text-soft hidden text-sm sm:block">
        {patient.last4ssn !== null && (
          <>
            <span className="sr-only">{t('row.last4')}</span>
            <span aria-hidden>••</span>
            {patient.last4ssn}
          </>
        )}
      </span>
      <span className="text-soft hidden truncate text-sm sm:block">
        <span className="sr-only">{t('row.insured')}</span>
        {patient.insuranceProvider}
      </span>
      <ChevronRight aria-hidden className="text-soft hidden size-4 sm:block" />
    </Link>
  );
}
