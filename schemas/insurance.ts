// Insurance as typed. The provider is plaintext in the database, the policy number never is.
import { z } from 'zod';
import { message } from './message';
import { lineSchema } from './text';

/** The policy number is a BSON int32 (the guide's data model), so it ends at 2^31 - 1. */
export const MAX_POLICY_NUMBER = 2_147_483_647;

export const providerSchema = lineSchema('provider', 1, 100);

/** Digits without a leading zero; dashes, spaces and a leading `P` are dropped. */
export const policyNumberSchema = z
  .string()
  .transform((text) =>
    text
      .trim()
      .replace(/^[pP][-\s]*/, '')
      .replaceAll(/[-\s]/g, ''),
  )
  .pipe(
    z
      .string()
      .regex(/^[1-9]\d{0,9}$/, message('registration.policyShape'))
      .refine(
        (digits) => Number(digits) <= MAX_POLICY_NUMBER,
        message('registration.policyMost', { max: MAX_POLICY_NUMBER }),
      ),
  );

export const insuranceSchema = z.strictObject({
  provider: providerSchema,
  policyNumber: policyNumberSchema,
});

export type InsuranceInput = z.input<typeof insuranceSchema>;
export type InsuranceData = z.output<typeof insuranceSchema>;
