// Name and contact data of a patient, as typed at the front desk or by a doctor. Nothing here is encrypted.
import { z } from 'zod';
import { lineSchema } from './text';

const CALENDAR_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const OLDEST_YEARS = 140;

/** Two to one hundred characters with at least one letter; any script. */
export const nameSchema = lineSchema('Name', 2, 100).refine(
  (name) => /\p{L}/u.test(name),
  'Name has at least one letter',
);

/** A phone number as people write it; `phoneDigits` gives its comparable form. */
export const phoneSchema = lineSchema('Phone', 1, 40)
  .refine(
    (phone) => /^\+?[\d\s().\-/]+$/.test(phone),
    'Phone has only digits, spaces and + ( ) - .',
  )
  .refine((phone) => {
    const { length } = phoneDigits(phone);
    return length >= 7 && length <= 15;
  }, 'Phone has 7 to 15 digits');

export const emailSchema = z
  .string()
  .trim()
  .max(254, 'Email has at most 254 characters')
  .pipe(z.email('Enter an email address, as name@example.com'));

export const addressSchema = lineSchema('Address', 1, 300);

/** `YYYY-MM-DD`: a day that exists, not in the future, at most 140 years ago. */
export const dateOfBirthSchema = z
  .string()
  .trim()
  .refine(isCalendarDate, 'Enter a date that exists')
  .refine((date) => date <= isoDay(new Date(), 0), 'Date of birth cannot be in the future')
  .refine(
    (date) => date >= isoDay(new Date(), OLDEST_YEARS),
    `Date of birth is more than ${OLDEST_YEARS} years ago`,
  );

/** Contact data; `email` and `address` may be empty. */
export const contactSchema = z.strictObject({
  phone: phoneSchema,
  email: emptyOr(emailSchema, 'Enter an email address, as name@example.com, or nothing'),
  address: emptyOr(addressSchema, 'Address has at most 300 characters that can be shown'),
  dateOfBirth: dateOfBirthSchema,
});

/** The digits of a phone number; a leading US country code is dropped so that both spellings meet. */
export function phoneDigits(phone: string): string {
  const digits = phone.replaceAll(/\D/g, '');
  return digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
}

// A zod union would report "Invalid input" instead of the rule that was broken.
function emptyOr(schema: z.ZodType<string, string>, message: string) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').trim())
    .refine((text) => text === '' || schema.safeParse(text).success, message);
}

function isCalendarDate(text: string): boolean {
  const match = CALENDAR_DATE.exec(text);
  if (match === null) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // `new Date` rolls 30 February over into March instead of refusing it.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isoDay(now: Date, yearsAgo: number): string {
  const day = new Date(now);
  day.setUTCFullYear(day.getUTCFullYear() - yearsAgo);
  // A day ahead of UTC may already have begun where the clinic is.
  if (yearsAgo === 0) day.setUTCHours(day.getUTCHours() + 14);
  return day.toISOString().slice(0, 10);
}

export type ContactInput = z.input<typeof contactSchema>;
export type ContactData = z.output<typeof contactSchema>;
