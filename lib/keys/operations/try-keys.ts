// Whether data keys of the vault open, tried without any cache.
import 'server-only';
import type { DataKey } from 'mongodb';
import { currentNames, keyVaultDb } from '@/lib/db/connections';
import { createClientEncryption } from '@/lib/db/doctor-client';
import { requireKeyOpens } from '../data-keys';
import { KeyError } from '../errors';
import { kmsOptions } from '../kms';
import { inTurns } from './convert-turns';

/** Each key is tried once; this only keeps the memory flat. */
const CACHE_MS = 1;
/** Questions to the KMS at the same time. */
const IN_FLIGHT = 8;

export interface Tried<T> {
  readonly open: T[];
  readonly closed: { readonly item: T; readonly why: KeyError }[];
}

/** Tries the keys of these items as the vault has them. */
export async function tryKeys<T extends { readonly key: DataKey }>(
  items: readonly T[],
): Promise<Tried<T>> {
  const tried: Tried<T> = { open: [], closed: [] };
  const clientEncryption = createClientEncryption(keyVaultDb().client, {
    names: currentNames(),
    kms: kmsOptions(),
    keyExpirationMS: CACHE_MS,
  });
  await inTurns(IN_FLIGHT, items, async (item) => {
    try {
      await requireKeyOpens(clientEncryption, item.key._id);
      tried.open.push(item);
    } catch (why) {
      if (!(why instanceof KeyError)) throw why;
      tried.closed.push({ item, why });
    }
  });
  return tried;
}
