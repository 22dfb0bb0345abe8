// What officers may ask of the audit log, and what they get. Times are instants; the pages show them in the clinic's zone.
import { z } from 'zod';
import { AUDIT_ACTIONS, AUDIT_OUTCOMES, type AuditAction, type AuditOutcome } from './audit-event';
import { message } from './message';

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

/** `YYYY-MM-DD`, a day of the clinic's calendar. */
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, message('audit.dayRule'));

/** The filters as the form sends them. */
export const auditQuerySchema = z.object({
  user: optional(z.string().trim().max(60)),
  patientId: optional(
    z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^[0-9a-f]{24}$/, message('audit.recordNumberRule')),
  ),
  action: optional(z.enum(AUDIT_ACTIONS)),
  outcome: optional(z.enum(AUDIT_OUTCOMES)),
  from: optional(day),
  until: optional(day),
});

export type AuditQuery = z.infer<typeof auditQuerySchema>;

export interface AuditFilter {
  /** A user name. */
  user?: string | undefined;
  patientId?: string | undefined;
  action?: AuditAction | undefined;
  outcome?: AuditOutcome | undefined;
  from?: Date | undefined;
  /** Not included. */
  until?: Date | undefined;
}

export const whoSearchedSchema = z.object({
  kind: z.enum(['ssn', 'policy', 'last4', 'phone']),
  text: z
    .string()
    .trim()
    .regex(/\d.*\d.*\d.*\d/, message('audit.searchedRule'))
    .max(40, message('audit.searchedRule')),
});

/** Of more searches for one number, the latest are shown. */
export const MOST_SEARCHES = 50;

export type WhoSearched = z.infer<typeof whoSearchedSchema>;

export interface AuditRow {
  /** Position in the chain, from 1. */
  seq: number;
  time: Date;
  /** Null: nobody was signed in, or the account is not there any more. */
  user: { name: string; username: string } | null;
  userId: string | null;
  role: string | null;
  /** The first eight digits of the session's hash. */
  session: string | null;
  action: AuditAction;
  outcome: AuditOutcome;
  /** Pseudonyms. */
  patients: string[];
  fields: string[];
  reason: string | null;
  /** It was done under emergency access. */
  emergency: boolean;
  operationId: string | null;
}

export interface AuditPage {
  events: AuditRow[];
  /** Pass as `before` for the next page; null: this was the last. */
  next: number | null;
}

/** `missing`: the event at this position; `cut-off`: it and all after it, up to the signed head. */
export type ChainProblem =
  | 'no-event'
  | 'missing'
  | 'misplaced'
  | 'field-added'
  | 'changed'
  | 'unlinked'
  | 'other-head'
  | 'forged-head'
  | 'no-head'
  | 'cut-off';

export interface ChainReport {
  /** Events that follow each other from the first. */
  verified: number;
  /** Null: every event is as it was written, and none is missing. */
  bad: { position: number; problem: ChainProblem } | null;
  /** Positions before which the signed head had gone and was made anew: up to there, the end was unguarded. */
  headReplacedAt: readonly number[];
}
