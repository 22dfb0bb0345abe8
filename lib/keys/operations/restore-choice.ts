// Which data keys of a backup belong into the vault now. A backup is older than the vault: what was destroyed or replaced
// since must not come back with it.
import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type { DataKey, UUID } from 'mongodb';
import { keyVault, storedPatients } from '@/lib/db/connections';
import { furtherKeys } from '../further-keys';
import { isReserved } from '../named-keys';
import { supersededKeys } from './superseded';

/** What is to be done with some keys of a backup. */
export interface Choice {
  /** Needed, and not in the vault. */
  readonly absent: readonly DataKey[];
  /** Needed, and there with other bytes: rewrapped since, or damaged. */
  readonly different: readonly { readonly key: DataKey; readonly present: DataKey }[];
  /** Needed, and there as they are in the backup. */
  readonly same: number;
  /** Of erased or unknown patients, or replaced. */
  readonly unneeded: number;
}

/** `shared`: ids of the shared keys in force. */
export async function chooseKeys(
  keys: readonly DataKey[],
  shared: readonly UUID[],
): Promise<Choice> {
  const needed = await neededKeys(keys, shared);
  const there = new Map<string, DataKey>();
  const found = keyVault().find({ _id: { $in: needed.map(({ _id }) => _id) } });
  for await (const key of found) there.set(key._id.toHexString(), key);
  const absent: DataKey[] = [];
  const different: { key: DataKey; present: DataKey }[] = [];
  for (const key of needed) {
    const present = there.get(key._id.toHexString());
    if (present === undefined) absent.push(key);
    else if (!isDeepStrictEqual(wrapping(key), wrapping(present))) different.push({ key, present });
  }
  const same = needed.length - absent.length - different.length;
  return { absent, different, same, unneeded: keys.length - needed.length };
}

/** What a rotation changes of a key, and damage may. */
function wrapping({ keyMaterial, masterKey }: DataKey): [string, unknown] {
  return [keyMaterial.toString('base64'), masterKey];
}

/** Those that records, the policy or an officer need now. */
export async function neededKeys(
  keys: readonly DataKey[],
  shared: readonly UUID[],
): Promise<DataKey[]> {
  const _id = { $in: keys.map((key) => key._id) };
  const [living, known, replaced] = await Promise.all([
    livingNames(keys.flatMap(({ keyAltNames = [] }) => keyAltNames)),
    furtherKeys().find({ _id }).toArray(),
    supersededKeys().find({ _id }).toArray(),
  ]);
  const furtherIds = new Set(known.map((row) => row._id.toHexString()));
  const replacedIds = new Set(replaced.map((row) => row._id.toHexString()));
  return keys.filter((key) => {
    const id = key._id.toHexString();
    const names = key.keyAltNames ?? [];
    if (shared.some((one) => one.equals(key._id)) || furtherIds.has(id)) return true;
    if (names.some((name) => living.has(name))) return true;
    return !replacedIds.has(id) && isFurther(key);
  });
}

/** Whether an officer made it for something of their own: by its name, since the note of it may be lost as well. */
export function isFurther({ keyAltNames = [] }: DataKey): boolean {
  return keyAltNames.length > 0 && !keyAltNames.some(isReserved);
}

/** Those of these alt names by which a record that is not erased finds its key. */
async function livingNames(names: readonly string[]): Promise<Set<string>> {
  const filter = { keyAltName: { $in: [...names] }, erasedAt: { $exists: false } };
  const found = storedPatients().find(filter, { projection: { keyAltName: 1 } });
  return new Set(await found.map(({ keyAltName }) => keyAltName).toArray());
}

/** Deletes those keys whose record was erased while they were put back; the tombstone comes before the key goes. */
export async function dropErased(keys: readonly DataKey[]): Promise<void> {
  const names = keys.flatMap(({ keyAltNames = [] }) => keyAltNames);
  const filter = { keyAltName: { $in: names }, erasedAt: { $exists: true } };
  const erased = await storedPatients()
    .find(filter, { projection: { keyAltName: 1 } })
    .map(({ keyAltName }) => keyAltName)
    .toArray();
  if (erased.length > 0) await keyVault().deleteMany({ keyAltNames: { $in: erased } });
}
