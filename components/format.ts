// How the clinic writes dates, ages and numbers. Pure; the same on the server and in the browser.

const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const MONTH = new Intl.DateTimeFormat('en-GB', {
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

const CALENDAR_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A calendar date (`1984-03-09`) as `9 Mar 1984`; anything else comes back unchanged. */
export function formatDate(date: string): string {
  return CALENDAR_DATE.test(date) ? DAY.format(new Date(`${date}T00:00:00Z`)) : date;
}

/** A moment on the clinic's wall clock: `22 Nov 2026` and `14:05`. */
export function formatMoment(moment: Date, timeZone: string): { day: string; time: string } {
  return {
    day: new Intl.DateTimeFormat('en-GB', {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      timeZone,
    }).format(moment),
    time: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(
      moment,
    ),
  };
}

/** The time zone of the machine that this runs on; call it on the server, where it is the clinic's. */
export function clinicTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Milliseconds since 1970 as `Nov 2026`, for chart axes. */
export function formatMonth(milliseconds: number): string {
  return MONTH.format(new Date(milliseconds));
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

/** How long ago `then` was, in the largest whole unit: `today`, `3 days ago`, `5 months ago`. */
export function formatAgo(then: Date, now: Date): string {
  const days = Math.floor((now.getTime() - then.getTime()) / 86_400_000);
  if (days < 1) return 'today';
  if (days < 31) return days === 1 ? 'yesterday' : `${days} days ago`;
  const months = Math.floor(days / 30.44);
  if (months < 24) return months === 1 ? '1 month ago' : `${months} months ago`;
  return `${Math.floor(days / 365.25)} years ago`;
}
