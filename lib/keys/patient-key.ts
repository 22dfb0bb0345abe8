// A patient's own data key, made under the CMK that the key policy names, even while that changes.
import 'server-only';
import type { UUID } from 'mongodb';
import { currentKeyPolicy, doctorClientEncryption } from '@/lib/db/connections';
import { ensureDataKey } from './data-keys';
import { isSameMasterKey } from './kms';

/**
 * The id of the key with this alt name, created if there is none. Safe to race with others and with a migration: a
 * key whose CMK was replaced while it was made is rewrapped here, because the migration may have counted the keys
 * before it was there.
 */
export async function ensurePatientKey(keyAltName: string): Promise<UUID> {
  const clientEncryption = doctorClientEncryption();
  let { cmk } = await currentKeyPolicy();
  const id = await ensureDataKey(clientEncryption, keyAltName, cmk);
  for (;;) {
    const now = await currentKeyPolicy();
    if (isSameMasterKey(now.cmk, cmk)) return id;
    cmk = now.cmk;
    const { provider, masterKey } = cmk;
    await clientEncryption.rewrapManyDataKey(
      { _id: id },
      { provider, ...(masterKey && { masterKey }) },
    );
  }
}
