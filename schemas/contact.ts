// Name and contact data of a patient, as typed at the front desk or by a doctor. Nothing here is encrypted.
import { z } from 'zod';
import { message } from './message';
import { lineSchema } from './text';

const CALENDAR_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const OLDEST_YEARS = 140;

/** Two to one hundred characters with at least one letter; any script. */
export const nameSchema = lineSchema('name', 2, 100).refine(
  (name) => /\p{L}/u.test(name),
  message('contact.nameLetter'),
);

/** A phone number as people write it; `phoneDigits` gives its comparable form. */
export const phoneSchema = lineSchema('phone', 1, 40)
  .refine((phone) => /^\+?[\d\s().\-/]+$/.test(phone), message('contact.phoneCharacters'))
  .refine((phone) => {
    const { length } = phoneDigits(phone);
    return length >= 7 && length <= 15;
  }, message('contact.phoneDigits'));

export const emailSchema = z
  .string()
  .trim()
  .max(254, message('contact.emailLong'))
  .pipe(z.email(message('contact.emailShape')));

export const addressSchema = lineSchema('address', 1, 300);

/** `YYYY-MM-DD`: a day that exists, not in the future, at most 140 years ago. */
export const dateOfBirthSchema = z
  .string()
  .trim()
  .refine(isCalendarDate, message('contact.dateRule'))
  .refine((date) => date <= isoDay(new Date(), 0), message('contact.dateFuture'))
  .refine(
    (date) => date >= isoDay(new Date(), OLDEST_YEARS),
    message('contact.dateOld', { years: OLDEST_YEARS }),
  );

/** FHIR's administrative gender. */
export const GENDERS = ['female', 'male', 'other', 'unknown'] as const;

/** Contact data; `email` and `address` may be empty, `gender` too: then it is absent. */
export const contactSchema = z
  .strictObject({
    phone: phoneSchema,
    email: emptyOr(emailSchema, message('contact.emailOrNothing')),
    address: emptyOr(addressSchema, message('contact.addressRule')),
    dateOfBirth: dateOfBirthSchema,
    gender: z.union([z.literal(''), z.enum(GENDERS)]).optional(),
  })
  .transform(({ gender, ...rest }) => (gender ? { ...rest, gender } : rest));

/** The digits of a phone number; a leading US country code is dropped so that both spellings meet. */
export function phoneDigits(phone: string): string {
  const digits = phone.replaceAll(/\D/g, '');
  return digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
}

// A zod union would report "Invalid input" instead of the rule that was broken.
function emptyOr(schema: z.ZodType<string, string>, rule: string) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').trim())
    .refine((text) => text === '' || schema.safeParse(text).success, rule);
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
