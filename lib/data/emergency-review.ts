// The officers' queue: every emergency access is closed by somebody else than the doctor who had it, with a verdict (C-50).
// Shows the record number, never who the patient is.
import 'server-only';
import type { Staff } from '@/lib/auth/permissions';
import type {
  EmergencyAccessView,
  EmergencyQueue,
  EmergencyReview,
} from '@/schemas/emergency-access';
import { message } from '@/schemas/message';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { closeAccess, emergencyAccesses, noteTimeOut, type EmergencyAccessRow } from './in-care';

const REVIEWED_SHOWN = 50;

const PERMISSION = 'review:emergency-access';

/** Those that await review, oldest first, and the latest that were reviewed, newest first. */
export async function listEmergencyAccesses(
  staff: Staff,
  now = new Date(),
): Promise<EmergencyQueue> {
  const operation = { permission: PERMISSION, action: 'read-emergency-access' } as const;
  return answer(staff, operation, async () => {
    const rows = emergencyAccesses();
    const over = await rows.find({ running: true, endsAt: { $lte: now } }).toArray();
    for (const row of over) await noteTimeOut(row);
    const [awaiting, reviewed] = await Promise.all([
      rows.find({ awaitsReview: true }).sort({ startedAt: 1 }).toArray(),
      rows.find({ awaitsReview: false }).sort({ startedAt: -1 }).limit(REVIEWED_SHOWN).toArray(),
    ]);
    const view = (row: EmergencyAccessRow) => viewOf(row, staff);
    const value = { awaiting: awaiting.map(view), reviewed: reviewed.map(view) };
    const shown = [...value.awaiting, ...value.reviewed].map(({ patientId }) => patientId);
    return { value, patientIds: [...new Set(shown)] };
  });
}

/** An officer ends a running access; effective at the doctor's next request. */
export async function stopEmergencyAccess(staff: Staff, id: string): Promise<void> {
  const operation = { permission: PERMISSION, action: 'end-emergency-access' } as const;
  await answer(staff, operation, async () => {
    const row = await requireRow(id);
    if (!row.running) throw conflict('emergency.endedAlready');
    await closeAccess(row._id, 'officer', new Date());
    return { value: undefined, patientIds: [row.patientId.toHexString()] };
  });
}

/**
 * Closes the review of an access that has ended, once. Throws DataError `CONFLICT` if it still runs, was reviewed already,
 * or was the reviewer's own.
 */
export async function reviewEmergencyAccess(
  staff: Staff,
  { id, verdict, note }: EmergencyReview,
  now = new Date(),
): Promise<void> {
  const reason = note === '' ? verdict : `${verdict}: ${note}`;
  const operation = { permission: PERMISSION, action: 'review-emergency-access', reason } as const;
  await answer(staff, operation, async () => {
    const row = await requireRow(id);
    if (row.userId === staff.userId) throw conflict('emergency.ownAccess');
    if (row.running) {
      if (row.endsAt.getTime() > now.getTime()) throw conflict('emergency.stillRuns');
      await noteTimeOut(row);
    }
    const by = { userId: staff.userId, name: staff.name };
    const { matchedCount } = await emergencyAccesses().updateOne(
      { _id: row._id, awaitsReview: true },
      { $set: { awaitsReview: false, review: { by, at: now, verdict, note } } },
    );
    if (matchedCount === 0) throw conflict('emergency.reviewedAlready');
    return { value: undefined, patientIds: [row.patientId.toHexString()] };
  });
}

async function requireRow(id: string): Promise<EmergencyAccessRow> {
  const row = await emergencyAccesses().findOne({ _id: patientObjectId(id) });
  if (row !== null) return row;
  throw new DataError('NOT_FOUND', { userMessage: message('emergency.noSuchAccess') });
}

function viewOf(row: EmergencyAccessRow, staff: Staff): EmergencyAccessView {
  const { _id, patientId, name, reason, startedAt, endsAt, endedAt, endedBy, uses, review } = row;
  return {
    id: _id.toHexString(),
    patientId: patientId.toHexString(),
    doctor: name,
    ...{ reason, startedAt, endsAt },
    endedAt: endedAt ?? null,
    endedBy: endedBy ?? null,
    uses: Object.entries(uses).map(([action, times]) => ({ action, times })),
    review: review === undefined ? null : { ...review, by: review.by.name },
    own: row.userId === staff.userId,
  };
}

function conflict(key: string): DataError {
  return new DataError('CONFLICT', { userMessage: message(key) });
}
