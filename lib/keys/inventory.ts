// The inventory of data keys, generated from the vault and from what uses it (C-43). Holds names and counts, never key
// material. Reads in batches, so its memory does not grow with the number of patients.
import 'server-only';
import { UUID, type DataKey, type Filter } from 'mongodb';
import { currentKeyPolicy, keyVault, keyVaultDb, storedPatients } from '@/lib/db/connections';
import { env } from '@/lib/env';
import { cmkOf } from './cmk-groups';
import { furtherKeys } from './further-keys';
import { describeMasterKey } from './kms';
import { underSharedKey } from './operations/convert-shared';
import { OWN_FIELDS, SHARED_FIELDS } from './operations/convert-values';
import {
  finishedOperations,
  unfinishedOperation,
  type OperationRecord,
} from './operations/journal';
import { supersededKeys, type SupersededKey } from './operations/superseded';
import type { KeyPolicy } from './policy';

/**
 * `active`: in use. `second`: a shared key beside the present one while that is replaced. `superseded`: replaced, and
 * deleted soon. `pending`: made a moment ago for a record that is not stored yet. `unknown`: nothing uses it and nobody
 * noted it.
 */
export type KeyState = 'active' | 'second' | 'superseded' | 'pending' | 'unknown';

export type KeyPurpose = 'shared' | 'patient' | 'other';

export interface KeyEntry {
  readonly id: string;
  readonly altNames: readonly string[];
  readonly purpose: KeyPurpose;
  readonly state: KeyState;
  readonly provider: string;
  /** The CMK in one line. */
  readonly cmk: string;
  readonly created: Date;
  /** When it was wrapped anew; null if never. */
  readonly rotated: Date | null;
  /** Fields that it encrypts, with the number of records whose field is under it. */
  readonly fields: readonly { readonly name: string; readonly records: number }[];
  /** Records with any field under it. */
  readonly records: number;
  readonly patientId: string | null;
  /** Id of the key in its place. */
  readonly supersededBy: string | null;
}

export interface KeyInventory {
  readonly at: Date;
  readonly policy: {
    readonly provider: string;
    readonly cmk: string;
    readonly sharedKeyId: string;
    readonly otherSharedKeyId: string | null;
    readonly revision: number;
  };
  /** How long a process may go on using a key that was deleted, in milliseconds; null: until it ends. */
  readonly cacheMs: number | null;
  readonly cmks: readonly {
    readonly provider: string;
    readonly cmk: string;
    readonly keys: number;
  }[];
  readonly counts: {
    readonly keys: number;
    readonly byPurpose: Readonly<Record<KeyPurpose, number>>;
    readonly byState: Readonly<Record<KeyState, number>>;
  };
  readonly patients: {
    readonly total: number;
    readonly erased: number;
    /** Registered by the front desk and not completed yet. */
    readonly withoutKey: number;
  };
  /** Every key that is not in plain use by one patient. At most `MOST_LISTED`. */
  readonly keys: readonly KeyEntry[];
  /** When an operation last wrapped or replaced every key. */
  readonly lastRotation: Date | null;
  readonly unfinished: OperationRecord | null;
  /** Operations that deleted keys which processes may still hold, until when; null: until they end. */
  readonly held: readonly {
    readonly operationId: string;
    readonly kind: string;
    readonly since: Date;
    readonly until: Date | null;
  }[];
}

const BATCH = 1000;
/** More than any clinic has beside its patients' keys; a vault full of unknown keys must not fill the memory. */
const MOST_LISTED = 1000;
/** A registration makes its key first; after this long, it is not coming any more. */
const PENDING_MS = 600_000;

/** What there is now. Throws KeyError `VAULT` before setup. */
export async function readInventory(): Promise<KeyInventory> {
  const policy = await currentKeyPolicy();
  const byPurpose: Record<KeyPurpose, number> = { shared: 0, patient: 0, other: 0 };
  const byState: Record<KeyState, number> = {
    active: 0,
    second: 0,
    superseded: 0,
    pending: 0,
    unknown: 0,
  };
  const cmks = new Map<string, { provider: string; cmk: string; keys: number }>();
  const listed: KeyEntry[] = [];
  let count = 0;
  let ofPatients = 0;
  for await (const entry of inventoryKeys()) {
    count += 1;
    byPurpose[entry.purpose] += 1;
    byState[entry.state] += 1;
    const { provider, cmk } = entry;
    const group = cmks.get(cmk) ?? { provider, cmk, keys: 0 };
    group.keys += 1;
    cmks.set(cmk, group);
    if (entry.purpose === 'patient' && entry.state === 'active') ofPatients += 1;
    else if (listed.length < MOST_LISTED) listed.push(entry);
  }
  const total = await storedPatients().countDocuments();
  const erased = await storedPatients().countDocuments({ erasedAt: { $exists: true } });
  return {
    at: new Date(),
    policy: describePolicy(policy),
    cacheMs: cacheMs(),
    cmks: [...cmks.values()].sort((one, other) => other.keys - one.keys),
    counts: { keys: count, byPurpose, byState },
    patients: { total, erased, withoutKey: Math.max(0, total - erased - ofPatients) },
    keys: listed,
    ...(await readHistory()),
  };
}

/** Every key, or those that match, in the order of their ids. */
export async function* inventoryKeys(filter: Filter<DataKey> = {}): AsyncGenerator<KeyEntry> {
  const policy = await currentKeyPolicy();
  let batch: DataKey[] = [];
  const projection = { keyMaterial: 0 };
  for await (const key of keyVault().find(filter, { projection }).sort({ _id: 1 })) {
    batch.push(key);
    if (batch.length < BATCH) continue;
    yield* await describeKeys(batch, policy);
    batch = [];
  }
  yield* await describeKeys(batch, policy);
}

/** The key with this id or alt name; null if there is none. */
export async function findKey(idOrAltName: string): Promise<KeyEntry | null> {
  const byId = UUID.isValid(idOrAltName) ? [{ _id: new UUID(idOrAltName) }] : [];
  const filter = { $or: [...byId, { keyAltNames: idOrAltName }] };
  for await (const entry of inventoryKeys(filter)) return entry;
  return null;
}

async function describeKeys(keys: readonly DataKey[], policy: KeyPolicy): Promise<KeyEntry[]> {
  if (keys.length === 0) return [];
  const ids = keys.map(({ _id }) => _id);
  const names = keys.flatMap(({ keyAltNames = [] }) => keyAltNames);
  const [patients, replaced, further] = await Promise.all([
    patientsByKeyName(names),
    supersededKeys()
      .find({ _id: { $in: ids } })
      .toArray(),
    furtherKeys()
      .find({ _id: { $in: ids } })
      .toArray(),
  ]);
  const supersededBy = new Map(replaced.map((row) => [row._id.toHexString(), row]));
  const known = new Set(further.map(({ _id }) => _id.toHexString()));
  const entries: KeyEntry[] = [];
  for (const key of keys) {
    const id = key._id.toHexString();
    const name = key.keyAltNames?.find((each) => patients.has(each));
    const patient = name === undefined ? undefined : patients.get(name);
    const superseded = supersededBy.get(id);
    entries.push({
      ...describeKey(key),
      ...(await describeUse(key, { policy, patient, superseded, isKnown: known.has(id) })),
    });
  }
  return entries;
}

interface KeyUser {
  readonly patientId: string;
  readonly records: number;
}

interface Known {
  readonly policy: KeyPolicy;
  readonly patient: KeyUser | undefined;
  readonly superseded: SupersededKey | undefined;
  readonly isKnown: boolean;
}

type Use = Pick<
  KeyEntry,
  'purpose' | 'state' | 'fields' | 'records' | 'patientId' | 'supersededBy'
>;

async function describeUse(
  key: DataKey,
  { policy, patient, superseded, isKnown }: Known,
): Promise<Use> {
  const supersededBy = superseded?.supersededBy.toHexString() ?? null;
  const isShared = policy.sharedKeyId.equals(key._id);
  const isSecond = policy.otherSharedKeyId?.equals(key._id) === true;
  if (isShared || isSecond || superseded?.patientId === null) {
    const state = isShared ? 'active' : isSecond ? 'second' : 'superseded';
    return {
      purpose: 'shared',
      state,
      ...(await sharedUse(key._id)),
      patientId: null,
      supersededBy,
    };
  }
  if (patient !== undefined) {
    const { patientId, records } = patient;
    const fields = OWN_FIELDS.map((name) => ({ name, records }));
    return { purpose: 'patient', state: 'active', fields, records, patientId, supersededBy: null };
  }
  const none = { fields: [], records: 0, patientId: null, supersededBy };
  if (superseded?.patientId != null) {
    const patientId = superseded.patientId.toHexString();
    return { ...none, purpose: 'patient', state: 'superseded', patientId };
  }
  if (isKnown) return { ...none, purpose: 'other', state: 'active' };
  const age = Date.now() - key.creationDate.getTime();
  return { ...none, purpose: 'other', state: age < PENDING_MS ? 'pending' : 'unknown' };
}

function describeKey(
  key: DataKey,
): Pick<KeyEntry, 'id' | 'altNames' | 'provider' | 'cmk' | 'created' | 'rotated'> {
  const cmk = cmkOf(key.masterKey);
  return {
    id: key._id.toHexString(),
    altNames: key.keyAltNames ?? [],
    provider: cmk.provider,
    cmk: describeMasterKey(cmk),
    created: key.creationDate,
    rotated: key.updateDate.getTime() === key.creationDate.getTime() ? null : key.updateDate,
  };
}

/** Counted by index: the id of the key is at the beginning of every ciphertext. */
async function sharedUse(keyId: UUID): Promise<Pick<KeyEntry, 'fields' | 'records'>> {
  const under = underSharedKey(keyId);
  const count = (filter: typeof under) => storedPatients().countDocuments(filter);
  const each = (under.$or ?? []).map((filter, at) =>
    count(filter).then((records) => ({ name: SHARED_FIELDS[at] ?? '', records })),
  );
  return { fields: await Promise.all(each), records: await count(under) };
}

/** Who uses a key, by its alt name. A patient without the last four digits has nothing encrypted yet. */
async function patientsByKeyName(names: readonly string[]): Promise<Map<string, KeyUser>> {
  const projection = { keyAltName: 1, last4ssn: 1 };
  const filter = { keyAltName: { $in: [...names] }, erasedAt: { $exists: false } };
  const users = new Map<string, KeyUser>();
  for await (const patient of storedPatients().find(filter, { projection })) {
    users.set(patient.keyAltName, {
      patientId: patient._id.toHexString(),
      records: patient.last4ssn === undefined ? 0 : 1,
    });
  }
  return users;
}

function describePolicy(policy: KeyPolicy): KeyInventory['policy'] {
  return {
    provider: policy.cmk.provider,
    cmk: describeMasterKey(policy.cmk),
    sharedKeyId: policy.sharedKeyId.toHexString(),
    otherSharedKeyId: policy.otherSharedKeyId?.toHexString() ?? null,
    revision: policy.revision,
  };
}

async function readHistory(): Promise<Pick<KeyInventory, 'lastRotation' | 'unfinished' | 'held'>> {
  const [unfinished, finished] = await Promise.all([
    unfinishedOperation(keyVaultDb()),
    finishedOperations(keyVaultDb(), 100),
  ]);
  const rotation = finished.find(({ kind }) => kind === 'rotate' || kind === 'migrate');
  const cache = cacheMs();
  const held = finished.flatMap(({ operationId, kind, options, finishedAt: since }) => {
    const deletes = kind === 'erase' || kind === 'retire' || options['how'] === 're-encrypt';
    if (since === null || !deletes) return [];
    const until = cache === null ? null : new Date(since.getTime() + cache);
    return until !== null && until.getTime() < Date.now()
      ? []
      : [{ operationId, kind, since, until }];
  });
  return { lastRotation: rotation?.finishedAt ?? null, unfinished, held };
}

function cacheMs(): number | null {
  const { keyExpirationMs } = env();
  return keyExpirationMs === 0 ? null : keyExpirationMs;
}
