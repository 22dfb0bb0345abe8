// Bench: one clinic of a given size, built as setup builds it, and its plaintext twin: the same documents
// and the same indexes in a collection that nobody encrypts.
import { randomBytes } from 'node:crypto';
import {
  MongoClient,
  type Binary,
  type ClientEncryption,
  type Collection,
  type Document,
} from 'mongodb';
import { createClientEncryption, createDoctorClient } from '../lib/db/doctor-client.ts';
import { createPatientIndexes } from '../lib/db/indexes.ts';
import { databaseNames, KEY_VAULT, PATIENTS } from '../lib/db/names.ts';
import type { Patient } from '../lib/db/patient-document.ts';
import { installPatientValidator } from '../lib/db/server-validator.ts';
import { createKeyVaultIndex, ensureDataKey, SHARED_KEY_NAME } from '../lib/keys/data-keys.ts';
import { makePatient } from './patients.ts';

const BATCH = 100;
/** Batches under way at the same time: client and server work in turn within one, together over several. */
const WORKERS = 4;

export interface BenchClinic {
  readonly size: number;
  /** Through a client that encrypts: what a doctor reads. No data key is in its cache yet. */
  readonly doctor: Collection<Patient>;
  /** Through a client that does not, on the twin in clear. */
  readonly plain: Collection<Patient>;
  /** Through a client that does not, on the collection that is encrypted: what the server holds. */
  readonly stored: Collection<StoredPatient>;
  readonly close: () => Promise<void>;
}

/** An encrypted patient as the server knows it. */
export interface StoredPatient extends Document {
  ssn: Binary;
}

/** Fills `size` patients into both collections of the server. `progress` gets the number done so far. */
export async function buildClinic(
  uri: string,
  size: number,
  progress: (done: number) => void,
): Promise<BenchClinic> {
  const names = databaseNames(`bench${size}_`);
  const kmsProviders = { local: { key: randomBytes(96) } };
  const plainClient = new MongoClient(uri);
  const db = plainClient.db(names.patients);
  const twinDb = plainClient.db(`${names.patients}_twin`);
  await createKeyVaultIndex(plainClient.db(names.keyVault).collection(KEY_VAULT));
  await installPatientValidator(db);
  await createPatientIndexes(db);
  await createPatientIndexes(twinDb);

  const settings = { names, kms: { kmsProviders }, keyExpirationMS: 0 };
  const clientEncryption = createClientEncryption(plainClient, settings);
  const sharedKeyId = await ensureDataKey(clientEncryption, SHARED_KEY_NAME, {
    provider: 'local',
    masterKey: null,
  });
  const openDoctor = (): MongoClient =>
    createDoctorClient({ uri, ...settings, keyVaultClient: plainClient, sharedKeyId });
  const twin = twinDb.collection<Patient>(PATIENTS);
  const loader = openDoctor();
  try {
    const encrypted = loader.db(names.patients).collection<Patient>(PATIENTS);
    let next = 0;
    let done = 0;
    const work = async (): Promise<void> => {
      for (let from = next; from < size; from = next) {
        next = Math.min(from + BATCH, size);
        const batch = Array.from({ length: next - from }, (_, at) => makePatient(from + at));
        await createKeys(clientEncryption, batch);
        await Promise.all([encrypted.insertMany(batch), twin.insertMany(batch)]);
        progress((done += batch.length));
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  } finally {
    await loader.close();
  }

  // A client of its own: the loader's holds every data key in its cache.
  const doctorClient = openDoctor();
  return {
    size,
    doctor: doctorClient.db(names.patients).collection<Patient>(PATIENTS),
    plain: twin,
    stored: db.collection<StoredPatient>(PATIENTS),
    close: async () => {
      await doctorClient.close();
      await plainClient.close();
    },
  };
}

async function createKeys(
  clientEncryption: ClientEncryption,
  patients: readonly Patient[],
): Promise<void> {
  const create = ({ keyAltName }: Patient) =>
    clientEncryption.createDataKey('local', { keyAltNames: [keyAltName] });
  await Promise.all(patients.map(create));
}
