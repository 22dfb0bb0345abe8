// What a doctor says to correct a visit, or to mark it as entered in error: why, and what the values should have been. Knows
// no database.
import { z } from 'zod';
import { measurementSchemaIn, type MeasurementInput } from './measurement';
import { message } from './message';
import { UNITS, type Units } from './preferences';

/** The audit log gets this code; what is said in words is medical data and stays in the record. */
export const ERROR_CAUSES = ['typing', 'wrong-patient', 'wrong-unit', 'device', 'other'] as const;
export type ErrorCause = (typeof ERROR_CAUSES)[number];

const LONGEST = 200;

// C-37: a reason is one line, and what is in it can be seen.
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

const details = z
  .string()
  .transform((text) => text.normalize('NFC').trim())
  .pipe(
    z
      .string()
      .max(LONGEST, message('vitals.detailsTooLong', { max: LONGEST }))
      .refine((text) => !HIDDEN.test(text), message('vitals.detailsHidden')),
  );

const reason = {
  visitId: z.uuid(),
  cause: z.enum(ERROR_CAUSES, message('vitals.causeNeeded')),
  details,
};

const said = ({ cause, details: text }: { cause: ErrorCause; details: string }): boolean =>
  cause !== 'other' || text.length >= 3;

/** Why a visit was wrong: a cause, and words where the cause alone says nothing. */
export const errorReasonSchema = z.strictObject(reason).superRefine((input, context) => {
  if (said(input)) return;
  const text = message('vitals.detailsNeeded');
  context.addIssue({ code: 'custom', path: ['details'], message: text });
});

/** A correction: the reason, and the whole visit as it should have been, in the units that it names. */
export const correctionSchema = z
  .strictObject({ ...reason, entryKey: z.uuid(), units: z.enum(UNITS), values: z.unknown() })
  .transform(({ values, ...rest }, context) => {
    const parsed = measurementSchemaIn(rest.units).safeParse(values);
    for (const { path, message: text } of parsed.error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message: text });
    }
    if (!said(rest)) {
      const text = message('vitals.detailsNeeded');
      context.addIssue({ code: 'custom', path: ['details'], message: text });
    }
    return parsed.success ? { ...rest, measurement: parsed.data } : z.NEVER;
  });

export type ErrorReasonInput = z.input<typeof errorReasonSchema>;
export type ErrorReason = z.output<typeof errorReasonSchema>;
export interface CorrectionInput extends ErrorReasonInput {
  entryKey: string;
  units: Units;
  values: MeasurementInput;
}
