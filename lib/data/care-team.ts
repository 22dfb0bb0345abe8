// Who cares for a patient. A record without a team is open to every doctor; the first who takes it over founds the team,
// and from then on others need to be added by a member, or emergency access. Needs no keys.
import 'server-only';
import { ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { isUsable, users } from '@/lib/auth/users';
import { deskPatients } from '@/lib/db/connections';
import { isDuplicateKey } from '@/lib/keys/data-keys';
import type { CareTeam, Colleague } from '@/schemas/care-team';
import { message } from '@/schemas/message';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import {
  careTeams,
  emergencyAccesses,
  runningAccess,
  type CareTeamMemberRow,
  type CareTeamRow,
  type EmergencyAccessRow,
} from './in-care';

/**
 * The team as this doctor may see it. Outsiders learn who to ask, and name and date of birth, which search shows them too:
 * nobody should break the glass of the wrong patient.
 */
export async function readCareTeam(staff: Staff, id: string): Promise<CareTeam> {
  const operation = {
    permission: 'read:care-team',
    action: 'read-care-team',
    patientId: id,
  } as const;
  return answer(staff, operation, async () => {
    const _id = patientObjectId(id);
    const now = new Date();
    const team = await careTeams().findOne({ _id });
    const member = isMember(team, staff);
    const access = team === null || member ? null : await runningAccess(staff.userId, _id, now);
    const standing = team === null ? 'open' : member ? 'member' : access ? 'emergency' : 'outside';
    const subject = standing === 'outside' ? await subjectOf(_id) : null;
    const mayTakeOver = await canTakeOver(team, access);
    return {
      value: {
        standing,
        members: (team?.members ?? []).map(({ userId, name, since }) => ({ userId, name, since })),
        colleagues: member ? await colleaguesOutside(team?.members ?? []) : [],
        mayTakeOver,
        access: access && { startedAt: access.startedAt, endsAt: access.endsAt, now },
        subject,
      },
      fields: subject === null ? ['care-team'] : ['care-team', 'name', 'contact.dateOfBirth'],
    };
  });
}

/**
 * Founds the team with this doctor as its first member, or joins one that no active doctor is left in. Throws DataError
 * `CONFLICT` if somebody else was faster.
 */
export async function takeOverCare(staff: Staff, id: string): Promise<void> {
  await change(staff, id, async (_id, team) => {
    if (isMember(team, staff)) return;
    if (team === null) {
      if (await foundCareTeam(staff, _id)) return;
      throw changedMeanwhile();
    }
    const access = await runningAccess(staff.userId, _id, new Date());
    if (!(await canTakeOver(team, access))) throw notAMember();
    await push(_id, newMember(staff, staff));
  });
}

/** A member adds another doctor. */
export async function addToCareTeam(staff: Staff, id: string, userId: string): Promise<void> {
  await change(staff, id, async (_id, team) => {
    if (!isMember(team, staff)) throw notAMember();
    const user = await users().findOne({ _id: new ObjectId(userId) });
    if (user === null || user.role !== 'doctor' || !isUsable(user)) {
      throw new DataError('INVALID', {
        userMessage: message('emergency.noSuchDoctor'),
        field: 'userId',
      });
    }
    await push(_id, newMember({ userId, name: user.name }, staff));
  });
}

/** A member takes somebody out of the team, or leaves it. Throws DataError `CONFLICT` for the last one. */
export async function removeFromCareTeam(staff: Staff, id: string, userId: string): Promise<void> {
  await change(staff, id, async (_id, team) => {
    if (!isMember(team, staff)) throw notAMember();
    // Emptied, the record would be open to everyone.
    const filter = { _id, 'members.userId': userId, 'members.1': { $exists: true } };
    const { matchedCount } = await careTeams().updateOne(filter, {
      $pull: { members: { userId } },
    });
    if (matchedCount === 1) return;
    if ((await careTeams().findOne({ _id, 'members.userId': userId })) === null) return;
    throw new DataError('CONFLICT', { userMessage: message('emergency.lastMember') });
  });
}

/** Makes this doctor the first member; false if there is a team already. Inside an operation that is audited. */
export async function foundCareTeam(staff: Staff, patientId: ObjectId): Promise<boolean> {
  try {
    await careTeams().insertOne({ _id: patientId, members: [newMember(staff, staff)] });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Forgets the team of a patient who was not registered after all. */
export async function dropCareTeam(patientId: ObjectId): Promise<void> {
  await careTeams().deleteOne({ _id: patientId });
}

/** Which of these patients this doctor could open under emergency access only. Reads no patient. */
export async function outsideCareTeam(
  staff: Staff,
  patientIds: readonly ObjectId[],
  now = new Date(),
): Promise<ReadonlySet<string>> {
  if (staff.role !== 'doctor' || patientIds.length === 0) return new Set();
  const teams = await careTeams()
    .find({ _id: { $in: [...patientIds] } })
    .toArray();
  const others = teams.filter((team) => !isMember(team, staff)).map(({ _id }) => _id);
  if (others.length === 0) return new Set();
  const { userId } = staff;
  const opened = await emergencyAccesses()
    .find({ patientId: { $in: others }, userId, running: true, endsAt: { $gt: now } })
    .map(({ patientId }) => patientId.toHexString())
    .toArray();
  return new Set(others.map((id) => id.toHexString()).filter((id) => !opened.includes(id)));
}

async function change(
  staff: Staff,
  id: string,
  work: (_id: ObjectId, team: CareTeamRow | null) => Promise<void>,
): Promise<void> {
  const operation = {
    permission: 'update:care-team',
    action: 'update-care-team',
    patientId: id,
    fields: ['care-team'],
  } as const;
  await answer(staff, operation, async () => {
    const _id = patientObjectId(id);
    await subjectOf(_id);
    await work(_id, await careTeams().findOne({ _id }));
    return { value: undefined };
  });
}

async function push(_id: ObjectId, member: CareTeamMemberRow): Promise<void> {
  // Who is in the team already is not matched, and stays in it once.
  const filter = { _id, 'members.userId': { $ne: member.userId } };
  await careTeams().updateOne(filter, { $push: { members: member } });
}

/** An open record, or under emergency access one whose doctors have all left the clinic. */
async function canTakeOver(
  team: CareTeamRow | null,
  access: EmergencyAccessRow | null,
): Promise<boolean> {
  if (team === null) return true;
  if (access === null) return false;
  const ids = team.members.map(({ userId }) => new ObjectId(userId));
  const rows = await users()
    .find({ _id: { $in: ids } })
    .toArray();
  return !rows.some((user) => user.role === 'doctor' && isUsable(user));
}

async function colleaguesOutside(members: readonly CareTeamMemberRow[]): Promise<Colleague[]> {
  const inside = members.map(({ userId }) => userId);
  const doctors = await users().find({ role: 'doctor' }).sort({ name: 1 }).toArray();
  return doctors
    .filter((user) => isUsable(user) && !inside.includes(user._id.toHexString()))
    .map((user) => ({ userId: user._id.toHexString(), name: user.name }));
}

async function subjectOf(_id: ObjectId): Promise<{ name: string; dateOfBirth: string }> {
  const projection = { name: 1, 'contact.dateOfBirth': 1 } as const;
  const patient = await deskPatients().findOne({ _id }, { projection });
  if (patient === null) throw new DataError('NOT_FOUND');
  return { name: patient.name, dateOfBirth: patient.contact.dateOfBirth };
}

function isMember(team: CareTeamRow | null, { userId }: Staff): boolean {
  return team?.members.some((member) => member.userId === userId) ?? false;
}

function newMember(
  { userId, name }: Colleague,
  by: Pick<Staff, 'userId' | 'name'>,
): CareTeamMemberRow {
  return { userId, name, since: new Date(), addedBy: { userId: by.userId, name: by.name } };
}

function notAMember(): DataError {
  return new DataError('OUTSIDE_CARE_TEAM', { userMessage: message('emergency.membersOnly') });
}

function changedMeanwhile(): DataError {
  return new DataError('CONFLICT', { userMessage: message('emergency.takenOver') });
}
