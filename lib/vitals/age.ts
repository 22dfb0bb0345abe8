// How old somebody was at a moment, in whole months: what age-specific reference ranges are chosen by. Pure.

const CALENDAR_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * Completed months between a birth date (`1984-03-09`) and `at` on the wall clock of `timeZone`; NaN for a date of another
 * shape or a birth after `at`. A child born on the 31st completes a short month on its last day.
 */
export function ageInMonths(dateOfBirth: string, at: Date, timeZone: string): number {
  const birth = CALENDAR_DATE.exec(dateOfBirth)?.slice(1).map(Number);
  // The locale only fixes the order of the digits: year, month, day.
  const today = CALENDAR_DATE.exec(at.toLocaleDateString('en-CA', { timeZone }))
    ?.slice(1)
    .map(Number);
  if (birth === undefined || today === undefined) return Number.NaN;
  const [birthYear = 0, birthMonth = 0, birthDay = 0] = birth;
  const [year = 0, month = 0, day = 0] = today;
  const lastOfMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const isDue = day >= Math.min(birthDay, lastOfMonth);
  const months = (year - birthYear) * 12 + month - birthMonth - (isDue ? 0 : 1);
  return months < 0 ? Number.NaN : months;
}
