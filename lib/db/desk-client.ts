// The front desk's MongoClient: no CSFLE, no keys, and a database user of its own where one is set.
// What is encrypted stays BinData for it. Accounts, sessions and the audit log go through it too.
import 'server-only';
import { MongoClient } from 'mongodb';

export function createDeskClient(uri: string): MongoClient {
  return new MongoClient(uri, { appName: 'medcomd-desk' });
}

/** `keyVaultClient` of the doctors' autoEncryption: key vault, key policy and key operations, without CSFLE. */
export function createKeyVaultClient(uri: string): MongoClient {
  return new MongoClient(uri, { appName: 'medcomd-keys' });
}
