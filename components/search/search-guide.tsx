'use client';
// What a search page says before a search, and after one that found nobody.
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

export type Way = 'name' | 'narrow' | 'birthDate' | 'ssn' | 'policy' | 'phone' | 'last4';

export function SearchGuide({ ways }: { ways: readonly Way[] }) {
  const t = useTranslations('search');
  return (
    <section aria-labelledby="search-guide" className="max-w-2xl">
      <h2 id="search-guide" className="mb-1.5 text-sm font-semibold">
        {t('ways.title')}
      </h2>
      <dl className="panel divide-line divide-y">
        {ways.map((way) => (
          <div key={way} className="grid gap-x-4 px-4 py-2 sm:grid-cols-[11rem_minmax(0,1fr)_auto]">
            <dt className="font-medium">{t(`ways.${way}`)}</dt>
            <dd className="text-soft">{t(`ways.${way}How`)}</dd>
            <dd className="text-soft">
              <span className="sr-only">{t('ways.example')}</span>
              <kbd className="font-sans">{t(`examples.${way}`)}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function NoMatch({ text, action }: { text: string; action?: ReactNode }) {
  return (
    <>
      <p className="mb-3 max-w-prose last:mb-0">{text}</p>
      {action}
    </>
  );
}
