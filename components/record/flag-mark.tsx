'use client';
// A flag beside a value, with words for screen readers.
import { useTranslations } from 'use-intl';
import type { Flag } from '@/lib/vitals/ranges';
import { FLAG_LOOKS, isAbnormal } from './flag-look';

export function FlagMark({ flag }: { flag: Flag | null }) {
  const t = useTranslations('record');
  if (!isAbnormal(flag)) return null;
  const { text, look } = FLAG_LOOKS[flag];
  return (
    <span className={`text-xs font-semibold whitespace-nowrap ${look}`}>
      <span aria-hidden>{text}</span>
      <span className="sr-only">{t(`flag.${flag}`)}</span>
    </span>
  );
}
