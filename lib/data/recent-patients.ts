// The patients whom a doctor opened last, for the search page. Kept on the server for 30 days, for that doctor alone; the
// front desk's screen stands in public and has no such list. Needs no keys.
import 'server-only';
import { ObjectId, type Collection } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { clinicDb, storedPatients } from '@/lib/db/connections';
import { RECENT_PATIENTS } from '@/lib/db/names';
import type { PatientSummary } from '@/schemas/dto';
import { answer, patientObjectId } from './access';
import { outsideCareTeam } from './care-team';
import { SUMMARY, toSummary, type SummaryRow } from './patient-summary';

const MOST_SHOWN = 8;

interface RecentRow {
  /** Doctor and patient: opening a record again moves it to the front. */
  _id: string;
  userId: string;
  patientId: ObjectId;
  at: Date;
}

/** The last opened first. */
export async function listRecentPatients(staff: Staff): Promise<PatientSummary[]> {
  const operation = { permission: 'read:record', action: 'search', fields: ['recent'] } as const;
  return answer(staff, operation, async () => {
    const rows = await recent()
      .find({ userId: staff.userId })
      .sort({ at: -1 })
      .limit(MOST_SHOWN)
      .toArray();
    const ids = rows.map(({ patientId }) => patientId);
    const patients =
      ids.length === 0
        ? []
        : await storedPatients()
            .find<SummaryRow>({ _id: { $in: ids } }, { projection: SUMMARY })
            .toArray();
    const outside = await outsideCareTeam(staff, ids);
    const summaries = ids
      .flatMap((id) => patients.find(({ _id }) => _id.equals(id)) ?? [])
      .map((row) => toSummary(row, outside));
    return { value: summaries, patientIds: summaries.map(({ id }) => id) };
  });
}

/** To be called when a doctor has been shown the record. */
export async function rememberOpened(staff: Staff, id: string, at = new Date()): Promise<void> {
  const { userId } = staff;
  await recent().updateOne(
    { _id: `${userId}:${id}` },
    { $set: { userId, patientId: patientObjectId(id), at } },
    { upsert: true },
  );
}

function recent(): Collection<RecentRow> {
  return clinicDb().collection<RecentRow>(RECENT_PATIENTS);
}
