// Data keys in the key vault, by alt name: one shared key for what is searched, one for each patient.
// Works through the driver's ClientEncryption alone, as MongoDB's documentation does.
import 'server-only';
import { randomUUID } from 'node:crypto';
import { MongoServerError, type ClientEncryption, type Collection, type UUID } from 'mongodb';
import { untilNoConflict } from '@/lib/db/write-conflict';
import { cmkOf } from './cmk-groups';
import { KeyError } from './errors';
import { describeMasterKey, type CustomerMasterKey } from './kms';
import { explainRefusal, permissionOf, providerKind } from './kms-refusal';

/** Alt name of the key that encrypts `ssn` and `insurance.policyNumber` of every patient. */
export const SHARED_KEY_NAME = 'medcomd:shared';

const DUPLICATE_KEY = 11000;
const PATIENT_PREFIX = 'patient:';

/** A new alt name for one patient's key; it says nothing about the patient. */
export function newPatientKeyName(): string {
  return `${PATIENT_PREFIX}${randomUUID()}`;
}

/**
 * Unique among keys that have alt names; keys without any are not indexed.
 * CSFLE guide, "Create a unique index on your key vault collection".
 */
export async function createKeyVaultIndex(keyVault: Collection): Promise<void> {
  await keyVault.createIndexes([
    {
      key: { keyAltNames: 1 },
      unique: true,
      partialFilterExpression: { keyAltNames: { $exists: true } },
    },
  ]);
}

/** The id of the key with this alt name, created under `cmk` if there is none. Safe to race. */
export async function ensureDataKey(
  clientEncryption: ClientEncryption,
  keyAltName: string,
  { provider, masterKey }: CustomerMasterKey,
): Promise<UUID> {
  const existing = await clientEncryption.getKeyByAltName(keyAltName);
  if (existing !== null) return existing._id;
  try {
    return await untilNoConflict(() =>
      clientEncryption.createDataKey(provider, {
        keyAltNames: [keyAltName],
        ...(masterKey && { masterKey }),
      }),
    );
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const winner = await clientEncryption.getKeyByAltName(keyAltName);
    if (winner === null) {
      throw new KeyError('VAULT', 'Expected the data key that was just created, got none', error);
    }
    return winner._id;
  }
}

const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/**
 * Proves that its CMK opens this data key, before anything is read or written with it. Throws KeyError
 * `MASTER_KEY`: a key that was lost or exchanged must not look like a clinic that works.
 */
export async function requireKeyOpens(
  clientEncryption: ClientEncryption,
  keyId: UUID,
): Promise<void> {
  const key = await clientEncryption.getKey(keyId);
  if (key === null)
    throw new KeyError(
      'VAULT',
      `Expected data key ${keyId.toHexString()} in the key vault, got none`,
    );
  try {
    await clientEncryption.encrypt('probe', { keyId, algorithm: RANDOM });
  } catch (cause) {
    throw new KeyError('MASTER_KEY', cannotOpen(cmkOf(key.masterKey), cause), cause);
  }
}

function cannotOpen(cmk: CustomerMasterKey, error: unknown): string {
  const { provider } = cmk;
  if (providerKind(provider) === 'local') {
    return (
      `The master key \`${provider}\` does not open the key vault of this database. Start with the key file ` +
      'that belongs to it: without that file nothing that is encrypted can be read'
    );
  }
  const resource = describeMasterKey(cmk);
  const name = permissionOf(provider, 'unwrap');
  const { problem } = explainRefusal(error, { provider, name, resource });
  return `The key vault of this database cannot be opened by \`${resource}\`. ${problem}`;
}

/** Whether the key is gone: erased with its patient. Throws if the vault cannot be asked. */
export async function isDataKeyErased(
  clientEncryption: ClientEncryption,
  keyAltName: string,
): Promise<boolean> {
  return (await clientEncryption.getKeyByAltName(keyAltName)) === null;
}

/** The vault's own error may come wrapped by the encryption client. */
export function isDuplicateKey(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof MongoServerError && at.code === DUPLICATE_KEY) return true;
  }
  return false;
}
