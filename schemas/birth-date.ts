// Dates of birth as people type them into the search box: 1984-03-09, 3/9/1984, 9.3.1984, 9 Mar 1984, March 9, 1984,
// 9 de marzo de 1984. Knows no form; those use a date field.

const MONTHS = [
  ['jan', 'ene'],
  ['feb'],
  ['mar'],
  ['apr', 'abr'],
  ['may'],
  ['jun'],
  ['jul'],
  ['aug', 'ago'],
  ['sep', 'set'],
  ['oct'],
  ['nov'],
  ['dec', 'dic'],
] as const;
const FULL_NAMES =
  'january february march april may june july august september october november december ' +
  'enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre sept';

/**
 * The day as `YYYY-MM-DD`, or null for what is not one whole date that exists. With slashes the month comes first, as in
 * the United States, unless only the other way round gives a date; with dots the day does.
 */
export function parseBirthDate(text: string): string | null {
  const plain = text.trim().toLowerCase();
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(plain) ?? [];
  if (isoYear !== undefined) return day(isoYear, isoMonth, isoDay);
  const [, first, separator, second, year] =
    /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/.exec(plain) ?? [];
  if (separator === '.') return day(year, second, first);
  if (year !== undefined) return day(year, first, second) ?? day(year, second, first);
  const [, d, name, y] =
    /^(\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:de\s+)?(\p{L}+)\.?,?[\s-]+(?:del?\s+)?(\d{4})$/u.exec(
      plain,
    ) ?? [];
  if (name !== undefined) return day(y, monthOf(name), d);
  const [, us, usDay, usYear] =
    /^(\p{L}+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$/u.exec(plain) ?? [];
  return us === undefined ? null : day(usYear, monthOf(us), usDay);
}

function monthOf(name: string): string | undefined {
  const known = name.length === 3 || FULL_NAMES.split(' ').includes(name);
  const at = MONTHS.findIndex((starts) => starts.some((start) => name.startsWith(start)));
  return known && at >= 0 ? String(at + 1) : undefined;
}

function day(year?: string, month?: string, dayOfMonth?: string): string | null {
  if (year === undefined || month === undefined || dayOfMonth === undefined) return null;
  const text = `${year}-${month.padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}`;
  const date = new Date(`${text}T00:00:00Z`);
  // `new Date` rolls 30 February over into March instead of refusing it.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : null;
}
