// What a doctor types to record an alert (an allergy, a warning), and to end one. Knows no database.
import { z } from 'zod';
import { message } from './message';

/** `no-known-allergies` says that somebody asked; no alert at all says that nobody has. */
export const ALERT_KINDS = ['allergy', 'warning', 'no-known-allergies'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** The most that are in force at once: a list that nobody reads warns of nothing. */
export const MOST_ALERTS = 20;
const LONGEST = 120;

// C-37: an alert is one line, and what is in it can be seen.
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

const line = z.string().transform((text) => text.normalize('NFC').trim());

const alertText = line.pipe(
  z
    .string()
    .max(LONGEST, message('record.alertTooLong', { max: LONGEST }))
    .refine((text) => !HIDDEN.test(text), message('record.alertHasHidden')),
);

/** A kind and, unless it is `no-known-allergies`, what it is about. */
export const alertSchema = z
  .strictObject({ kind: z.enum(ALERT_KINDS, message('record.alertKindNeeded')), text: alertText })
  .superRefine(({ kind, text }, context) => {
    if (kind === 'no-known-allergies' ? text === '' : text.length > 1) return;
    context.addIssue({
      code: 'custom',
      path: ['text'],
      message: message('record.alertTextNeeded'),
    });
  });

/** An alert is not deleted: it ends, and says why. */
export const endAlertSchema = z.strictObject({
  alertId: z.uuid(),
  reason: alertText.pipe(z.string().min(3, message('record.endReasonNeeded'))),
});

export type AlertInput = z.input<typeof alertSchema>;
export type AlertData = z.output<typeof alertSchema>;
export type EndAlertInput = z.input<typeof endAlertSchema>;
export type EndAlert = z.output<typeof endAlertSchema>;
