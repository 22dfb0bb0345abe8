// Who cares for made-up patients: mostly every demo doctor, for some only one, so that there is a glass to break.
import { ObjectId } from 'mongodb';
import { careTeams } from '../../lib/data/in-care.ts';
import type { Visit } from '../../schemas/dto.ts';
import type { Person } from './person.ts';
import { createRandom } from './random.ts';

const SHARE_OF_ONE_DOCTOR = 0.2;

type Doctors = readonly Visit['doctor'][];

/** The doctors of this patient's team, at least one. */
export function careTeamOf(seed: number, index: number, doctors: Doctors): Doctors {
  const random = createRandom(seed, 'care-team', index);
  return random.chance(SHARE_OF_ONE_DOCTOR) ? [random.pick(doctors)] : doctors;
}

/** Writes the teams that are missing. Before the patients: a record without a team is open to every doctor. */
export async function seedCareTeams(
  seed: number,
  people: readonly Person[],
  doctors: Doctors,
): Promise<void> {
  const since = new Date();
  await careTeams().bulkWrite(
    people.map(({ id, index }) => {
      const members = careTeamOf(seed, index, doctors).map((doctor) => {
        const member = { userId: doctor.id, name: doctor.name };
        return { ...member, since, addedBy: member };
      });
      const filter = { _id: new ObjectId(id) };
      return { updateOne: { filter, update: { $setOnInsert: { members } }, upsert: true } };
    }),
    { ordered: false },
  );
}
