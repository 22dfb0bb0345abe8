// Data keys that an officer made for something of their own (`keys create`): written down, so that the inventory can
// tell them from keys that nobody knows.
import 'server-only';
import type { Collection, UUID } from 'mongodb';
import { keyVaultDb } from '@/lib/db/connections';

export interface FurtherKey {
  /** Id of the data key. */
  _id: UUID;
  at: Date;
}

export function furtherKeys(): Collection<FurtherKey> {
  return keyVaultDb().collection<FurtherKey>('furtherKeys');
}
