'use client';
// What stands above and below a list of hits: how many there are, how the text was understood, and the way to the next page.
import { useLocale, useTranslations } from 'use-intl';
import { formatDate } from '@/components/format';
import { Button } from '@/components/ui/button';
import { Bar } from '@/components/ui/skeleton';
import type { FoundPage } from './trail';

export function CountLine({ page }: { page: FoundPage }) {
  const t = useTranslations('search');
  const locale = useLocale();
  const { total, moreThan } = page.count;
  const { kind, born } = page.results;
  const filters = Object.keys(page.asked.narrow).length;
  return (
    <p className="mb-2 text-sm">
      <span className="font-semibold">{t(moreThan ? 'moreThan' : 'count', { total })}</span>
      <span className="text-soft">
        {' · '}
        {t('by', { kind: kind === 'birth-date' ? 'birthDate' : kind })}
        {born !== null && `, ${t('born', { date: formatDate(born, locale) })}`}
        {filters > 0 && ` · ${t('filtersApplied', { filters })}`}
      </span>
      {moreThan && <span className="text-soft block">{t('tooMany')}</span>}
    </p>
  );
}

export function PendingList() {
  return (
    <div className="panel divide-line divide-y">
      {['w-48', 'w-40', 'w-56'].map((width) => (
        <div key={width} className="px-4 py-2.5">
          <Bar className={width} />
        </div>
      ))}
    </div>
  );
}

interface PagerProps {
  page: FoundPage;
  go: (step: 'next' | 'previous') => void;
}

export function Pager({ page, go }: PagerProps) {
  const t = useTranslations('search');
  const { before, results, count } = page;
  if (before === 0 && results.next === null) return null;
  const range = { from: before + 1, to: before + results.patients.length, total: count.total };
  // Counting stopped before this page was reached.
  const text = range.to > count.total ? 'range' : count.moreThan ? 'rangeOfMore' : 'rangeOf';
  return (
    <nav aria-label={t('pages')} className="mt-3 flex items-center gap-3">
      <Button small disabled={before === 0} onClick={() => go('previous')}>
        {t('previous')}
      </Button>
      <span className="text-soft text-sm">{t(text, range)}</span>
      <Button small disabled={results.next === null} onClick={() => go('next')}>
        {t('next')}
      </Button>
    </nav>
  );
}
