// Tells a damaged value from a key that cannot be had: a flipped bit is tampering, an outage is not.
import 'server-only';
import { MongoCryptError, type UUID } from 'mongodb';
import { currentKeyPolicy, doctorClientEncryption } from '@/lib/db/connections';
import { blamesKms } from '@/lib/keys/kms-health';
import { DataError } from './errors';
import { SEALED_FIELDS } from './integrity';

const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/**
 * DataError `TAMPERED` if a record could not be decrypted although every key that it may be under is there and opens;
 * otherwise the error itself. `keyAltName` names the patient's own key.
 */
export async function damageOr(error: unknown, keyAltName: string): Promise<unknown> {
  if (!(error instanceof MongoCryptError) || blamesKms(error)) return error;
  try {
    const { sharedKeyId, otherSharedKeyId } = await currentKeyPolicy();
    await requireOpens({ keyAltName });
    await requireOpens({ keyId: sharedKeyId });
    if (otherSharedKeyId !== null) await requireOpens({ keyId: otherSharedKeyId });
  } catch {
    return error;
  }
  return new DataError('TAMPERED', { fields: SEALED_FIELDS, cause: error });
}

function requireOpens(key: { keyAltName: string } | { keyId: UUID }): Promise<unknown> {
  return doctorClientEncryption().encrypt('probe', { ...key, algorithm: RANDOM });
}
