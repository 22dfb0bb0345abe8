// What a doctor says when breaking the glass, and what an officer answers. Both texts are stored in clear, so that neither
// may hold a number that could identify a person.
import { z } from 'zod';
import { message } from './message';

/** How long one emergency access lasts. */
export const EMERGENCY_MINUTES = 30;

export const SHORTEST_REASON = 15;
export const LONGEST_REASON = 300;

// Seven digits are a phone number, nine an SSN, with whatever people write between them.
const LONG_NUMBER = /\d(?:[\s./()-]*\d){6}/;

// C-37: a control character could split a log line or hide text on a screen.
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

function plainWords(min: number) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').replaceAll(/\s+/g, ' ').trim())
    .pipe(
      z
        .string()
        .min(min, message('emergency.reasonTooShort', { min }))
        .max(LONGEST_REASON, message('emergency.textTooLong', { max: LONGEST_REASON }))
        .refine((text) => !CONTROL.test(text), message('emergency.notShowable'))
        .refine((text) => !LONG_NUMBER.test(text), message('emergency.noNumbers')),
    );
}

/** Why a doctor outside the care team opens a record. */
export const emergencyReasonSchema = z.object({
  reason: plainWords(SHORTEST_REASON),
});

export type EmergencyReasonInput = z.input<typeof emergencyReasonSchema>;
export type EmergencyReason = z.output<typeof emergencyReasonSchema>;

/** Names an emergency access. */
export const accessIdSchema = z.string().regex(/^[0-9a-f]{24}$/, message('emergency.noSuchAccess'));

export const VERDICTS = ['justified', 'unjustified', 'follow-up'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** An officer's review; anything but "justified" needs words. */
export const emergencyReviewSchema = z
  .object({
    id: accessIdSchema,
    verdict: z.enum(VERDICTS, message('emergency.chooseVerdict')),
    note: plainWords(0),
  })
  .refine(({ verdict, note }) => verdict === 'justified' || note.length >= 5, {
    path: ['note'],
    message: message('emergency.noteNeeded'),
  });

export type EmergencyReviewInput = z.input<typeof emergencyReviewSchema>;
export type EmergencyReview = z.output<typeof emergencyReviewSchema>;

/** One emergency access as officers see it: the record number, never who the patient is. */
export interface EmergencyAccessView {
  id: string;
  patientId: string;
  doctor: string;
  reason: string;
  startedAt: Date;
  endsAt: Date;
  /** Null while it runs. */
  endedAt: Date | null;
  endedBy: 'doctor' | 'officer' | 'time' | null;
  /** What was done under it, by audit action. */
  uses: { action: string; times: number }[];
  review: { by: string; at: Date; verdict: Verdict; note: string } | null;
  /** The officer's own, from when they were a doctor: somebody else has to review it. */
  own: boolean;
}

export interface EmergencyQueue {
  awaiting: EmergencyAccessView[];
  reviewed: EmergencyAccessView[];
}

/** Names a doctor to add to a care team, or to take out of it. */
export const careTeamMemberSchema = z.object({
  userId: z.string().regex(/^[0-9a-f]{24}$/, message('emergency.noSuchDoctor')),
});
