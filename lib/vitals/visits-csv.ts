// Visits as a file for a spreadsheet (RFC 4180), in stored units. Knows nothing of patients.
import type { Visit } from '@/schemas/dto';
import { VITAL_SIGN_NAMES, VITAL_SIGNS } from '@/schemas/measurement';

const STATUS = { final: 'final', wrong: 'entered-in-error' } as const;

/**
 * One line for each visit, in the order given, under a line of names with UCUM units. Times are UTC (ISO 8601). Visits
 * entered in error are in it, with FHIR's status of that name. Starts with a byte order mark, or spreadsheets misread it.
 */
export function visitsCsv(visits: readonly Visit[]): string {
  const head = [
    'measured at',
    ...VITAL_SIGN_NAMES.map((name) => `${name} [${VITAL_SIGNS[name].ucum}]`),
    ...['note', 'measured by', 'status', 'reason', 'visit', 'corrects visit'],
  ];
  const lines = visits.map((visit) => [
    new Date(visit.measuredAt).toISOString(),
    ...VITAL_SIGN_NAMES.map((name) => String(visit[name] ?? '')),
    ...[visit.note ?? '', visit.doctor.name],
    visit.enteredInError === undefined ? STATUS.final : STATUS.wrong,
    ...[visit.enteredInError?.reason ?? '', visit.id, visit.corrects ?? ''],
  ]);
  const text = [head, ...lines].map((cells) => cells.map(csvCell).join(',')).join('\r\n');
  return `\uFEFF${text}\r\n`;
}

/**
 * A quoted cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"; ASVS 1.2.10): a text that begins with one
 * of the characters that start one, whatever space stands before it, gets an apostrophe.
 */
export function csvCell(text: string): string {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  const isFormula = !isNumber && /^\s*[=+\-@\t\r\n|%＝＋－＠]/.test(text);
  return `"${isFormula ? "'" : ''}${text.replaceAll('"', '""')}"`;
}
