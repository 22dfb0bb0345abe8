// Writes made-up patients through the doctors' client, which encrypts them like any other. Goes on where
// an interrupted run stopped; running it again changes nothing.
import { Int32, ObjectId, type ClientEncryption, type Collection } from 'mongodb';
import { doctorClientEncryption, doctorPatients } from '../../lib/db/connections.ts';
import type { Patient } from '../../lib/db/patient-document.ts';
import { ensureDataKey } from '../../lib/keys/data-keys.ts';
import type { Visit } from '../../schemas/dto.ts';
import { createProgress } from '../progress.ts';
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
  const clientEncryption = await doctorClientEncryption();
  const progress = createProgress('Patients', count);
  let written = 0;
  for (let start = 0; start < count; start += BATCH) {
    const length = Math.min(BATCH, count - start);
    const people = Array.from({ length }, (_, at) => createPerson(SEED, start + at));
    const missing = await withoutExisting(patients, people);
    await createKeys(clientEncryption, missing);
    if (missing.length > 0) {
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
async function createKeys(
  clientEncryption: ClientEncryption,
  people: readonly Person[],
): Promise<void> {
  for (let start = 0; start < people.length; start += KEYS_AT_ONCE) {
    const some = people.slice(start, start + KEYS_AT_ONCE);
    await Promise.all(some.map(({ keyAltName }) => ensureDataKey(clientEncryption, keyAltName)));
  }
}

function toPatient(person: Person, doctors: readonly Visit['doctor'][]): Patient {
  const { ssn, contact } = person;
  const medicalRecords = createVisits(SEED, person.index, contact.dateOfBirth, doctors);
  return {
    _id: new ObjectId(person.id),
    name: person.name,
    nameKeys: person.nameKeys,
    contact,
    phoneKey: person.phoneKey,
    ssn: new Int32(ssn),
    last4ssn: Number(ssn.slice(-4)),
    bloodType: person.bloodType,
    medicalRecords,
    insurance: { provider: person.provider, policyNumber: new Int32(person.policyNumber) },
    keyAltName: person.keyAltName,
    revision: 1,
    registeredAt: medicalRecords[0]?.measuredAt ?? TODAY,
  };
}
