// Makes a database ready: key vault, shared key, key policy, validator, indexes. May be repeated at any time.
import 'server-only';
import type { DataKey } from 'mongodb';
import { env } from '@/lib/env';
import { createKeyVaultIndex } from '@/lib/keys/data-keys';
import { kmsOptions } from '@/lib/keys/kms';
import { ensureKeyPolicy, type KeyPolicy } from '@/lib/keys/policy';
import { ensureSharedKey, requireNoLostVault, requireVaultOpens } from '@/lib/keys/start-check';
import { currentNames } from './connections';
import { createKeyVaultClient } from './desk-client';
import { createClientEncryption } from './doctor-client';
import { fillNameOrder } from './fill-name-order';
import { createClinicIndexes, createPatientIndexes } from './indexes';
import { KEY_VAULT, PATIENTS } from './names';
import { installPatientValidator } from './server-validator';

/**
 * Creates what is missing and changes nothing that is right already; returns the key policy in force. Throws
 * KeyError `MASTER_KEY` if the keys of this database cannot be opened, with what the KMS provider said, and `VAULT` if they are gone. Uses a connection of its own, with the
 * rights of `MONGODB_URI`, since the doctors' client cannot exist before the shared key does.
 */
export async function prepareDatabase(): Promise<KeyPolicy> {
  const uri = env().mongodbUri;
  if (uri === undefined) throw new TypeError('Expected `MONGODB_URI`, got none');
  const names = currentNames();
  const client = createKeyVaultClient(uri);
  try {
    // The unique index comes first: it is what makes creating a key by name safe to race.
    const vault = client.db(names.keyVault).collection<DataKey>(KEY_VAULT);
    await createKeyVaultIndex(client.db(names.keyVault).collection(KEY_VAULT));
    const clientEncryption = createClientEncryption(client, {
      names,
      kms: kmsOptions(),
      keyExpirationMS: env().keyExpirationMs,
    });
    const policy = await ensureKeyPolicy(client.db(names.keyVault), async () => {
      await requireNoLostVault(vault, client.db(names.patients).collection(PATIENTS));
      return ensureSharedKey(clientEncryption, vault);
    });
    await requireVaultOpens(clientEncryption, vault, policy);
    await installPatientValidator(client.db(names.patients));
    await createPatientIndexes(client.db(names.patients));
    await fillNameOrder(client.db(names.patients).collection(PATIENTS));
    await createClinicIndexes(client.db(names.clinic));
    return policy;
  } finally {
    await client.close();
  }
}
