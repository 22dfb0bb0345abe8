// How the clinic writes dates, ages and numbers in a language. Pure; the same on the server and in the browser.
import type { Locale } from '@/lib/i18n/locales';

// Node and browsers disagree on short names of months ("Sept", "Sep"), and a page would change under the reader's eyes.
const MONTHS: Record<Locale, readonly string[]> = {
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  es: ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sep', 'oct', 'nov', 'dic'],
};

const CALENDAR_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A calendar date (`1984-03-09`) as `9 Mar 1984`; anything else comes back unchanged. */
export function formatDate(date: string, locale: Locale): string {
  const match = CALENDAR_DATE.exec(date);
  if (match === null) return date;
  return dayText(Number(match[1]), Number(match[2]), Number(match[3]), locale);
}

/** A moment on the clinic's wall clock: `22 Nov 2026` and `14:05`. */
export function formatMoment(
  moment: Date,
  timeZone: string,
  locale: Locale,
): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-US', {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((candidate) => candidate.type === type)?.value ?? '';
  return {
    day: dayText(Number(part('year')), Number(part('month')), Number(part('day')), locale),
    time: `${part('hour')}:${part('minute')}`,
  };
}

// Day first and the month by name, in every language: nobody can swap day and month.
function dayText(year: number, month: number, day: number, locale: Locale): string {
  return `${day} ${MONTHS[locale][month - 1] ?? '?'} ${year}`;
}

/** A number as the language writes it: `81.5`, `81,5`; at most two decimals, no grouping. */
export function formatNumber(value: number, locale: Locale): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2, useGrouping: false }).format(
    value,
  );
}

/** The time zone of the machine that this runs on; call it on the server, where it is the clinic's. */
export function clinicTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `9 Mar 1984` as `Mar 1984`, for the axis of a chart over years. */
export function monthOf(day: string): string {
  return day.slice(day.indexOf(' ') + 1);
}

/** Age on `today` of someone born on `dateOfBirth` (`1984-03-09`): years, below two years months; a dash if unknown. */
export function formatAge(dateOfBirth: string, today: Date, locale: Locale): string {
  const match = CALENDAR_DATE.exec(dateOfBirth);
  if (match === null) return '—';
  const [, year, month, day] = match.map(Number);
  let months = (today.getFullYear() - (year ?? 0)) * 12 + (today.getMonth() + 1 - (month ?? 0));
  if (today.getDate() < (day ?? 0)) months -= 1;
  if (months < 0) return '—';
  const [unit, count] = months < 24 ? ['month', months] : ['year', Math.floor(months / 12)];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** Nine digits as `900-01-0012`. */
export function formatSsn(digits: string): string {
  return `${digits.slice(0, 3)}-${digits.slice(3, 5)}-${digits.slice(5)}`;
}
