// How the clinic writes dates, ages and numbers. Pure; the same on the server and in the browser.

// The English of "en-GB" writes "Sept" in some versions of Node and "Sep" in others; names are ours.
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const CALENDAR_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A calendar date (`1984-03-09`) as `9 Mar 1984`; anything else comes back unchanged. */
export function formatDate(date: string): string {
  const match = CALENDAR_DATE.exec(date);
  return match === null ? date : dayText(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** A moment on the clinic's wall clock: `22 Nov 2026` and `14:05`. */
export function formatMoment(moment: Date, timeZone: string): { day: string; time: string } {
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
    day: dayText(Number(part('year')), Number(part('month')), Number(part('day'))),
    time: `${part('hour')}:${part('minute')}`,
  };
}

function dayText(year: number, month: number, day: number): string {
  return `${day} ${MONTHS[month - 1] ?? '?'} ${year}`;
}

/** The time zone of the machine that this runs on; call it on the server, where it is the clinic's. */
export function clinicTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `9 Mar 1984` as `Mar 1984`, for the axis of a chart over years. */
export function monthOf(day: string): string {
  return day.slice(day.indexOf(' ') + 1);
}

/** Age on `today` of someone born on `dateOfBirth` (`1984-03-09`): years, below two years months. */
export function formatAge(dateOfBirth: string, today: Date): string {
  const match = CALENDAR_DATE.exec(dateOfBirth);
  if (match === null) return 'Age unknown';
  const [, year, month, day] = match.map(Number);
  let months = (today.getFullYear() - (year ?? 0)) * 12 + (today.getMonth() + 1 - (month ?? 0));
  if (today.getDate() < (day ?? 0)) months -= 1;
  if (months < 0) return 'Age unknown';
  if (months < 24) return `${months} ${months === 1 ? 'month' : 'months'}`;
  return `${Math.floor(months / 12)} years`;
}

/** Nine digits as `900-01-0012`. */
export function formatSsn(digits: string): string {
  return `${digits.slice(0, 3)}-${digits.slice(3, 5)}-${digits.slice(5)}`;
}

/** A count with its noun: `1 patient`, `1,204 patients`. */
export function formatCount(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
