// The two clients of this process, each made when first needed and kept over hot reloads. The front
// desk's half never builds the doctors' one, so a process without a master key can still serve it.
import 'server-only';
import type { ClientEncryption, Collection, DataKey, Db, KMSProviders, MongoClient } from 'mongodb';
import { env } from '@/lib/env';
import { SHARED_KEY_NAME } from '@/lib/keys/data-keys';
import { KeyError } from '@/lib/keys/errors';
import { readMasterKey } from '@/lib/keys/master-key';
import { createDeskClient } from './desk-client';
import { createClientEncryption, createDoctorClient } from './doctor-client';
import { databaseNames, PATIENTS, type DatabaseNames } from './names';
import type { Patient, PlainPatient } from './patient-document';

interface DoctorConnection {
  client: MongoClient;
  clientEncryption: ClientEncryption;
}

interface Connections {
  desk?: MongoClient;
  doctor?: Promise<DoctorConnection>;
}

// A module is evaluated anew on each hot reload; the process has one globalThis.
const kept: { medcomdConnections?: Connections } & typeof globalThis = globalThis;

function connections(): Connections {
  return (kept.medcomdConnections ??= {});
}

export function currentNames(): DatabaseNames {
  return databaseNames(env().databasePrefix);
}

export function localKmsProviders(): KMSProviders {
  return { local: { key: readMasterKey(env().masterKeyFile) } };
}

/** Patients as the front desk sees them: what is encrypted is BinData. */
export function deskPatients(): Collection<PlainPatient> {
  return deskClient().db(currentNames().patients).collection(PATIENTS);
}

/** Accounts, sessions, throttles and audit events. */
export function clinicDb(): Db {
  return deskClient().db(currentNames().clinic);
}

/** Patients as doctors see them. Throws KeyError if the master key or the shared data key is missing. */
export async function doctorPatients(): Promise<Collection<Patient>> {
  const { client } = await doctorConnection();
  return client.db(currentNames().patients).collection(PATIENTS);
}

/** For creating patients' data keys and for asking whether one still exists. */
export async function doctorClientEncryption(): Promise<ClientEncryption> {
  return (await doctorConnection()).clientEncryption;
}

/** Closes whatever is open; the next call opens anew. */
export async function closeConnections(): Promise<void> {
  const { desk, doctor } = connections();
  delete kept.medcomdConnections;
  await desk?.close();
  await doctor?.then(
    ({ client }) => client.close(),
    () => undefined,
  );
}

function deskClient(): MongoClient {
  return (connections().desk ??= createDeskClient(requireUri(env().deskUri)));
}

function doctorConnection(): Promise<DoctorConnection> {
  const all = connections();
  return (all.doctor ??= connectDoctor().catch((error: unknown) => {
    delete all.doctor;
    throw error;
  }));
}

async function connectDoctor(): Promise<DoctorConnection> {
  const uri = requireUri(env().mongodbUri);
  const names = currentNames();
  const shared = {
    names,
    kmsProviders: localKmsProviders(),
    keyExpirationMS: env().keyExpirationMs,
  };
  // The schema names the shared key by id, and the id is in the vault: one plain look before the
  // client can be made, through a connection that is closed again.
  const bootstrap = createDeskClient(uri);
  let sharedKey: DataKey | null;
  try {
    sharedKey = await createClientEncryption(bootstrap, shared).getKeyByAltName(SHARED_KEY_NAME);
  } finally {
    await bootstrap.close();
  }
  if (sharedKey === null) {
    throw new KeyError(
      'VAULT',
      'Expected the shared data key in the key vault, got none: run setup',
    );
  }
  const client = createDoctorClient({ uri, ...shared, sharedKeyId: sharedKey._id });
  return { client, clientEncryption: createClientEncryption(client, shared) };
}

function requireUri(uri: string | undefined): string {
  if (uri !== undefined) return uri;
  throw new TypeError('Expected `MONGODB_URI`, got none: the start command sets it');
}
