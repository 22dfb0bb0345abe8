'use client';
// What stands where a value was before the record was erased: a word and a symbol, not a colour alone.
import { KeyRound } from 'lucide-react';
import { useTranslations } from 'use-intl';

export function ErasedValue() {
  const t = useTranslations('record');
  return (
    <span className="text-danger inline-flex items-center gap-1">
      <KeyRound aria-hidden className="size-3.5 shrink-0" />
      {t('erased')}
    </span>
  );
}
