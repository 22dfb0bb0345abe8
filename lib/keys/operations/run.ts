// The frame around every key operation: the journal admits one at a time, the audit log says when it began and how it
// ended, and a failure leaves it to be gone on with.
import 'server-only';
import { recordEvent, type AuditAction, type AuditOutcome } from '@/lib/audit/record-event';
import { keyVaultDb } from '@/lib/db/connections';
import {
  openOperation,
  type Operation,
  type OperationKind,
  type OperationRecord,
  type OperationRequest,
} from './journal';

/** Who asked for an operation and in which phase a new one begins. */
export interface RunOptions {
  readonly first: string;
  /** User id of the officer, or null for the operator's tool. */
  readonly startedBy: string | null;
  readonly patientIds?: readonly string[];
  /** Phases in which nothing has been changed yet: after a failure there, the operation is forgotten. */
  readonly harmless?: readonly string[];
}

const ACTIONS: Record<OperationKind, AuditAction> = {
  rotate: 'rotate-keys',
  migrate: 'migrate-keys',
  retire: 'retire-key',
  erase: 'erase-patient',
};

/**
 * Begins the operation or goes on with it, and returns its record once `work` has done all of it. Nothing is done when
 * the audit event cannot be written (C-34). Throws KeyError `BUSY`, and whatever `work` throws.
 */
export async function runOperation(
  request: OperationRequest,
  { first, startedBy, patientIds = [], harmless = [] }: RunOptions,
  work: (operation: Operation) => Promise<void>,
): Promise<OperationRecord> {
  const operation = await openOperation(keyVaultDb(), request, { first, startedBy });
  const audit = (outcome: AuditOutcome): Promise<void> =>
    recordEvent({
      action: ACTIONS[request.kind],
      outcome,
      userId: startedBy,
      role: startedBy === null ? null : 'officer',
      session: null,
      patientIds,
      operationId: operation.record.operationId,
    });
  try {
    await audit('begun');
    await work(operation);
    await audit('ok');
    await operation.finish();
    return operation.record;
  } catch (error) {
    if (harmless.includes(operation.record.phase)) await operation.abandon().catch(() => undefined);
    else operation.release();
    // The failure itself is what the caller must hear of, whether or not it can be noted.
    await audit('failed').catch(() => undefined);
    throw error;
  }
}
