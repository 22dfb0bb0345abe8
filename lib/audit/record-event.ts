// The audit log: who did what to whom, when, and how it ended. Names of fields, never their values.
import 'server-only';
import type { Role } from '@/lib/auth/permissions';
import type { AuditAction, AuditOutcome } from '@/schemas/audit-event';
import { appendEvent } from './append';
import { patientPseudonym, searchedDigest } from './pseudonyms';

export type { AuditAction, AuditOutcome };

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
  /** Why, in the person's own words: emergency access, corrections, key operations. */
  reason?: string;
  /** HL7 v3 PurposeOfUse: what a doctor did under emergency access. */
  purpose?: 'ETREAT';
  /** What was searched for; stored as a keyed HMAC only (C-35). */
  searched?: { kind: string; text: string };
  /** The key operation that this belongs to, as the journal names it. */
  operationId?: string;
  /** The one record's revision after a write of sensitive values: no older state of it is genuine any more (C-40). */
  sealed?: number;
}

/**
 * Appends one event with the server's time to the chain. Rejects if it cannot be written; the caller then withholds
 * its answer (C-34: no log, no answer).
 */
export async function recordEvent(event: AuditEvent): Promise<void> {
  const { patientIds = [], fields = [], searched, sealed, ...rest } = event;
  const patients = [...new Set(patientIds)].map(patientPseudonym);
  const [patient] = patients;
  await appendEvent({
    time: new Date(),
    ...rest,
    patients,
    fields,
    ...(searched !== undefined && { searched: searchedDigest(searched.kind, searched.text) }),
    ...(sealed !== undefined && patient !== undefined && { sealed: { patient, revision: sealed } }),
  });
}
