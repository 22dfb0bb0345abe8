'use client';
// The readable state of a record whose data key was destroyed: what is gone, and that it is gone for good. Both roles see it.
import { KeyRound } from 'lucide-react';
import { useTranslations } from 'use-intl';

export function ErasedNotice() {
  const t = useTranslations('states.recordErased');
  return (
    <section aria-labelledby="erased-title" className="panel px-4 py-6 text-center">
      <KeyRound aria-hidden className="text-soft mx-auto mb-2 size-6" strokeWidth={1.5} />
      <h2 id="erased-title" className="text-lg font-semibold">
        {t('title')}
      </h2>
      <p className="text-soft mx-auto mt-1 max-w-prose">{t('text')}</p>
    </section>
  );
}
