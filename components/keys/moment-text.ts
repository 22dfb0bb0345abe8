// A moment in one line, for tables of keys and operations.
import { formatMoment } from '@/components/format';
import type { Locale } from '@/lib/i18n/locales';

/** `22 Nov 2026, 14:05` on the clinic's wall clock. */
export function momentText(moment: Date, timeZone: string, locale: Locale): string {
  const { day, time } = formatMoment(moment, timeZone, locale);
  return `${day}, ${time}`;
}
