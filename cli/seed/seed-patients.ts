// Writes made-up patients through the doctors' client, which encrypts them like any other. Goes on where
// an interrupted run stopped; running it again changes nothing.
import { Int32, ObjectId, type Collection } from 'mongodb';
import { sealOf } from '../../lib/data/integrity.ts';
import { nameOrder } from '../../lib/data/name-keys.ts';
import { doctorPatients } from '../../lib/db/connections.ts';
import type { Patient } from '../../lib/db/patient-document.ts';
import { ensurePatientKey } from '../../lib/keys/patient-key.ts';
import type { Visit } from '../../schemas/dto.ts';
import { createProgress } from '../progress.ts';
import { seedCareTeams } from './care-teams.ts';
import { createAlerts } from './alerts.ts';
import { createPerson, TODAY, type Person } from './person.ts';
import { createVisits } from './visits.ts';

export const SEED = 20_261_122;
const BATCH = 100;
const KEYS_AT_ONCE = 32;

/** Makes sure that patients 0 to `count - 1` of the seed are there; returns how many were written now. */
export async function seedPatients(
  count: number,
  doctors: readonly Visit['doctor'][],
): Promise<number> {
  const patients = await doctorPatients();
  const progress = createProgress('Patients', count);
  let written = 0;
  for (let start = 0; start < count; start += BATCH) {
    const length = Math.min(BATCH, count - start);
    const people = Array.from({ length }, (_, at) => createPerson(SEED, start + at));
    const missing = await withoutExisting(patients, people);
    await createKeys(missing);
    if (missing.length > 0) {
      await seedCareTeams(SEED, missing, doctors);
      const documents = missing.map((person) => toPatient(person, doctors));
      await patients.insertMany(documents, { ordered: false });
    }
    written += missing.length;
    progress.update(start + length, written);
  }
  progress.finish();
  return written;
}

async function withoutExisting(
  patients: Collection<Patient>,
  people: readonly Person[],
): Promise<Person[]> {
  const ids = people.map((person) => new ObjectId(person.id));
  const present = await patients
    .find({ _id: { $in: ids } }, { projection: { _id: 1 } })
    .map((patient) => patient._id.toHexString())
    .toArray();
  const known = new Set(present);
  return people.filter((person) => !known.has(person.id));
}

// Each key is a round trip to the vault; many at once make it seconds instead of a minute.
async function createKeys(people: readonly Person[]): Promise<void> {
  for (let start = 0; start < people.length; start += KEYS_AT_ONCE) {
    const some = people.slice(start, start + KEYS_AT_ONCE);
    await Promise.all(some.map(({ keyAltName }) => ensurePatientKey(keyAltName)));
  }
}

function toPatient(person: Person, doctors: readonly Visit['doctor'][]): Patient {
  const { ssn, contact } = person;
  const medicalRecords = createVisits(SEED, person.index, contact.dateOfBirth, doctors);
  const alerts = createAlerts(SEED, person.index, medicalRecords);
  const patient: Patient = {
    _id: new ObjectId(person.id),
    name: person.name,
    nameKeys: person.nameKeys,
    nameOrder: nameOrder(person.name, person.id),
    contact,
    phoneKey: person.phoneKey,
    ssn: new Int32(ssn),
    last4ssn: Number(ssn.slice(-4)),
    bloodType: person.bloodType,
    medicalRecords,
    ...(alerts !== undefined && { alerts }),
    insurance: { provider: person.provider, policyNumber: new Int32(person.policyNumber) },
    keyAltName: person.keyAltName,
    revision: 1,
    registeredAt: medicalRecords[0]?.measuredAt ?? TODAY,
  };
  return { ...patient, integrity: sealOf(patient, patient.revision) };
}
