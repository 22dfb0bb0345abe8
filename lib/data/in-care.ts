// Whether a doctor may work with a patient: as a member of the care team, because nobody has taken the record over yet, or
// under emergency access. Called for every answer about one patient; must not know what is answered.
import 'server-only';
import { ObjectId, type Collection } from 'mongodb';
import { recordEvent, type AuditAction } from '@/lib/audit/record-event';
import type { Staff } from '@/lib/auth/permissions';
import { clinicDb } from '@/lib/db/connections';
import { CARE_TEAMS, EMERGENCY_ACCESS } from '@/lib/db/names';
import type { Verdict } from '@/schemas/emergency-access';
import { DataError } from './errors';

export interface CareTeamRow {
  /** The patient's. */
  _id: ObjectId;
  /** Never empty: the last member cannot be removed. */
  members: CareTeamMemberRow[];
}

export interface CareTeamMemberRow {
  userId: string;
  name: string;
  since: Date;
  addedBy: { userId: string; name: string };
}

export interface EmergencyAccessRow {
  _id: ObjectId;
  patientId: ObjectId;
  userId: string;
  name: string;
  reason: string;
  startedAt: Date;
  /** Refused from this moment on, whatever else the row says. */
  endsAt: Date;
  /** Present until it was ended or noted as run out. */
  running?: true;
  endedAt?: Date;
  endedBy?: 'doctor' | 'officer' | 'time';
  /** How often each thing was done under it, refusals included. */
  uses: Partial<Record<AuditAction, number>>;
  awaitsReview: boolean;
  review?: { by: { userId: string; name: string }; at: Date; verdict: Verdict; note: string };
}

export type Standing = 'member' | 'open' | 'emergency';

export function careTeams(): Collection<CareTeamRow> {
  return clinicDb().collection<CareTeamRow>(CARE_TEAMS);
}

export function emergencyAccesses(): Collection<EmergencyAccessRow> {
  return clinicDb().collection<EmergencyAccessRow>(EMERGENCY_ACCESS);
}

/**
 * What lets this doctor act on the patient. A record without a care team is open to every doctor. Throws DataError
 * `OUTSIDE_CARE_TEAM` if nothing does; an emergency access that ran out has ended then.
 */
export async function requireInCare(
  staff: Staff,
  patientId: string,
  action: AuditAction,
  now = new Date(),
): Promise<Standing> {
  const _id = new ObjectId(patientId);
  const team = await careTeams().findOne({ _id });
  if (team === null) return 'open';
  if (team.members.some(({ userId }) => userId === staff.userId)) return 'member';
  const access = await runningAccess(staff.userId, _id, now);
  if (access === null) throw new DataError('OUTSIDE_CARE_TEAM');
  // What the reviewer will see counts before the work does, and only while it still runs.
  const { matchedCount } = await emergencyAccesses().updateOne(
    { _id: access._id, running: true },
    { $inc: { [`uses.${action}`]: 1 } },
  );
  if (matchedCount === 0) throw new DataError('OUTSIDE_CARE_TEAM');
  return 'emergency';
}

/** The doctor's emergency access to this patient, if one runs now; notes the end of one that ran out. */
export async function runningAccess(
  userId: string,
  patientId: ObjectId,
  now: Date,
): Promise<EmergencyAccessRow | null> {
  const row = await emergencyAccesses().findOne({ patientId, userId, running: true });
  if (row === null) return null;
  if (row.endsAt.getTime() > now.getTime()) return row;
  await noteTimeOut(row);
  return null;
}

/** Writes the stop event of an access whose time is over; of two processes both may, and one closes it. */
export async function noteTimeOut(row: EmergencyAccessRow): Promise<void> {
  await recordEvent({
    action: 'end-emergency-access',
    outcome: 'ok',
    userId: row.userId,
    role: 'doctor',
    session: null,
    patientIds: [row.patientId.toHexString()],
    purpose: 'ETREAT',
    reason: 'Time ran out',
  });
  await closeAccess(row._id, 'time', row.endsAt);
}

/** Effective at the next request. Nothing happens if it has ended already. */
export async function closeAccess(
  _id: ObjectId,
  endedBy: NonNullable<EmergencyAccessRow['endedBy']>,
  endedAt: Date,
): Promise<void> {
  const update = { $set: { endedAt, endedBy }, $unset: { running: 1 } } as const;
  await emergencyAccesses().updateOne({ _id, running: true }, update);
}
