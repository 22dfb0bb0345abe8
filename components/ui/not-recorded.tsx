'use client';
// What stands where a value was never recorded; read out as words.
import { useTranslations } from 'use-intl';

export function NotRecorded() {
  return <span className="text-soft">{useTranslations('form')('notRecorded')}</span>;
}
