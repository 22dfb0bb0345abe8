'use client';
// Beside a patient in a doctor's list: this record does not open without emergency access.
import { ShieldAlert } from 'lucide-react';
import { useTranslations } from 'use-intl';

export function OutsideMark() {
  const t = useTranslations('emergency.outside');
  return (
    <span className="border-edge text-2xs text-soft ml-2 inline-flex shrink-0 items-center gap-0.5 rounded-sm border px-1 font-medium">
      <ShieldAlert aria-hidden className="size-3" />
      {t('mark')}
    </span>
  );
}
