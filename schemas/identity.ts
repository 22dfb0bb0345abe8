// What a caller states to prove who they are: at least two contact items and the last four SSN digits.
import { z } from 'zod';
import { addressSchema, dateOfBirthSchema, emailSchema, phoneSchema } from './contact';
import { message } from './message';
import { last4Schema } from './ssn';

/** The contact items that a receptionist may ask for. */
export const CONTACT_CLAIMS = ['dateOfBirth', 'phone', 'email', 'address'] as const;
export type ContactClaim = (typeof CONTACT_CLAIMS)[number];

/** How many of them it takes. */
export const REQUIRED_CLAIMS = 2;

function blankable(schema: z.ZodType<string, string>) {
  return z
    .string()
    .optional()
    .transform((typed) => ((typed ?? '').trim() === '' ? undefined : typed))
    .pipe(schema.optional());
}

/** C-19: two contact items or more, plus the last four digits; blank items count as not asked. */
export const identityClaimsSchema = z
  .strictObject({
    dateOfBirth: blankable(dateOfBirthSchema),
    phone: blankable(phoneSchema),
    email: blankable(emailSchema),
    address: blankable(addressSchema),
    last4: last4Schema,
  })
  .refine(
    (claims) =>
      CONTACT_CLAIMS.filter((name) => claims[name] !== undefined).length >= REQUIRED_CLAIMS,
    message('desk.twoNeeded'),
  );

export type IdentityClaimsInput = z.input<typeof identityClaimsSchema>;
export type IdentityClaims = z.output<typeof identityClaimsSchema>;
