// Proves the state of keys and records: every key opens, is under the CMK of the policy and is known, and every record
// decrypts with the keys that it should be under. Reads only, in batches, with caches that it throws away.
import 'server-only';
import { MongoCryptError, UUID, type ObjectId } from 'mongodb';
import { currentKeyPolicy, keyVault, storedPatients } from '@/lib/db/connections';
import { groupByCmk } from '../cmk-groups';
import { inventoryKeys, type KeyEntry } from '../inventory';
import { describeMasterKey, isSameMasterKey } from '../kms';
import type { KeyPolicy } from '../policy';
import { ConversionClient } from './convert-client';
import { keyIdOf, OWN_FIELDS, SHARED_FIELDS } from './convert-values';
import type { OnProgress } from './progress';

export type ProblemKind =
  | 'key-does-not-open'
  | 'key-under-other-cmk'
  | 'unknown-key'
  | 'record-does-not-decrypt'
  | 'record-without-key'
  | 'field-in-clear'
  | 'field-under-other-key'
  | 'erased-record-not-empty'
  | 'erased-record-has-key';

export interface VerificationProblem {
  readonly kind: ProblemKind;
  /** Id of the data key or of the patient; null for one that concerns many. */
  readonly id: string | null;
  readonly text: string;
}

export interface Verification {
  readonly keys: number;
  /** Patients that are not erased. */
  readonly records: number;
  readonly erased: number;
  /** Encrypted values that were decrypted. */
  readonly values: number;
  /** Empty: all is as it should be. After `MOST_PROBLEMS` it stops looking. */
  readonly problems: readonly VerificationProblem[];
}

export const MOST_PROBLEMS = 100;
const BATCH = 100;
/** A record that changes while it is looked at is looked at again. */
const LOOKS = 3;
const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/** What is wrong, if anything; throws only when the database fails. Changes nothing; safe beside a working clinic. */
export async function verifyKeys(onProgress: OnProgress): Promise<Verification> {
  const problems: VerificationProblem[] = [];
  const client = new ConversionClient();
  try {
    const keys = await verifyVault(client, problems, onProgress);
    const counts = await verifyRecords(client, problems, onProgress);
    return { keys, ...counts, problems: problems.slice(0, MOST_PROBLEMS) };
  } finally {
    await client.close();
  }
}

async function verifyVault(
  client: ConversionClient,
  problems: VerificationProblem[],
  onProgress: OnProgress,
): Promise<number> {
  const phase = 'verify-keys';
  const total = await keyVault().countDocuments();
  onProgress({ phase, done: 0, total });
  const { cmk } = await currentKeyPolicy();
  for (const group of await groupByCmk()) {
    if (isSameMasterKey(group.cmk, cmk)) continue;
    problems.push({
      kind: 'key-under-other-cmk',
      id: null,
      text: `${group.keys} data keys are under ${describeMasterKey(group.cmk)}, new ones under ${describeMasterKey(cmk)}`,
    });
  }
  let done = 0;
  for await (const entry of inventoryKeys()) {
    if (problems.length >= MOST_PROBLEMS) break;
    if (entry.state === 'unknown') problems.push(unknownKey(entry));
    // The keys of complete records are opened with what they encrypt.
    if (entry.records === 0 && !(await opens(client, entry))) problems.push(closedKey(entry));
    done += 1;
    if (done % BATCH === 0) onProgress({ phase, done, total: Math.max(done, total) });
  }
  onProgress({ phase, done, total: Math.max(done, total) });
  return done;
}

async function opens(client: ConversionClient, { id }: KeyEntry): Promise<boolean> {
  const keyId = new UUID(id);
  try {
    await client.clientEncryption.encrypt('probe', { keyId, algorithm: RANDOM });
    return true;
  } catch (error) {
    if (!(error instanceof MongoCryptError)) throw error;
    // A key that was deleted meanwhile need not open.
    return (await keyVault().findOne({ _id: keyId }, { projection: { _id: 1 } })) === null;
  }
}

type Counts = Pick<Verification, 'records' | 'erased' | 'values'>;

async function verifyRecords(
  client: ConversionClient,
  problems: VerificationProblem[],
  onProgress: OnProgress,
): Promise<Counts> {
  const phase = 'verify-records';
  const total = await storedPatients().countDocuments();
  const counts = { records: 0, erased: 0, values: 0 };
  let last: ObjectId | null = null;
  for (let done = 0; problems.length < MOST_PROBLEMS;) {
    onProgress({ phase, done, total: Math.max(done, total) });
    const patients = await readPatients(last === null ? {} : { _id: { $gt: last } });
    last = patients.at(-1)?._id ?? null;
    if (last === null) break;
    const erased = patients.filter(({ erasedAt }) => erasedAt !== undefined).length;
    counts.erased += erased;
    counts.records += patients.length - erased;
    const { values, suspects } = await verifyBatch(client, patients);
    counts.values += values;
    for (const _id of suspects) problems.push(...(await lookAgain(client, _id)));
    done += patients.length;
    await client.nextBatch();
  }
  return counts;
}

/** What this looks at: names of keys and ciphertexts. */
interface Ciphertexts {
  _id: ObjectId;
  keyAltName: string;
  erasedAt?: Date;
  last4ssn?: unknown;
  ssn?: unknown;
  bloodType?: unknown;
  medicalRecords?: unknown;
  alerts?: unknown;
  integrity?: unknown;
  insurance?: { policyNumber?: unknown };
}

const PROJECTION = Object.fromEntries(
  ['keyAltName', 'erasedAt', 'last4ssn', ...SHARED_FIELDS, ...OWN_FIELDS].map((name) => [name, 1]),
);

function readPatients(filter: { _id?: unknown }): Promise<Ciphertexts[]> {
  return storedPatients()
    .find<Ciphertexts>(filter as object, { projection: PROJECTION })
    .sort({ _id: 1 })
    .limit(BATCH)
    .toArray();
}

/** Decrypts a batch at once; only where something is wrong, one record after the other. */
async function verifyBatch(
  client: ConversionClient,
  patients: readonly Ciphertexts[],
): Promise<{ values: number; suspects: ObjectId[] }> {
  const policy = await currentKeyPolicy();
  const keyIds = await keyIdsByName(patients);
  const isSound = (patient: Ciphertexts) =>
    problemsOf(patient, policy, keyIds.get(patient.keyAltName) ?? null).length === 0;
  const suspects = patients.filter((patient) => !isSound(patient)).map(({ _id }) => _id);
  const rest = patients
    .filter((patient) => patient.erasedAt === undefined && isSound(patient))
    .map(({ _id }) => _id);
  try {
    return { values: await readValues(client, rest), suspects };
  } catch (error) {
    if (!(error instanceof MongoCryptError)) throw error;
  }
  let values = 0;
  for (const _id of rest) {
    try {
      values += await readValues(client, [_id]);
    } catch (error) {
      if (!(error instanceof MongoCryptError)) throw error;
      suspects.push(_id);
    }
    if (suspects.length >= MOST_PROBLEMS) break;
  }
  return { values, suspects };
}

/** What remains wrong with one record when it is looked at by itself; a write may have come between two reads. */
async function lookAgain(
  client: ConversionClient,
  _id: ObjectId,
): Promise<readonly VerificationProblem[]> {
  let found: VerificationProblem[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const [patient] = await readPatients({ _id });
    if (patient === undefined) return [];
    const keyIds = await keyIdsByName([patient]);
    const keyId = keyIds.get(patient.keyAltName) ?? null;
    found = problemsOf(patient, await currentKeyPolicy(), keyId);
    if (found.length === 0 && patient.erasedAt === undefined) {
      try {
        await readValues(client, [_id]);
      } catch (error) {
        if (!(error instanceof MongoCryptError)) throw error;
        const key = keyId === null ? null : await inventoryEntry(keyId);
        if (key !== null && !(await opens(client, key))) return [closedKey(key)];
        found = [problem('record-does-not-decrypt', _id, 'does not decrypt, though its keys open')];
      }
    }
    if (found.length === 0) return [];
  }
  return found;
}

/** What is wrong with a record as it is stored, before anything is decrypted. */
function problemsOf(
  patient: Ciphertexts,
  { sharedKeyId, otherSharedKeyId }: KeyPolicy,
  ownKey: string | null,
): VerificationProblem[] {
  const { _id } = patient;
  const shared = [sharedKeyId, otherSharedKeyId].flatMap((id) => id?.toHexString(false) ?? []);
  const fields = [
    ...SHARED_FIELDS.map((name) => ({ name, keys: shared })),
    ...OWN_FIELDS.map((name) => ({ name, keys: ownKey === null ? [] : [ownKey] })),
  ].flatMap(({ name, keys }) => {
    const value =
      name === 'insurance.policyNumber' ? patient.insurance?.policyNumber : patient[name];
    return value === undefined ? [] : [{ name, keys, isShared: keys === shared, value }];
  });
  const clear = fields.filter(({ value }) => keyIdOf(value) === null);
  if (clear.length > 0) {
    const names = clear.map(({ name }) => name).join(', ');
    return [problem('field-in-clear', _id, `is not encrypted in: ${names}`)];
  }
  if (patient.erasedAt !== undefined) {
    const rest = [
      ...fields.filter(({ isShared }) => isShared).map(({ name }) => name),
      ...(patient.last4ssn === undefined ? [] : ['last4ssn']),
    ].join(', ');
    return [
      ...(rest === ''
        ? []
        : [problem('erased-record-not-empty', _id, `is erased but has: ${rest}`)]),
      ...(ownKey === null
        ? []
        : [problem('erased-record-has-key', _id, 'is erased but has its key')]),
    ];
  }
  const own = fields.filter(({ isShared }) => !isShared);
  if (ownKey === null && own.length > 0) {
    const text = 'is not erased, but its data key is not in the vault';
    return [problem('record-without-key', _id, text)];
  }
  const astray = fields.filter(({ keys, value }) => !keys.includes(keyIdOf(value) ?? ''));
  if (astray.length === 0) return [];
  const names = astray.map(({ name }) => name).join(', ');
  return [problem('field-under-other-key', _id, `is under a key that is not its own in: ${names}`)];
}

async function readValues(client: ConversionClient, ids: readonly ObjectId[]): Promise<number> {
  const records = await client.read(ids);
  return records.reduce((sum, { fields }) => sum + fields.size, 0);
}

/** Ids of the patients' own keys, as ciphertexts hold them. */
async function keyIdsByName(patients: readonly Ciphertexts[]): Promise<Map<string, string>> {
  const names = patients.map(({ keyAltName }) => keyAltName);
  const projection = { keyAltNames: 1 };
  const found = keyVault().find({ keyAltNames: { $in: names } }, { projection });
  const ids = new Map<string, string>();
  for await (const { _id, keyAltNames = [] } of found) {
    for (const name of keyAltNames) ids.set(name, _id.toHexString(false));
  }
  return ids;
}

async function inventoryEntry(keyId: string): Promise<KeyEntry | null> {
  for await (const entry of inventoryKeys({ _id: new UUID(keyId) })) return entry;
  return null;
}

function problem(kind: ProblemKind, _id: ObjectId, text: string): VerificationProblem {
  const id = _id.toHexString();
  return { kind, id, text: `Record ${id} ${text}` };
}

function unknownKey({ id, altNames }: KeyEntry): VerificationProblem {
  const names = altNames.join(', ') || 'no alt name';
  const text = `Data key ${id} (${names}): no record uses it, no operation replaced it, no officer made it`;
  return { kind: 'unknown-key', id, text };
}

function closedKey({ id, cmk }: KeyEntry): VerificationProblem {
  return { kind: 'key-does-not-open', id, text: `Data key ${id} does not open under ${cmk}` };
}
