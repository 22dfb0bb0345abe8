// The search box of both roles, and how its text is understood when nobody says.
import { z } from 'zod';
import { parseBirthDate } from './birth-date';
import { GENDERS } from './contact';
import { message } from './message';
import { normalizeSsn } from './ssn';

export const SEARCH_KINDS = ['name', 'birth-date', 'phone', 'last4', 'ssn', 'policy'] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

const MAX_LENGTH = 100;

const yearSchema = z
  .string()
  .trim()
  .regex(/^(18|19|20)\d\d$/, message('search.problem.year'));

/** What narrows the hits down; each part may be absent. Years of birth are inclusive. */
export const narrowSchema = z
  .strictObject({
    gender: z.enum(GENDERS).optional(),
    bornFrom: yearSchema.optional(),
    bornTo: yearSchema.optional(),
    /** The beginning of the provider's name, case ignored. */
    provider: z
      .string()
      .trim()
      .min(1)
      .max(MAX_LENGTH, message('search.problem.long', { max: MAX_LENGTH }))
      .optional(),
  })
  .refine(({ bornFrom, bornTo }) => !bornFrom || !bornTo || bornFrom <= bornTo, {
    path: ['bornTo'],
    message: message('search.problem.years'),
  });

export type Narrow = z.output<typeof narrowSchema>;

export const patientSearchSchema = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1, message('search.problem.empty'))
    .max(MAX_LENGTH, message('search.problem.long', { max: MAX_LENGTH })),
  by: z.enum(['auto', ...SEARCH_KINDS]).default('auto'),
  narrow: narrowSchema.optional(),
  /** The `next` of the page before; absent for the first page. */
  after: z.string().min(1).max(2000).optional(),
});

export type PatientSearchInput = z.input<typeof patientSearchSchema>;
export type PatientSearch = z.output<typeof patientSearchSchema>;

/**
 * Nine digits are an SSN, `P` and digits a policy number, a whole date a date of birth, four digits the last four, seven
 * or more a phone.
 */
export function searchKindOf(text: string): SearchKind {
  const trimmed = text.trim();
  if (normalizeSsn(trimmed) !== null) return 'ssn';
  if (/^p[-\s]*\d[\d\s-]*$/i.test(trimmed)) return 'policy';
  if (parseBirthDate(trimmed) !== null) return 'birth-date';
  if (/^\d{4}$/.test(trimmed)) return 'last4';
  const digits = trimmed.replaceAll(/\D/g, '');
  return digits.length >= 7 && /^[\d\s+().\-/]+$/.test(trimmed) ? 'phone' : 'name';
}

/** What a text by name says: the name, and the date (`1984-03-09`) or year (`1984`) of birth that may follow it. */
export function nameAndBirth(text: string): { name: string; born: string | null } {
  const words = text.trim().split(/\s+/);
  // A date has up to five words: 9 de marzo de 1984.
  for (let length = Math.min(5, words.length - 1); length > 0; length--) {
    const tail = words.slice(-length).join(' ');
    const born = /^(1[89]|20)\d\d$/.test(tail) ? tail : parseBirthDate(tail);
    if (born !== null) return { name: words.slice(0, -length).join(' '), born };
  }
  return { name: text, born: null };
}
