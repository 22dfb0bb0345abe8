// The search box of both roles, and how its text is understood when nobody says.
import { z } from 'zod';
import { normalizeSsn } from './ssn';

export const SEARCH_KINDS = ['name', 'phone', 'last4', 'ssn', 'policy'] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

export const patientSearchSchema = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1, 'Type what to look for')
    .max(100, 'A search has at most 100 characters'),
  by: z.enum(['auto', ...SEARCH_KINDS]).default('auto'),
  /** Counted from 1. */
  page: z.int().min(1).max(1000).default(1),
});

export type PatientSearchInput = z.input<typeof patientSearchSchema>;
export type PatientSearch = z.output<typeof patientSearchSchema>;

/** Nine digits are an SSN, `P` and digits a policy number, four digits the last four, seven or more a phone. */
export function searchKindOf(text: string): SearchKind {
  const trimmed = text.trim();
  if (normalizeSsn(trimmed) !== null) return 'ssn';
  if (/^p[-\s]*\d[\d\s-]*$/i.test(trimmed)) return 'policy';
  if (/^\d{4}$/.test(trimmed)) return 'last4';
  const digits = trimmed.replaceAll(/\D/g, '');
  return digits.length >= 7 && /^[\d\s+().\-/]+$/.test(trimmed) ? 'phone' : 'name';
}
