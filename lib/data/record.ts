// The record, for doctors, without SSN and policy number (reveal.ts). Decryption is the client's doing. A record with a
// tombstone shows as erased, whatever the client could still decrypt; one whose own data key is gone without a tombstone
// shows as erased what it protected. One that is not as the clinic left it is not shown at all (integrity.ts).
import 'server-only';
import type { Collection, ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { doctorClientEncryption, storedPatients, withDoctorPatients } from '@/lib/db/connections';
import type { Patient, PlainPatient } from '@/lib/db/patient-document';
import { isDataKeyErased } from '@/lib/keys/data-keys';
import { blamesKms } from '@/lib/keys/kms-health';
import type { PatientRecord } from '@/schemas/dto';
import { answer, patientObjectId } from './access';
import { damageOr } from './damage';
import { DataError } from './errors';
import { readWitness, requireGenuine } from './integrity-witness';
import { rememberOpened } from './recent-patients';
import { underCurrentKeys } from './under-current-keys';

/** A patient as stored, and whether the fields under their own key are gone for good. */
interface ReadPatient {
  patient: Patient;
  erased: boolean;
}

export async function getPatientRecord(staff: Staff, id: string): Promise<PatientRecord> {
  const operation = { permission: 'read:record', action: 'read-record', patientId: id } as const;
  return answer(staff, operation, async () => {
    const { patient, erased } = await readPatient(patientObjectId(id));
    await rememberOpened(staff, id);
    return {
      value: toRecord(patient, erased),
      fields: [
        'contact',
        'last4ssn',
        'insurance.provider',
        ...(erased ? [] : ['bloodType', 'alerts', 'medicalRecords']),
      ],
    };
  });
}

/** Reads one patient with everything that can still be decrypted. Throws DataError `NOT_FOUND`, `TAMPERED`. */
export async function readPatient(_id: ObjectId): Promise<ReadPatient> {
  const witness = await readWitness(_id);
  const read = await underCurrentKeys((policy) =>
    withDoctorPatients(policy, (patients) => readWhole(patients, _id)),
  ).catch(async (error: unknown) => {
    const stored = await storedPatients().findOne({ _id }, { projection: { keyAltName: 1 } });
    throw stored === null ? error : await damageOr(error, stored.keyAltName);
  });
  // Of an erased record nothing is read that a seal would cover.
  if (!read.erased) requireGenuine(read.patient, witness);
  return read;
}

async function readWhole(
  patients: Collection<Patient>,
  _id: ObjectId,
  isLastAttempt = false,
): Promise<ReadPatient> {
  try {
    const patient = await patients.findOne({ _id });
    if (patient === null) throw new DataError('NOT_FOUND');
    const erased = patient.erasedAt !== undefined;
    return { patient: erased ? withoutSecrets(patient) : patient, erased };
  } catch (error) {
    if (error instanceof DataError) throw error;
    const tombstone = await readTombstone(_id);
    if (tombstone !== null) return { patient: tombstone, erased: true };
    const stored = await storedPatients().findOne({ _id }, { projection: { keyAltName: 1 } });
    if (stored === null) throw error;
    // The vault decides, not the wording of an error: with the key still there, it is a real failure,
    // unless the key in the document that was read has just been replaced by this one.
    if (!(await isDataKeyErased(doctorClientEncryption(), stored.keyAltName))) {
      if (isLastAttempt || blamesKms(error)) throw error;
      return readWhole(patients, _id, true);
    }
    const patient = await patients.findOne(
      { _id },
      { projection: { bloodType: 0, medicalRecords: 0, alerts: 0, integrity: 0 } },
    );
    if (patient === null) throw error;
    return { patient, erased: true };
  }
}

/** An erased record as far as it needs no key; null if this one is not erased. */
export function readTombstone(_id: ObjectId): Promise<PlainPatient | null> {
  return storedPatients().findOne(
    { _id, erasedAt: { $exists: true } },
    {
      projection: {
        ...{ ssn: 0, last4ssn: 0, bloodType: 0, medicalRecords: 0, alerts: 0, integrity: 0 },
        'insurance.policyNumber': 0,
      },
    },
  );
}

/** What a client with the key in its memory has decrypted of an erased record goes no further. */
function withoutSecrets(patient: Patient): PlainPatient {
  const plain = { ...patient, insurance: { provider: patient.insurance.provider } };
  delete plain.ssn;
  delete plain.last4ssn;
  delete plain.bloodType;
  delete plain.medicalRecords;
  delete plain.alerts;
  delete plain.integrity;
  return plain;
}

function toRecord(patient: Patient, erased: boolean): PatientRecord {
  const { last4ssn, bloodType, alerts, insurance, medicalRecords = [] } = patient;
  return {
    id: patient._id.toHexString(),
    name: patient.name,
    contact: patient.contact,
    last4ssn: last4ssn === undefined ? null : String(last4ssn).padStart(4, '0'),
    bloodType: erased
      ? { state: 'erased' }
      : bloodType === undefined
        ? null
        : { state: 'clear', value: bloodType },
    alerts: erased
      ? { state: 'erased' }
      : alerts === undefined
        ? null
        : { state: 'clear', value: alerts },
    insurance: {
      provider: insurance.provider,
      hasPolicyNumber: insurance.policyNumber !== undefined,
    },
    visits: erased ? { state: 'erased' } : { state: 'clear', value: medicalRecords.toReversed() },
    revision: patient.revision,
    complete: erased || last4ssn !== undefined,
    erased,
  };
}
