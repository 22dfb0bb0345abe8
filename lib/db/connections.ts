// The two clients of this process, each made when first needed and kept over hot reloads. The front
// desk's half never builds the doctors' one, so a process without a master key can still serve it. Beside
// the doctors' client stands its key vault client (`keyVaultClient` of autoEncryption), without CSFLE.
import 'server-only';
import type { ClientEncryption, Collection, DataKey, Db, MongoClient, UUID } from 'mongodb';
import { env } from '@/lib/env';
import { kmsOptions } from '@/lib/keys/kms';
import { watchKms } from '@/lib/keys/kms-health';
import { readKeyPolicy, type KeyPolicy } from '@/lib/keys/policy';
import { createDeskClient, createKeyVaultClient } from './desk-client';
import { createClientEncryption, createDoctorClient } from './doctor-client';
import { databaseNames, KEY_VAULT, PATIENTS, type DatabaseNames } from './names';
import type { Patient, PlainPatient } from './patient-document';
import { untilNoConflict } from './write-conflict';

interface Connections {
  desk?: MongoClient;
  keyVault?: MongoClient;
  clientEncryption?: ClientEncryption;
  /** By the id of the shared key that they encrypt with: more than one only around its retirement. */
  doctors?: Map<string, DoctorConnection>;
  /** The latest revision of the key policy that was seen: an older one says nothing about which clients to close. */
  policyRevision?: number;
}

interface DoctorConnection {
  readonly client: MongoClient;
  /** Operations that use it now. */
  users: number;
  /** Somebody holds a collection of it for longer than one operation. */
  held: boolean;
}

// A module is evaluated anew on each hot reload; the process has one globalThis.
const kept: { medcomdConnections?: Connections } & typeof globalThis = globalThis;

function connections(): Connections {
  return (kept.medcomdConnections ??= {});
}

export function currentNames(): DatabaseNames {
  return databaseNames(env().databasePrefix);
}

/** Patients as the front desk sees them: what is encrypted is BinData. */
export function deskPatients(): Collection<PlainPatient> {
  return deskClient().db(currentNames().patients).collection(PATIENTS);
}

/** Accounts, sessions, throttles and audit events. */
export function clinicDb(): Db {
  return deskClient().db(currentNames().clinic);
}

/** The key vault's database, with what belongs to it: the key policy and the journal of key operations. */
export function keyVaultDb(): Db {
  return keyVaultClient().db(currentNames().keyVault);
}

/** The key vault itself. */
export function keyVault(): Collection<DataKey> {
  return keyVaultDb().collection<DataKey>(KEY_VAULT);
}

/** Patients as they are stored, with the rights of `MONGODB_URI`: for key operations. */
export function storedPatients(): Collection<PlainPatient> {
  return keyVaultClient().db(currentNames().patients).collection(PATIENTS);
}

export function currentKeyPolicy(): Promise<KeyPolicy> {
  return readKeyPolicy(keyVaultDb());
}

/**
 * Patients as doctors see them, writing under the shared key that is in force now, for as long as the process lives: for
 * tools. Throws KeyError if the master key or the policy is missing.
 */
export async function doctorPatients(): Promise<Collection<Patient>> {
  const { sharedKeyId } = await currentKeyPolicy();
  const connection = doctorConnection(sharedKeyId);
  connection.held = true;
  return patientsOf(connection);
}

/**
 * Lends `work`, which is one command, the patients as doctors see them, writing under the shared key of `policy`, which must have been read a
 * moment ago. Clients for keys that no policy names any more are closed when nobody uses them.
 */
export async function withDoctorPatients<T>(
  policy: KeyPolicy,
  work: (patients: Collection<Patient>) => Promise<T>,
): Promise<T> {
  const connection = doctorConnection(policy.sharedKeyId);
  connection.users += 1;
  closeUnnamed(policy);
  try {
    return await untilNoConflict(() => work(patientsOf(connection)));
  } finally {
    connection.users -= 1;
  }
}

/** For creating patients' data keys, for explicit encryption and for asking whether a key still exists. */
export function doctorClientEncryption(): ClientEncryption {
  return (connections().clientEncryption ??= createClientEncryption(keyVaultClient(), {
    names: currentNames(),
    kms: watchKms(kmsOptions()),
    keyExpirationMS: env().keyExpirationMs,
  }));
}

/** Closes whatever is open; the next call opens anew. */
export async function closeConnections(): Promise<void> {
  const { desk, keyVault: vault, doctors } = connections();
  delete kept.medcomdConnections;
  // The key vault client goes last: the doctors' ones fetch keys through it.
  await Promise.all([
    desk?.close(),
    ...[...(doctors?.values() ?? [])].map(({ client }) => client.close()),
  ]);
  await vault?.close();
}

function deskClient(): MongoClient {
  return (connections().desk ??= createDeskClient(requireUri(env().deskUri)));
}

function keyVaultClient(): MongoClient {
  return (connections().keyVault ??= createKeyVaultClient(requireUri(env().mongodbUri)));
}

function doctorConnection(sharedKeyId: UUID): DoctorConnection {
  const doctors = (connections().doctors ??= new Map<string, DoctorConnection>());
  const id = sharedKeyId.toHexString();
  const known = doctors.get(id);
  if (known !== undefined) return known;
  const client = createDoctorClient({
    uri: requireUri(env().mongodbUri),
    names: currentNames(),
    kms: watchKms(kmsOptions()),
    keyVaultClient: keyVaultClient(),
    sharedKeyId,
    keyExpirationMS: env().keyExpirationMs,
  });
  const connection = { client, users: 0, held: false };
  doctors.set(id, connection);
  return connection;
}

function patientsOf({ client }: DoctorConnection): Collection<Patient> {
  return client.db(currentNames().patients).collection(PATIENTS);
}

function closeUnnamed({ sharedKeyId, otherSharedKeyId, revision }: KeyPolicy): void {
  const open = connections();
  if (revision < (open.policyRevision ?? 0)) return;
  open.policyRevision = revision;
  const named = [sharedKeyId.toHexString(), otherSharedKeyId?.toHexString()];
  for (const [id, { client, users, held }] of open.doctors ?? []) {
    if (named.includes(id) || users > 0 || held) continue;
    open.doctors?.delete(id);
    // Nobody waits for it: what it fails with, it fails with after its work is done.
    client.close().catch(() => undefined);
  }
}

function requireUri(uri: string | undefined): string {
  if (uri !== undefined) return uri;
  throw new TypeError('Expected `MONGODB_URI`, got none: the start command sets it');
}
