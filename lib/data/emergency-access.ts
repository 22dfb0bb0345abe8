// Breaking the glass (C-50): a doctor outside the care team opens one record for a while, and says why. Start and stop are
// events of their own (DICOM 110113 and 110127); an officer reviews each one afterwards.
import 'server-only';
import { ObjectId } from 'mongodb';
import { recordEvent, type AuditAction } from '@/lib/audit/record-event';
import type { Staff } from '@/lib/auth/permissions';
import { deskPatients } from '@/lib/db/connections';
import { untilNoConflict } from '@/lib/db/write-conflict';
import { isDuplicateKey } from '@/lib/keys/data-keys';
import { EMERGENCY_MINUTES, type EmergencyReason } from '@/schemas/emergency-access';
import { message } from '@/schemas/message';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { careTeams, closeAccess, emergencyAccesses, runningAccess } from './in-care';

/** How long one emergency access lasts. */
export const EMERGENCY_MS = EMERGENCY_MINUTES * 60_000;

/**
 * Opens the record to this doctor for `EMERGENCY_MS`. Asked for again while it runs, nothing is prolonged. Throws DataError
 * `CONFLICT` for a doctor who needs none, `NOT_FOUND` for no patient.
 */
export async function beginEmergencyAccess(
  staff: Staff,
  id: string,
  { reason }: EmergencyReason,
  now = new Date(),
): Promise<{ endsAt: Date }> {
  const action: AuditAction = 'begin-emergency-access';
  const operation = {
    permission: 'request:emergency-access',
    action,
    patientId: id,
    reason,
    purpose: 'ETREAT',
  } as const;
  return answer(staff, operation, async () => {
    const patientId = patientObjectId(id);
    if ((await deskPatients().findOne({ _id: patientId }, { projection: { _id: 1 } })) === null) {
      throw new DataError('NOT_FOUND');
    }
    const team = await careTeams().findOne({ _id: patientId });
    if (team === null || team.members.some(({ userId }) => userId === staff.userId)) {
      throw new DataError('CONFLICT', { userMessage: message('emergency.notNeeded') });
    }
    const running = await runningAccess(staff.userId, patientId, now);
    if (running !== null) return { value: { endsAt: running.endsAt } };
    // Before anything opens: what the log cannot take does not happen (C-34).
    await recordEvent({
      ...{ action, reason, outcome: 'begun', purpose: 'ETREAT', patientIds: [id] },
      ...{ userId: staff.userId, role: staff.role, session: staff.sessionId },
    });
    const endsAt = new Date(now.getTime() + EMERGENCY_MS);
    try {
      await untilNoConflict(() =>
        emergencyAccesses().insertOne({
          _id: new ObjectId(),
          patientId,
          ...{ userId: staff.userId, name: staff.name, reason },
          ...{ startedAt: now, endsAt, running: true, uses: {}, awaitsReview: true },
        }),
      );
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    return { value: { endsAt } };
  });
}

/** The doctor closes the record again; effective at the next request. Nothing happens if none runs. */
export async function endEmergencyAccess(
  staff: Staff,
  id: string,
  now = new Date(),
): Promise<void> {
  const operation = {
    permission: 'request:emergency-access',
    action: 'end-emergency-access',
    patientId: id,
    purpose: 'ETREAT',
  } as const;
  await answer(staff, operation, async () => {
    const running = await runningAccess(staff.userId, patientObjectId(id), now);
    if (running === null) return { value: undefined, outcome: 'conflict' };
    await closeAccess(running._id, 'doctor', now);
    return { value: undefined };
  });
}
