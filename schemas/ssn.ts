// Rules for Social Security numbers, shared by forms and server. Knows no field names and no database.
// Source: SSA POMS RM 10201.035 (numbers never assigned), SSA FAQ on randomization (no area logic).
import { z } from 'zod';
import { message } from './message';

/**
 * `demo` accepts only numbers that can never be issued, so that nobody types a real one into a demo;
 * `real` refuses exactly those.
 */
export type SsnProfile = 'demo' | 'real';

/** Numbers printed in wallets and advertisements, known to be nobody's. */
const PUBLISHED = new Set(['078051120', '219099999', '457555462']);

const SHAPE = /^\d{3}[- ]?\d{2}[- ]?\d{4}$/;

/** The nine digits of an SSN typed with or without dashes or spaces; null when it is not one. */
export function normalizeSsn(text: string): string | null {
  const trimmed = text.trim();
  return SHAPE.test(trimmed) ? trimmed.replaceAll(/\D/g, '') : null;
}

/** What is wrong with nine digits as an SSN of this profile, as `message` says it; null when nothing is. */
export function ssnProblem(digits: string, profile: SsnProfile): string | null {
  const area = digits.slice(0, 3);
  if (area === '000' || digits.slice(3, 5) === '00' || digits.slice(5) === '0000') {
    return message('registration.ssnZeros');
  }
  const neverIssued = area === '666' || area.startsWith('9');
  if (profile === 'demo') {
    return neverIssued ? null : message('registration.ssnDemo');
  }
  if (neverIssued) return message('registration.ssnNeverIssued');
  return PUBLISHED.has(digits) ? message('registration.ssnPublished') : null;
}

/** Parses an SSN to its nine digits. */
export function ssnSchema(profile: SsnProfile) {
  return z.string().transform((text, context) => {
    const digits = normalizeSsn(text);
    const problem =
      digits === null ? message('registration.ssnShape') : ssnProblem(digits, profile);
    if (digits === null || problem !== null) {
      context.addIssue({ code: 'custom', message: problem ?? message('registration.ssnShape') });
      return z.NEVER;
    }
    return digits;
  });
}

/** The last four digits alone. */
export const last4Schema = z
  .string()
  .trim()
  .regex(/^\d{4}$/, message('registration.last4'));
