// Above every page of a chart: the care team, or the emergency access that lets this doctor in, with its remaining time.
// Nothing for who stands outside: the page shows the gate.
import {
  addToCareTeamAction,
  endEmergencyAccessAction,
  removeFromCareTeamAction,
  takeOverCareAction,
} from '@/app/(doctor)/patients/emergency-actions';
import { requirePageStaff } from '@/app/guard';
import { careTeamOf } from './care-team-of';
import { CareTeamBar } from './care-team-bar';
import { EmergencyBanner } from './emergency-banner';

export async function CareBar({ patientId }: { patientId: string }) {
  const [team, staff] = await Promise.all([careTeamOf(patientId), requirePageStaff('doctor')]);
  if (team.standing === 'outside') return null;
  return (
    <>
      {team.access !== null && (
        <EmergencyBanner
          key={team.access.endsAt.getTime()}
          endsAt={team.access.endsAt.getTime()}
          serverNow={team.access.now.getTime()}
          end={endEmergencyAccessAction.bind(null, patientId)}
        />
      )}
      <CareTeamBar
        team={team}
        userId={staff.userId}
        takeOver={takeOverCareAction.bind(null, patientId)}
        add={addToCareTeamAction.bind(null, patientId)}
        remove={removeFromCareTeamAction.bind(null, patientId)}
      />
    </>
  );
}
