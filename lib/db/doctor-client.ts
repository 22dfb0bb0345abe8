// The doctors' MongoClient: encrypts and decrypts by itself. Exactly the code of MongoDB's guide; that
// the encryption module behind it is ours shows in package.json only.
import 'server-only';
import { ClientEncryption, MongoClient, type UUID } from 'mongodb';
import type { KmsOptions } from '@/lib/keys/kms';
import { patientEncryptionSchema } from './encryption-schema';
import type { DatabaseNames } from './names';

export interface DoctorClientOptions {
  uri: string;
  names: DatabaseNames;
  kms: KmsOptions;
  keyVaultClient: MongoClient;
  sharedKeyId: UUID;
  /** How long a data key stays in memory, in milliseconds; 0 is for ever. */
  keyExpirationMS: number;
}

export function createDoctorClient(options: DoctorClientOptions): MongoClient {
  const { names } = options;
  return new MongoClient(options.uri, {
    appName: 'medcomd-doctor',
    autoEncryption: {
      keyVaultNamespace: names.keyVaultNamespace,
      keyVaultClient: options.keyVaultClient,
      ...options.kms,
      schemaMap: { [names.patientsNamespace]: patientEncryptionSchema(options.sharedKeyId) },
      keyExpirationMS: options.keyExpirationMS,
    },
  });
}

/** Creates and finds data keys. `client` reaches the key vault: the doctors' one, or setup's own. */
export function createClientEncryption(
  client: MongoClient,
  options: Pick<DoctorClientOptions, 'names' | 'kms' | 'keyExpirationMS'>,
): ClientEncryption {
  return new ClientEncryption(client, {
    keyVaultNamespace: options.names.keyVaultNamespace,
    ...options.kms,
    keyExpirationMS: options.keyExpirationMS,
  });
}
