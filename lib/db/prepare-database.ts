// Makes a database ready: key vault, shared key, validator, indexes. May be repeated at any time.
import 'server-only';
import { env } from '@/lib/env';
import {
  createKeyVaultIndex,
  ensureDataKey,
  requireKeyOpens,
  SHARED_KEY_NAME,
} from '@/lib/keys/data-keys';
import { currentNames, localKmsProviders } from './connections';
import { createDeskClient } from './desk-client';
import { createClientEncryption } from './doctor-client';
import { createClinicIndexes, createPatientIndexes } from './indexes';
import { KEY_VAULT } from './names';
import { installPatientValidator } from './server-validator';

/**
 * Creates what is missing and changes nothing that is right already. Throws KeyError `MASTER_KEY` if the
 * master key is not the one that this database's keys were made under. Uses a connection of its own, with the
 * rights of `MONGODB_URI`, since the doctors' client cannot exist before the shared key does.
 */
export async function prepareDatabase(): Promise<void> {
  const uri = env().mongodbUri;
  if (uri === undefined) throw new TypeError('Expected `MONGODB_URI`, got none');
  const names = currentNames();
  const client = createDeskClient(uri);
  try {
    // The unique index comes first: it is what makes creating a key by name safe to race.
    await createKeyVaultIndex(client.db(names.keyVault).collection(KEY_VAULT));
    const clientEncryption = createClientEncryption(client, {
      names,
      kmsProviders: localKmsProviders(),
      keyExpirationMS: env().keyExpirationMs,
    });
    await requireKeyOpens(clientEncryption, await ensureDataKey(clientEncryption, SHARED_KEY_NAME));
    await installPatientValidator(client.db(names.patients));
    await createPatientIndexes(client.db(names.patients));
    await createClinicIndexes(client.db(names.clinic));
  } finally {
    await client.close();
  }
}
