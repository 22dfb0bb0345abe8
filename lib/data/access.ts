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
import { DataError } from './errors';

interface Operation {
  permission: Permission;
  action: AuditAction;
  /** The patient concerned, as the caller named it. */
  patientId?: string;
  fields?: readonly string[];
}

/** What an operation found out: its answer and what the audit log should say about it. */
export interface Answer<T> {
  value: T;
  outcome?: AuditOutcome;
  patientIds?: readonly string[];
  fields?: readonly string[];
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
  const audit = (outcome: AuditOutcome, found: Partial<Answer<T>> = {}): Promise<void> =>
    recordEvent({
      action: operation.action,
      outcome,
      userId: staff.userId,
      role: staff.role,
      session: staff.sessionId,
      patientIds: found.patientIds ?? patientIdsOf(operation),
      fields: found.fields ?? operation.fields ?? [],
    });
  try {
    if (!can(staff, operation.permission)) {
      await audit('denied');
      throw new DataError('FORBIDDEN', { message: `Role lacks ${operation.permission}` });
    }
    const found = await work();
    await audit(found.outcome ?? 'ok', found);
    return found.value;
  } catch (error) {
    if (!(error instanceof DataError)) throw isUnreachable(error) ? unavailable(error) : error;
    const outcome = OUTCOMES[error.code];
    if (outcome !== undefined) await audit(outcome);
    throw error;
  }
}

const OUTCOMES: Partial<Record<DataError['code'], AuditOutcome>> = {
  NOT_FOUND: 'not-found',
  CONFLICT: 'conflict',
  DUPLICATE_SSN: 'conflict',
  ERASED: 'conflict',
  INVALID: 'invalid',
};

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
