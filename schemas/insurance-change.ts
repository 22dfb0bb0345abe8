// A change of insurance. The policy number is hidden on the screen, so that an empty box keeps the one there is.
import { z } from 'zod';
import { policyNumberSchema, providerSchema } from './insurance';

export const insuranceChangeSchema = z.strictObject({
  provider: providerSchema,
  /** Absent: stays as it is. */
  policyNumber: z.union([z.literal('').transform(() => undefined), policyNumberSchema]),
});

export type InsuranceChangeInput = z.input<typeof insuranceChangeSchema>;
export type InsuranceChange = z.output<typeof insuranceChangeSchema>;
