// The front desk's MongoClient: no CSFLE, no keys, and a database user of its own where one is set.
// What is encrypted stays BinData for it. Accounts, sessions and the audit log go through it too.
import 'server-only';
import { MongoClient } from 'mongodb';

export function createDeskClient(uri: string): MongoClient {
  return new MongoClient(uri, { appName: 'medcomd-desk' });
}
