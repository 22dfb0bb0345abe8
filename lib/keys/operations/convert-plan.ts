// What a conversion has to do with each patient: which fields are under which keys, and which of them are to move. Reads
// names and ciphertexts, decrypts nothing.
import 'server-only';
import type { DataKey, ObjectId, UUID } from 'mongodb';
import { keyVault, storedPatients } from '@/lib/db/connections';
import type { CustomerMasterKey } from '../kms';
import { keyIdOf } from './convert-values';

/** What a conversion reads first of a patient: names of keys and ciphertexts under the shared key. */
export interface StoredPatient {
  _id: ObjectId;
  keyAltName: string;
  revision: number;
  erasedAt?: Date;
  ssn?: unknown;
  insurance?: { policyNumber?: unknown };
}

export const STORED = {
  keyAltName: 1,
  revision: 1,
  erasedAt: 1,
  ssn: 1,
  'insurance.policyNumber': 1,
} as const;

/** A key as far as a decision needs it. */
export type VaultKey = Pick<DataKey, '_id' | 'masterKey' | 'creationDate' | 'updateDate'>;

export interface Conversion {
  readonly operationId: string;
  /** The deterministic fields end up under this one; null: they stay. */
  readonly sharedKeyId: UUID | null;
  /** Which patients get a key of their own anew, and under which CMK; null: all keep theirs. */
  readonly own: {
    readonly cmk: CustomerMasterKey;
    readonly isReplaced: (patient: StoredPatient, key: VaultKey) => boolean;
  } | null;
}

/** Why some fields of a patient are still under an old key. */
export interface ConversionProblem {
  readonly patientId: string;
  /** Those under the shared key, or those under the patient's own. */
  readonly fields: 'shared' | 'own';
  readonly problem: 'duplicate-ssn' | 'does-not-decrypt' | 'not-reproducible';
}

/** The alt name of a patient's new key: the same whenever the operation comes to this patient again. */
export function newKeyName(operationId: string, patientId: ObjectId): string {
  return `${newKeyPrefix(operationId)}${patientId.toHexString()}`;
}

/** What all alt names that an operation gives begin with. */
export function newKeyPrefix(operationId: string): string {
  return `patient:${operationId}:`;
}

/** What is to be done with one patient. */
export interface Step {
  readonly patient: StoredPatient;
  /** Whether the fields under the shared key move. */
  readonly shared: boolean;
  /** The key that the patient's own fields leave, and the new one if it is there already; null: they stay. */
  readonly own: { readonly oldKeyId: UUID; readonly newKeyId: UUID | null } | null;
}

/** Patients that cannot be converted, by id: their fields under either kind of key. */
export class Problems {
  readonly shared = new Map<string, ConversionProblem>();
  readonly own = new Map<string, ConversionProblem>();

  add(_id: ObjectId, fields: 'shared' | 'own', problem: ConversionProblem['problem']): void {
    const patientId = _id.toHexString();
    this[fields].set(patientId, { patientId, fields, problem });
  }

  all(): ConversionProblem[] {
    return [...this.shared.values(), ...this.own.values()];
  }
}

export function readStored(ids: readonly ObjectId[]): Promise<StoredPatient[]> {
  return storedPatients()
    .find<StoredPatient>({ _id: { $in: [...ids] } }, { projection: STORED })
    .toArray();
}

/** What is still to be done. Adds to `withoutKey` those whose own key is gone. */
export async function planSteps(
  { operationId, sharedKeyId, own }: Conversion,
  patients: readonly StoredPatient[],
  problems: Problems,
  withoutKey: Set<string>,
): Promise<Step[]> {
  const present = patients.filter(({ erasedAt }) => erasedAt === undefined);
  const keys = await keysByName([
    ...present.map(({ keyAltName }) => keyAltName),
    ...(own === null ? [] : present.map(({ _id }) => newKeyName(operationId, _id))),
  ]);
  const steps: Step[] = [];
  for (const patient of present) {
    const id = patient._id.toHexString();
    const key = keys.get(patient.keyAltName);
    // The front desk's registrations have neither key nor ciphertext.
    if (key === undefined && patient.ssn !== undefined) withoutKey.add(id);
    const target = newKeyName(operationId, patient._id);
    const ownIsStale =
      own !== null &&
      key !== undefined &&
      patient.keyAltName !== target &&
      !problems.own.has(id) &&
      own.isReplaced(patient, key);
    const shared = !problems.shared.has(id) && isSharedStale(patient, sharedKeyId);
    if (!ownIsStale && !shared) continue;
    const newKeyId = keys.get(target)?._id ?? null;
    steps.push({ patient, shared, own: ownIsStale ? { oldKeyId: key._id, newKeyId } : null });
  }
  return steps;
}

function isSharedStale({ ssn, insurance }: StoredPatient, sharedKeyId: UUID | null): boolean {
  if (sharedKeyId === null) return false;
  const target = sharedKeyId.toHexString(false);
  const values = [ssn, insurance?.policyNumber].filter((value) => value !== undefined);
  return values.some((value) => keyIdOf(value) !== target);
}

async function keysByName(names: readonly string[]): Promise<Map<string, VaultKey>> {
  const projection = {
    keyAltNames: 1,
    masterKey: 1,
    creationDate: 1,
    updateDate: 1,
  } as const;
  const found = keyVault().find({ keyAltNames: { $in: [...names] } }, { projection });
  const keys = new Map<string, VaultKey>();
  for await (const key of found) {
    for (const name of key.keyAltNames ?? []) keys.set(name, key);
  }
  return keys;
}
