// The frame around every function of lib/data: permission first, audit before the answer, and no error of
// the driver reaches a person.
import 'server-only';
import {
  MongoNetworkError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  ObjectId,
} from 'mongodb';
import { recordEvent, type AuditAction, type AuditOutcome } from '@/lib/audit/record-event';
import { can, type Permission, type Staff } from '@/lib/auth/permissions';
import { KmsOutage, noticeKms } from '@/lib/keys/kms-health';
import { DataError, keysUnavailable } from './errors';
import { requireInCare, type Standing } from './in-care';

interface Operation {
  permission: Permission;
  action: AuditAction;
  /** The patient concerned, as the caller named it. */
  patientId?: string;
  fields?: readonly string[];
  /** For the event; a function is asked once the person is known to have the permission. */
  reason?: string | (() => Promise<string>);
  /** Set by itself for whatever is done under emergency access. */
  purpose?: 'ETREAT';
  searched?: { kind: string; text: string };
}

/** What an operation found out: its answer and what the audit log should say about it. */
export interface Answer<T> {
  value: T;
  outcome?: AuditOutcome;
  patientIds?: readonly string[];
  fields?: readonly string[];
  /** The revision that a write of sensitive values gave the record (integrity.ts). */
  sealed?: number;
}

/**
 * Runs `work` if the role has the permission. Denials, refusals and successes each write one audit event;
 * when that cannot be written, there is no answer (C-34).
 */
export async function answer<T>(
  staff: Staff,
  operation: Operation,
  work: () => Promise<Answer<T>>,
): Promise<T> {
  let standing: Standing | null = null;
  let reason = typeof operation.reason === 'string' ? operation.reason : undefined;
  const audit = (outcome: AuditOutcome, found: Partial<Answer<T>> = {}): Promise<void> =>
    recordEvent({
      action: operation.action,
      outcome,
      userId: staff.userId,
      role: staff.role,
      session: staff.sessionId,
      patientIds: found.patientIds ?? patientIdsOf(operation),
      fields: found.fields ?? operation.fields ?? [],
      ...(found.sealed !== undefined && { sealed: found.sealed }),
      ...(reason !== undefined && { reason }),
      ...(operation.searched !== undefined && { searched: operation.searched }),
      ...((standing === 'emergency' || operation.purpose) && { purpose: 'ETREAT' }),
    });
  try {
    if (!can(staff, operation.permission)) {
      await audit('denied');
      throw new DataError('FORBIDDEN', { message: `Role lacks ${operation.permission}` });
    }
    if (typeof operation.reason === 'function') reason = await operation.reason();
    standing = await standingFor(staff, operation);
    const found = await noticeKms(work);
    await audit(found.outcome ?? 'ok', found);
    return found.value;
  } catch (thrown) {
    const error = thrown instanceof KmsOutage ? keysUnavailable(thrown) : thrown;
    if (!(error instanceof DataError)) throw isUnreachable(error) ? unavailable(error) : error;
    const outcome = OUTCOMES[error.code];
    if (outcome !== undefined) await audit(outcome, error.fields && { fields: error.fields });
    throw error;
  }
}

const OUTCOMES: Partial<Record<DataError['code'], AuditOutcome>> = {
  NOT_FOUND: 'not-found',
  CONFLICT: 'conflict',
  DUPLICATE_SSN: 'conflict',
  ERASED: 'conflict',
  OUTSIDE_CARE_TEAM: 'denied',
  KEYS_UNAVAILABLE: 'unavailable',
  TAMPERED: 'tampered',
  INVALID: 'invalid',
  THROTTLED: 'throttled',
};

/** What a doctor outside a patient's care team may still do: see who is in it, and break the glass. */
const OPEN_TO_OUTSIDERS: readonly Permission[] = ['read:care-team', 'request:emergency-access'];

// The other roles see nothing of a record, with or without a care team.
async function standingFor(staff: Staff, operation: Operation): Promise<Standing | null> {
  const [patientId] = patientIdsOf(operation);
  if (staff.role !== 'doctor' || patientId === undefined) return null;
  if (OPEN_TO_OUTSIDERS.includes(operation.permission)) return null;
  return requireInCare(staff, patientId, operation.action);
}

/** The id as the database knows it. Throws DataError `NOT_FOUND` for anything that cannot be one (C-13). */
export function patientObjectId(id: unknown): ObjectId {
  if (typeof id !== 'string' || !/^[0-9a-f]{24}$/.test(id)) throw new DataError('NOT_FOUND');
  return new ObjectId(id);
}

// What a caller sends as an id is not ours to store unless it has the shape of one.
function patientIdsOf({ patientId }: Operation): string[] {
  return patientId !== undefined && /^[0-9a-f]{24}$/.test(patientId) ? [patientId] : [];
}

function isUnreachable(error: unknown): boolean {
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoTopologyClosedError
  );
}

function unavailable(cause: unknown): DataError {
  return new DataError('UNAVAILABLE', { cause });
}
