// Which CMK the keys of the vault are under, asked of the server without fetching a key.
import 'server-only';
import type { Document, Filter, DataKey } from 'mongodb';
import { keyVault } from '@/lib/db/connections';
import type { CustomerMasterKey } from './kms';

/** Every option of a CMK that a data key can name, of all providers. */
const OPTIONS = [
  ...['provider', 'region', 'key', 'endpoint'],
  ...['keyVaultEndpoint', 'keyName', 'keyVersion'],
  ...['projectId', 'location', 'keyRing', 'keyId'],
];

export interface CmkGroup {
  readonly cmk: CustomerMasterKey;
  readonly keys: number;
}

/** How many data keys are under each CMK, most first. */
export async function groupByCmk(filter: Filter<DataKey> = {}): Promise<CmkGroup[]> {
  const rows = keyVault().aggregate<{ _id: Document; keys: number }>([
    { $match: filter },
    { $group: { _id: '$masterKey', keys: { $sum: 1 } } },
  ]);
  const groups = (await rows.toArray()).map(({ _id, keys }) => ({ cmk: cmkOf(_id), keys }));
  return groups.sort((one, other) => other.keys - one.keys);
}

/** `masterKey` of a data key, as an option of `createDataKey`. */
export function cmkOf(stored: Document): CustomerMasterKey {
  const { provider, ...masterKey } = stored;
  return {
    provider: provider as CustomerMasterKey['provider'],
    masterKey: Object.keys(masterKey).length === 0 ? null : masterKey,
  };
}

/** `masterKey` as data keys under `cmk` store it. */
export function storedMasterKey({ provider, masterKey }: CustomerMasterKey): Document {
  return { provider, ...masterKey };
}

/** Data keys under exactly this CMK, whatever the order of the options in which they store it. */
export function underMasterKey(cmk: CustomerMasterKey): Filter<DataKey> {
  const stored = storedMasterKey(cmk);
  const names = new Set([...OPTIONS, ...Object.keys(stored)]);
  const conditions = [...names].map((name): [string, unknown] => [
    `masterKey.${name}`,
    name in stored ? stored[name] : { $exists: false },
  ]);
  // KMIP's default may be stored or not.
  const delegated = stored['delegated'] === true ? true : { $ne: true };
  return { ...Object.fromEntries(conditions), 'masterKey.delegated': delegated };
}

/** Data keys under any other CMK. */
export function notUnderMasterKey(cmk: CustomerMasterKey): Filter<DataKey> {
  return { $nor: [underMasterKey(cmk)] };
}
