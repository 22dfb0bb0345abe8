// The audit log: who did what to whom, when, and how it ended. Names of fields, never their values.
import 'server-only';
import { clinicDb } from '@/lib/db/connections';
import { AUDIT_EVENTS } from '@/lib/db/names';
import type { Role } from '@/lib/auth/permissions';

export type AuditAction =
  | 'sign-in'
  | 'sign-out'
  | 'search'
  | 'read-record'
  | 'read-card'
  | 'reveal-ssn'
  | 'register-patient'
  | 'register-contact'
  | 'complete-registration'
  | 'update-contact'
  | 'update-insurance'
  | 'add-visit'
  | 'verify-identity';

export type AuditOutcome =
  | 'ok'
  | 'denied'
  | 'not-found'
  | 'conflict'
  | 'match'
  | 'no-match'
  | 'locked'
  | 'invalid'
  | 'throttled';

export interface AuditEvent {
  action: AuditAction;
  outcome: AuditOutcome;
  /** Null: nobody was signed in. */
  userId: string | null;
  role: Role | null;
  /** Hash of the session reference. */
  session: string | null;
  /** Patients concerned: the one acted on, or those that a search showed. */
  patientIds?: readonly string[];
  /** Field names that were read, written or compared. */
  fields?: readonly string[];
}

/**
 * Writes one event with the server's time. Rejects if it cannot be written; the caller then withholds
 * its answer (C-34: no log, no answer).
 */
export async function recordEvent(event: AuditEvent): Promise<void> {
  const { patientIds = [], fields = [], ...rest } = event;
  await clinicDb()
    .collection(AUDIT_EVENTS)
    .insertOne({ time: new Date(), ...rest, patientIds, fields });
}
